"""Why two records are one person or are not: as data, in words, and as a picture.

`explain_records` gives a `MatchExplanation` a pair; `in_words` and `waterfall_svg` show it.
"""

from kithkin.people.explaining.explanation import (
    MatchExplanation,
    Part,
    explain_records,
    explain_weighed,
    keep_back,
    protected,
)
from kithkin.people.explaining.narrative import in_words, speaks_against, speaks_for
from kithkin.people.explaining.verdict import Decided, Standing, Verdict
from kithkin.people.explaining.waterfall import waterfall_bars, waterfall_svg
from kithkin.people.explaining.weighing import Parts, Weigher

__all__ = [
    "Decided",
    "MatchExplanation",
    "Part",
    "Parts",
    "Standing",
    "Verdict",
    "Weigher",
    "explain_records",
    "explain_weighed",
    "in_words",
    "keep_back",
    "protected",
    "speaks_against",
    "speaks_for",
    "waterfall_bars",
    "waterfall_svg",
]
