"""Who is tied to whom, how strongly and why; and what reaches a person through their ties.

`tie_evidence` finds the occasions that tie two persons; `strengths_on` weighs them on any date;
`person_ties` is the Person Link Table. A `Graph` tells what reaches whom, from whom and by which
path, and who is near.
"""

from kithkin.network.both_ways import BothWays
from kithkin.network.evidence import Evidence, tie_evidence
from kithkin.network.graph import Graph
from kithkin.network.link_table import person_ties
from kithkin.network.near import Near
from kithkin.network.paths import TiePath
from kithkin.network.rules import Rules, gravity_of
from kithkin.network.strengths import NATURES, Choice, Strengths, plainest, strengths_on

__all__ = [
    "NATURES",
    "BothWays",
    "Choice",
    "Evidence",
    "Graph",
    "Near",
    "Rules",
    "Strengths",
    "TiePath",
    "gravity_of",
    "person_ties",
    "plainest",
    "strengths_on",
    "tie_evidence",
]
