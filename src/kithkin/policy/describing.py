"""An indicator in plain English, made from its data alone."""

from kithkin.policy.policy import Policy


def describe_indicator(policy: Policy, code: str) -> str:
    """The indicator's question, when it is raised, its use and its cautions."""
    return policy.indicators[code].title
