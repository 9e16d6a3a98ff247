"""An indicator in plain English, made from its data alone."""

from collections.abc import Iterable

from kithkin.policy.models import (
    ChangeIndicator,
    CountIndicator,
    DistinctIndicator,
    FlagIndicator,
    Indicator,
    LatestIndicator,
    Part,
    RatioIndicator,
    RecencyIndicator,
    Selecting,
    Threshold,
)
from kithkin.policy.policy import Policy
from kithkin.policy.wording import CAUTIONS, join, number, say_events, titles

LEVELS = {"person": "a person", "family": "a family"}
POLARITIES = {
    "risk": "a risk indicator",
    "protective": "a protective indicator",
    "context": "an indicator of context, not of risk,",
}
USES = {
    "score": "may enter a score",
    "restricted": "may be used only for a named purpose under a named legal gateway",
    "display": "is shown and never scored",
}
OUTSIDE_CODES = {
    "tfd": "Think Family Database",
    "supporting_families": "Supporting Families outcome",
    "cin_factors": "children in need census factor",
    "continuum": "level of need",
}


def describe_indicator(policy: Policy, code: str) -> str:
    """Say what the indicator asks, when it is raised, its use, cautions, outside codes and kinds.

    Raises KeyError when the policy has no such indicator.
    """
    indicator = policy.indicators[code]
    sentences = (
        f"{code}: {indicator.title}.",
        f"{_measure(policy, indicator)}.",
        f"Asked of {join((said for level, said in LEVELS.items() if level in indicator.levels), 'and')}.",
        f"Raised when {_raised(indicator)}.",
        f"It is {POLARITIES[indicator.polarity]} that {USES[indicator.use]}.",
        f"Severity {indicator.severity} of 5.",
        _ageing(indicator.half_life_days),
        f"Caution: {join((CAUTIONS[name] for name in indicator.cautions), 'and')}."
        if indicator.cautions
        else "",
        _outside_codes(indicator),
        f"Basis: {indicator.basis}.",
        f"Note: {indicator.note}" if indicator.note else "",
        f"Kinds of event: {titles(policy, _kinds(indicator))}.",
    )
    return " ".join(sentence for sentence in sentences if sentence)


def describe_value(policy: Policy, code: str) -> str:
    """Say what an indicator's value is and when it is raised, to stand beside the value itself."""
    indicator = policy.indicators[code]
    sentences = [
        f"{_measure(policy, indicator)}.",
        f"Raised when {_raised(indicator)}.",
        f"It is {POLARITIES[indicator.polarity]} that {USES[indicator.use]}.",
    ]
    if indicator.cautions:
        sentences.append(
            f"Caution: {join((CAUTIONS[name] for name in indicator.cautions), 'and')}."
        )
    return " ".join(sentences)


def _measure(policy: Policy, indicator: Indicator) -> str:
    days = indicator.window_days
    window = f"in the {days} days up to the as-of date"
    match indicator:
        case CountIndicator():
            return f"{_counted(policy, indicator)} {say_events(policy, indicator)}, {window}"
        case RecencyIndicator():
            return f"Gives the days since the latest of {say_events(policy, indicator)}, {window}"
        case LatestIndicator():
            events = say_events(policy, indicator)
            return (
                f"Gives the value ({_units(policy, indicator)}) of the latest of {events}, {window}"
            )
        case DistinctIndicator():
            what = "agencies behind" if indicator.of == "agencies" else "kinds of event among"
            return f"Counts the different {what} {say_events(policy, indicator)}, {window}"
        case FlagIndicator():
            return _flag(policy, indicator, window)
        case RatioIndicator():
            return f"Divides {_two_parts(policy, indicator)}, {window}"
        case ChangeIndicator():
            compared = "minus" if indicator.compare == "difference" else "divided by"
            return (
                f"Divides {_two_parts(policy, indicator)}, and gives the result for the "
                f"{indicator.recent_days} days up to the as-of date {compared} the result for "
                f"the {indicator.earlier_days} days before those"
            )


def _counted(policy: Policy, count: CountIndicator) -> str:
    if count.weigh == "events":
        return "Counts"
    return f"Adds up the values ({_units(policy, count)}) of"


def _units(policy: Policy, selecting: Selecting) -> str:
    return join(sorted({policy.kinds[name].value or "" for name in selecting.kinds}), "or")


def _flag(policy: Policy, flag: FlagIndicator, window: str) -> str:
    events = say_events(policy, flag)
    match flag.state:
        case "open":
            days = flag.open_at_least_days
            since = f" and has been for at least {days} days" if days else ""
            sentence = f"Says whether any of {events}, is open on the as-of date{since}"
        case "overlaps":
            sentence = f"Says whether there are {events}, open at some time or happening {window}"
        case _:
            sentence = f"Says whether there are {events}, {window}"
    if flag.with_kinds:
        when = "is open on the as-of date" if flag.with_state else f"happened {window}"
        sentence += f", provided that one of these {when}: {titles(policy, flag.with_kinds)}"
    if flag.unless_later:
        sentence += f", unless one of these came later: {titles(policy, flag.unless_later)}"
    if flag.settled_days:
        sentence += f", the latest at least {flag.settled_days} days ago"
    return sentence


def _two_parts(policy: Policy, indicator: RatioIndicator | ChangeIndicator) -> str:
    numerator = _part(policy, indicator.numerator)
    denominator = _part(policy, indicator.denominator)
    least = number(indicator.minimum_denominator)
    return f"{numerator} by {denominator} (no value when that is below {least})"


def _part(policy: Policy, part: Part) -> str:
    weighed = "the summed value of" if part.weigh == "value" else "the number of"
    return f"{weighed} {say_events(policy, part)} ({titles(policy, part.kinds)})"


def _raised(indicator: Indicator) -> str:
    return "it is so" if isinstance(indicator, FlagIndicator) else _reached(indicator.threshold)


def _reached(threshold: Threshold) -> str:
    if threshold.at_least is not None:
        return f"{number(threshold.at_least)} or more"
    return f"{number(threshold.at_most or 0)} or less"


def _ageing(half_life_days: int) -> str:
    if half_life_days == 0:
        return "Its weight does not fade."
    return f"Its weight halves every {half_life_days} days."


def _outside_codes(indicator: Indicator) -> str:
    codes = indicator.codes.model_dump()
    named = [
        f"{title} {join((str(code) for code in _listed(codes[key])), 'and')}"
        for key, title in OUTSIDE_CODES.items()
        if codes[key]
    ]
    return f"Outside codes: {'; '.join(named)}." if named else ""


def _listed(value: object) -> Iterable[object]:
    return value if isinstance(value, tuple) else (value,)


def _kinds(indicator: Indicator) -> tuple[str, ...]:
    """List every kind that the indicator looks at, once."""
    named = [name for selection in indicator.selections() for name in selection.kinds]
    return tuple(dict.fromkeys(named))
