"""What agreement is worth: the trained model, which a release keeps and a later run can reuse."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log2
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kithkin.people.rules import LinkageRules

Shares = Mapping[tuple[str, str], tuple[float, float]]  # (comparison, level): m, u

MODEL_FILE = "linkage_model.json"
FREQUENCY_FILE = "linkage_frequency.parquet"
FREQUENCY_SCHEMA = pa.schema(
    [("column", pa.string()), ("value", pa.string()), ("share", pa.float64())]
)


class ModelError(ValueError):
    """A saved model cannot be used: says which file, why, and what to do."""


@dataclass(frozen=True)
class LinkageModel:
    """The prior, every level's m and u, and how common each name is.

    Parameters
    ----------
    source, reason : `trained` or `published`, and why.
    rules : the hash of the rules (`LinkageRules.hash`) for which the model holds.
    records : how many records it was learnt from.
    prior : probability that two records taken at random are one person.
    home_prior : base-2 log of the odds that two records of one home and surname are one person
        rather than two relatives.
    home : for each level that a home does not share, its share among two relatives of one home.
    shares : for each level its share among records of one person (m) and of others (u).
    keys : the blocking keys, each the columns whose values two records share.
    frequencies : value and share of records by column, for levels with term frequencies.
    log : what training did, step by step, in words.

    """

    source: str
    reason: str
    rules: str
    records: int
    prior: float
    shares: Shares
    home_prior: float
    home: Mapping[tuple[str, str], float]
    keys: tuple[tuple[str, ...], ...]
    frequencies: pa.Table = field(default_factory=FREQUENCY_SCHEMA.empty_table)
    log: tuple[str, ...] = ()

    def level_weight(self, comparison: str, level: str) -> float:
        """Give what a level is worth, before term frequencies: base-2 log of m / u."""
        m, u = self.shares[comparison, level]
        return log2(m / u)

    def home_level_weight(self, comparison: str, level: str) -> float:
        """Give what a level is worth against two relatives of one home; 0 where a home shares it."""
        share = self.home.get((comparison, level))
        return 0.0 if share is None else log2(self.shares[comparison, level][0] / share)

    @property
    def hash(self) -> str:
        """Hash all that decides a score."""
        digest = hashlib.sha256(self._text().encode())
        for name in FREQUENCY_SCHEMA.names:
            digest.update(json.dumps(self.frequencies.column(name).to_pylist()).encode())
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """Write the model into a folder: one JSON file and one Parquet file."""
        (folder / MODEL_FILE).write_text(self._text(), encoding="utf-8")
        pq.write_table(self.frequencies, folder / FREQUENCY_FILE)

    def _text(self) -> str:
        levels = [
            {"comparison": one[0], "level": one[1], "m": m, "u": u, "home": self.home.get(one)}
            for one, (m, u) in self.shares.items()
        ]
        told = {
            "source": self.source,
            "reason": self.reason,
            "rules": self.rules,
            "records": self.records,
            "prior": self.prior,
            "home_prior": self.home_prior,
            "keys": [list(columns) for columns in self.keys],
            "levels": levels,
            "log": list(self.log),
        }
        return json.dumps(told, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def load(cls, folder: Path) -> LinkageModel:
        """Read a model that `save` wrote; `ModelError` when it is none."""
        path = folder / MODEL_FILE
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            levels = {(one["comparison"], one["level"]): one for one in told["levels"]}
            return cls(
                told["source"],
                told["reason"],
                told["rules"],
                told["records"],
                told["prior"],
                {name: (one["m"], one["u"]) for name, one in levels.items()},
                told["home_prior"],
                {name: one["home"] for name, one in levels.items() if one["home"] is not None},
                tuple(tuple(columns) for columns in told["keys"]),
                pq.read_table(folder / FREQUENCY_FILE, schema=FREQUENCY_SCHEMA),
                tuple(told["log"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{path}: no usable linkage model ({error}). "
                "Run without it: a new model is learnt from the records."
            ) from error

    def fits(self, rules: LinkageRules) -> bool:
        """Say whether the model was made for these rules."""
        return self.rules == rules.hash
