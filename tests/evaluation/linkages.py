"""Small linkages for the tests: who is truly who, and for whom linkage took them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa

from kithkin.evaluation.linkage import Released, Truth
from kithkin.evaluation.linkage.released import released
from kithkin.people.resolving.clusters import BETWEEN

AS_OF = date(2026, 1, 31)
# A dozen records of five human beings; the letter is the human being.
DOZEN = ("a1", "a2", "a3", "b1", "b2", "c1", "c2", "d1", "e1", "e2", "e3", "e4")
# A is spread over P1 and P2; B is whole, but in P3 with one record of C, whose other is P4.
MADE = ("P1", "P1", "P2", "P3", "P3", "P3", "P4", "P5", "P6", "P6", "P6", "P6")
HEALTH = {"a1", "b1", "c1", "d1", "e1", "e2"}
RECORD = {"sex": pa.string(), "ethnicity": pa.string(), "date_of_birth": pa.date32()}


def truth(people: Mapping[str, str], **groups: Sequence[str | None]) -> Truth:
    """Say whose each record is; every record is of the source `feed`."""
    columns = {
        "source": ["feed"] * len(people),
        "record_id": list(people),
        "person": list(people.values()),
        **{name: list(values) for name, values in groups.items()},
    }
    kinds = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    return Truth("truth.csv", pa.table(kinds), 2)


def linkage(
    made: Mapping[str, str],
    *,
    agency: Mapping[str, str] = {},
    about: Mapping[str, Mapping[str, object]] = {},
    review: Sequence[tuple[str, str, str, str, float | None]] = (),
    probability: Mapping[str, float] = {},
    scored: Sequence[tuple[int, int]] | None = None,
) -> Released:
    """Say for whom each record was taken; `review` is person, person, record, record, probability."""
    ids = list(made)
    links = {
        "source": ["feed"] * len(ids),
        "record_id": ids,
        "person_id": list(made.values()),
        "probability": [probability.get(one, 1.0) for one in ids],
    }
    records = {
        "source": pa.array(["feed"] * len(ids)),
        "record_id": pa.array(ids),
        "agency": pa.array([agency.get(one, "health") for one in ids]),
        **{
            name: pa.array([about.get(one, {}).get(name) for one in ids], kind)
            for name, kind in RECORD.items()
        },
    }
    return released(
        "trial",
        AS_OF,
        links=pa.table(links),
        records=pa.table(records),
        review=in_review(review),
        scored=None if scored is None else pa.table(
            {"left_rid": [low for low, _ in scored], "right_rid": [high for _, high in scored]}
        ),
    )  # fmt: skip


def in_review(rows: Sequence[tuple[str, str, str, str, float | None]]) -> pa.Table:
    """Write the review table."""
    text = ("person_id", "other_person_id", "record_id", "other_record_id")
    columns = {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(text)}
    feed = pa.array(["feed"] * len(rows), pa.string())
    return pa.table(
        {**columns, "source": feed, "other_source": feed,
         "probability": pa.array([row[4] for row in rows], pa.float64()),
         "why": pa.array([BETWEEN] * len(rows), pa.string())}
    )  # fmt: skip


def dozen_truth(**groups: Sequence[str | None]) -> Truth:
    return truth({record: record[0].upper() for record in DOZEN}, **groups)


def dozen_linkage() -> Released:
    return linkage(
        dict(zip(DOZEN, MADE, strict=True)),
        agency={one: "health" if one in HEALTH else "police" for one in DOZEN},
        review=[("P1", "P2", "a1", "a3", 0.9), ("P3", "P6", "b1", "e1", None)],
        # a1 a2, a1 a3, b1 b2, c1 c2, e1 e2 are five of the eleven true pairs; b1 c1 is not one.
        scored=[(0, 1), (0, 2), (3, 4), (5, 6), (8, 9), (3, 5)],
    )
