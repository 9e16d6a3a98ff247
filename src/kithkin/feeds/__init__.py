"""Reads what agencies send into the canonical tables, with nothing lost on the way.

`read_manifest` reads a feeds folder's feeds.toml, `land` writes each delivery's rows, and
`settle.settle` makes dated versions of successive deliveries; `check` does all three and says
what was found.
"""

from kithkin.feeds.checking import CheckResult, check, write_findings
from kithkin.feeds.contracts import CONTRACTS
from kithkin.feeds.delivery import DeliveredFile, Delivery, FeedError, FeedsRefused
from kithkin.feeds.landing import Landed, LandedDelivery, land, land_delivery
from kithkin.feeds.manifest import ManifestError, read_manifest

__all__ = [
    "CONTRACTS",
    "CheckResult",
    "DeliveredFile",
    "Delivery",
    "FeedError",
    "FeedsRefused",
    "Landed",
    "LandedDelivery",
    "ManifestError",
    "check",
    "land",
    "land_delivery",
    "read_manifest",
    "write_findings",
]
