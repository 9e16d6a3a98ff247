"""Draws pairs of records for people to judge, so that quality can be estimated without a truth.

Two kinds of question are drawn from: pairs of records that linkage put in one person (was that
right?), and two persons in review, each time by the two records that brought them there (is a
link missed?). Each kind is cut into bands of how sure linkage was, those apart also by why they
were not joined, and as many are drawn from each band. So the doubtful ones near the mark are not
lost among the sure ones, and each reason, for which stated probabilities are corrected apart, has
answers at both ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from kithkin.evaluation.errors import EvaluationError
from kithkin.evaluation.linkage.querying import quiet_duckdb
from kithkin.evaluation.linkage.released import Released
from kithkin.people.certainty import STANDINGS, standing_of

JOINED, APART = "joined", "apart"
BANDS = {JOINED: (13.0, 17.0), APART: (3.0,)}
"""Weights, the base-2 logarithms of stated odds, that divide each kind into bands."""
OPEN = ("S0",)
"""Seals of records that may be put on a sheet; all others are left out and counted."""


@dataclass(frozen=True)
class Stratum:
    """One band of one kind of question: how many there are, and for how many pairs of records."""

    side: str  # joined | apart
    band: str
    questions: int
    pairs: int


@dataclass(frozen=True)
class Question:
    """Two records to be judged; `pairs` is how many pairs of records the answer speaks for."""

    number: int
    side: str
    band: str
    left: tuple[str, str]  # source, record_id
    right: tuple[str, str]
    pairs: int
    stated: float | None  # the probability that linkage states; null when it scored none


@dataclass(frozen=True)
class Sample:
    """The questions, shuffled, and what they were drawn from."""

    release: str
    seed: int
    strata: Sequence[Stratum]
    questions: Sequence[Question]
    sealed_left_out: int  # questions that could not be asked: a record of theirs is sealed


def sample_for_review(
    release: Released, sealed: Sequence[tuple[str, str]], n: int, *, seed: int
) -> Sample:
    """Draw `n` questions, or all there are when they are fewer; the same for the same seed.

    Parameters
    ----------
    release : the linkage to be judged.
    sealed : (source, record_id) of records that may not be put on a sheet.
    n : how many questions.
    seed : another seed gives other questions.

    """
    with quiet_duckdb() as con:
        con.register("link", release.links)
        con.register("review", _with_standing(release.review))
        con.register("sealed", _keys(sealed))
        for statement in (_FRAME, _STRATA.format(join=_band_sql())):
            con.execute(statement, {"seed": seed} if "$seed" in statement else None)
        strata = [Stratum(*row) for row in con.sql(_COUNTED).fetchall()]
        wanted = allocate([each.questions for each in strata], n)
        con.register("wanted", _wanted(strata, wanted))
        drawn = con.sql(_DRAWN).fetchall()
        left_out = con.sql("SELECT count(*) FROM frame WHERE sealed").fetchall()[0][0]
    if not drawn:
        raise EvaluationError(
            f"Release {release.id} has no two records in one person and none in review, so there "
            "is nothing to judge. Choose another release."
        )
    questions = [_question(number, row) for number, row in enumerate(drawn, start=1)]
    return Sample(release.id, seed, strata, questions, int(left_out))


def allocate(available: Sequence[int], n: int) -> list[int]:
    """Share `n` out evenly; what a short stratum cannot take goes to the others."""
    given = [0] * len(available)
    left = min(n, sum(available))
    while left:
        room = [place for place, most in enumerate(available) if given[place] < most]
        share = max(left // len(room), 1)
        for place in room:
            more = min(share, available[place] - given[place], left)
            given[place] += more
            left -= more
    return given


def _with_standing(review: pa.Table) -> pa.Table:
    """Add why two persons were not joined, in the few words by which probabilities are told."""
    names = pa.array([STANDINGS[at] for at in standing_of(review.column("why"))], pa.string())
    return review.append_column("standing", names)


def _keys(records: Sequence[tuple[str, str]]) -> pa.Table:
    columns = [pa.array([key[place] for key in records], pa.string()) for place in (0, 1)]
    return pa.Table.from_arrays(columns, ["source", "record_id"])


def _wanted(strata: Sequence[Stratum], wanted: Sequence[int]) -> pa.Table:
    rows = [
        {"side": each.side, "band": each.band, "most": most}
        for each, most in zip(strata, wanted, strict=True)
    ]
    kinds = [("side", pa.string()), ("band", pa.string()), ("most", pa.int64())]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def _question(number: int, row: tuple[object, ...]) -> Question:
    side, band, source, record_id, other_source, other_id, pairs, stated = row
    return Question(
        number, str(side), str(band), (str(source), str(record_id)),
        (str(other_source), str(other_id)), int(str(pairs)),
        None if stated is None else float(str(stated)),
    )  # fmt: skip


def _band_sql() -> str:
    """Name the band of a stated probability; compared as probabilities, so that 1 needs no odds."""
    when = "WHEN side = '{}' AND stated {} THEN 'weight {}'"
    whens = []
    for side, marks in BANDS.items():
        low = f"under {marks[0]:g}"
        for mark, above in zip(marks, (*marks[1:], None), strict=True):
            whens.append(when.format(side, f"< {_probability(mark)}", low))
            low = f"{mark:g} and over" if above is None else f"{mark:g} to {above:g}"
        whens.append(when.format(side, "IS NOT NULL", low))
    weight = f"CASE {' '.join(whens)} ELSE 'not scored' END"
    return f"concat_ws(', ', standing, {weight})"


def _probability(weight: float) -> float:
    return 1 / (1 + 2.0**-weight)


_FRAME = """
CREATE TABLE frame AS
WITH link_open AS (
  SELECT link.*, s.source IS NOT NULL AS sealed
  FROM link LEFT JOIN sealed s USING (source, record_id)
), size AS (SELECT person_id, count(*) AS records FROM link GROUP BY person_id),
missed AS (
  SELECT * FROM review WHERE person_id <> other_person_id
  QUALIFY row_number() OVER (
    PARTITION BY least(person_id, other_person_id), greatest(person_id, other_person_id)
    ORDER BY probability DESC NULLS FIRST, source, record_id, other_source, other_record_id) = 1
),
question AS (
  SELECT 'joined' AS side, l.source, l.record_id, r.source AS other_source,
         r.record_id AS other_record_id, 1::BIGINT AS pairs,
         least(l.probability, r.probability) AS stated, l.sealed OR r.sealed AS sealed,
         NULL AS standing
  FROM link_open l JOIN link_open r USING (person_id)
  WHERE (l.source, l.record_id) < (r.source, r.record_id)
  UNION ALL
  SELECT 'apart', v.source, v.record_id, v.other_source, v.other_record_id,
         one.records * other.records, v.probability, l.sealed OR r.sealed, v.standing
  FROM missed v
  JOIN size one ON one.person_id = v.person_id
  JOIN size other ON other.person_id = v.other_person_id
  JOIN link_open l ON l.source = v.source AND l.record_id = v.record_id
  JOIN link_open r ON r.source = v.other_source AND r.record_id = v.other_record_id
)
SELECT *, md5(concat_ws('|', $seed, source, record_id, other_source, other_record_id)) AS lot
FROM question
"""
_STRATA = "CREATE TABLE stratum AS SELECT *, {join} AS band FROM frame WHERE NOT sealed"
_COUNTED = """
SELECT side, band, count(*)::BIGINT, sum(pairs)::BIGINT FROM stratum
GROUP BY side, band ORDER BY side, band
"""
# The order in which they are asked is that of a second lot: the first tells which were drawn.
_DRAWN = """
SELECT side, band, source, record_id, other_source, other_record_id, pairs, stated
FROM (SELECT stratum.*, wanted.most FROM stratum JOIN wanted USING (side, band)
      QUALIFY row_number() OVER (PARTITION BY side, band ORDER BY lot) <= most)
ORDER BY md5(lot)
"""
