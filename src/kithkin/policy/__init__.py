"""Everything that a partnership decides, as TOML read into frozen, validated models.

`read_policy` gives a `Policy` or a `PolicyError` with every mistake; `describe_indicator`,
`describe_theme`, `describe_tie`, `describe_scoring` and `describe_sensitivity` say a part of it in
plain English;
`diff_policies` says what changed between two policies.
"""

from kithkin.policy.comparing import Change, diff_policies
from kithkin.policy.describing import describe_indicator, describe_value
from kithkin.policy.describing_themes import (
    describe_scoring,
    describe_sensitivity,
    describe_theme,
    describe_tie,
)
from kithkin.policy.mistakes import Mistake, PolicyError
from kithkin.policy.models import (
    ChangeIndicator,
    CountIndicator,
    DistinctIndicator,
    FlagIndicator,
    Indicator,
    Kind,
    LatestIndicator,
    Part,
    RatioIndicator,
    RecencyIndicator,
    Selection,
    Threshold,
)
from kithkin.policy.policy import Policy
from kithkin.policy.reading import default_policy_folder, read_policy

__all__ = [
    "Change",
    "ChangeIndicator",
    "CountIndicator",
    "DistinctIndicator",
    "FlagIndicator",
    "Indicator",
    "Kind",
    "LatestIndicator",
    "Mistake",
    "Part",
    "Policy",
    "PolicyError",
    "RatioIndicator",
    "RecencyIndicator",
    "Selection",
    "Threshold",
    "default_policy_folder",
    "describe_indicator",
    "describe_scoring",
    "describe_sensitivity",
    "describe_theme",
    "describe_tie",
    "describe_value",
    "diff_policies",
    "read_policy",
]
