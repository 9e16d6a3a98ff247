"""From stated to calibrated probabilities: by how many bits judged pairs moved them.

A pair's stated odds are 2**x, with x = -log2(2**-weight + 2**-home_weight). Calibrated they are
2**y, y = slope * x + shift, both the sum of a term for how the pair stands (`STANDINGS`) and one
for the nearer alternative to one person, a stranger or a relative. The slope is never negative: of
two pairs that stand alike the heavier is never the less probable.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from kithkin.people.certainty.standing import (
    STANDINGS,
    Places,
    standing_by_marks,
    standing_of,
)
from kithkin.people.resolving.certainty import DECIMALS, ProbabilityOf, Weights, stated_probability
from kithkin.people.resolving.tables import FindingTable, RefusedTable, Resolution
from kithkin.people.rules import LinkageRules

CALIBRATION_FILE = "linkage_calibration.json"
CALIBRATION = Path("decisions") / CALIBRATION_FILE
"""Where a workspace keeps the one that its next run uses."""
STRANGER, RELATIVE = "nearer to strangers", "nearer to relatives"
TERMS = (*STANDINGS, STRANGER, RELATIVE)
MOST_BITS = 500.0


class CalibrationError(ValueError):
    """A calibration cannot be read: says which file, why, and what to do."""


@dataclass(frozen=True)
class Calibration:
    """What judged pairs taught.

    Parameters
    ----------
    judged : how many pairs; 0: none, and probabilities are as stated.
    rules : the hash of the linkage rules under which they stood as they did.
    shifts, slopes : by term (`TERMS`), bits added, and what is added to a slope of 1.

    """

    judged: int = 0
    rules: str = ""
    shifts: Mapping[str, float] = field(default_factory=dict)
    slopes: Mapping[str, float] = field(default_factory=dict)

    def probability(self, weight: Weights, home_weight: Weights, standing: Places) -> Weights:
        """Give the probability that the two records of each pair are one person.

        `standing` is the place of each pair's in `STANDINGS`.
        """
        if not self.judged:
            return stated_probability(weight, home_weight)
        stated = stated_bits(weight, home_weight)
        near = nearer(weight, home_weight)
        shift, slope = (
            np.array([terms.get(term, 0.0) for term in TERMS])
            for terms in (self.shifts, self.slopes)
        )
        bits = (1 + slope[standing] + slope[near]) * stated + shift[standing] + shift[near]
        return np.round(1 / (1 + np.exp2(-np.clip(bits, -MOST_BITS, MOST_BITS))), DECIMALS)

    def by_marks(self, rules: LinkageRules) -> ProbabilityOf:
        """Give the probability from weights alone, for pairs that nothing else speaks about."""

        def probability_of(weight: Weights, home_weight: Weights) -> Weights:
            standing = standing_by_marks(weight, home_weight, rules.marks)
            return self.probability(weight, home_weight, standing)

        return probability_of

    def of_one_by_marks(self, rules: LinkageRules) -> Callable[[float, float], float]:
        """Give `by_marks` for one pair at a time."""
        probability_of = self.by_marks(rules)

        def probability(weight: float, home_weight: float) -> float:
            return float(probability_of(np.array([weight]), np.array([home_weight]))[0])

        return probability

    def restate(self, resolution: Resolution) -> Resolution:
        """Give refused pairs the probability of those refused for the same reason."""
        refused = resolution.refused.data
        weight, home = (refused.column(name).to_numpy() for name in ("weight", "home_weight"))
        scored = ~np.isnan(weight)
        told = np.full(len(weight), np.nan)
        told[scored] = self.probability(
            weight[scored], home[scored], standing_of(refused.column("why"))[scored]
        )
        at = refused.schema.get_field_index("probability")
        column = pa.array(told, pa.float64(), from_pandas=True)
        return Resolution(
            resolution.cluster,
            resolution.joined,
            RefusedTable(refused.set_column(at, refused.schema.field(at), column)),
            FindingTable(resolution.findings.data),
        )

    def fits(self, rules: LinkageRules) -> bool:
        """Say whether it may be used: nothing was judged, or it was under these rules."""
        return not self.judged or self.rules == rules.hash

    @property
    def text(self) -> str:
        """Write it down; the same calibration, the same text."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"


STATED = Calibration()


def read_calibration(text: bytes | str) -> Calibration:
    """Read what `Calibration.text` wrote; `CalibrationError` when it is no calibration."""
    try:
        told = json.loads(text)
        shifts, slopes = (
            {term: float(bits) for term, bits in told[name].items()}
            for name in ("shifts", "slopes")
        )
        found = Calibration(int(told["judged"]), str(told["rules"]), shifts, slopes)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(str(error)) from error
    if strange := (shifts.keys() | slopes.keys()) - set(TERMS):
        raise _unusable(f"there is no term {min(strange)!r}")
    return found


def _unusable(problem: str) -> CalibrationError:
    return CalibrationError(
        f"{CALIBRATION_FILE}: is no calibration ({problem}). Write it again with "
        "`kithkin evaluate linkage --reviewed SHEET --calibrate`, or delete it."
    )


def stated_bits(weight: Weights, home_weight: Weights) -> Weights:
    """Give the base-2 logarithm of the stated odds, between -500 and 500."""
    return np.clip(-np.logaddexp2(-weight, -home_weight), -MOST_BITS, MOST_BITS)


def nearer(weight: Weights, home_weight: Weights) -> Places:
    """Give the place in `TERMS` of the alternative to one person that is the more probable."""
    return np.where(weight < home_weight, len(STANDINGS), len(STANDINGS) + 1).astype(np.int8)
