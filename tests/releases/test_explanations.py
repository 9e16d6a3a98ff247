"""The explanation promise: the rows that are listed make the value again, to the last one."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import pyarrow.parquet as pq
import pytest

from county.build import FEEDS as COUNTY
from kithkin.model import dates
from kithkin.policy import Policy, read_policy
from kithkin.releases import Explanation, PersonNotFoundError, ReleaseError, explain
from kithkin.releases.explaining import Answer, SourceRow
from releases import made


@cache
def policy() -> Policy:
    return read_policy(made.county_release()[1].folder / "policy")


@cache
def explanations() -> list[Explanation]:
    """Every value of every person and family of the county."""
    _, release = made.county_release()
    ids = [
        name
        for level in ("person", "family")
        for name in pq.read_table(release.table(level))[f"{level}_id"].to_pylist()
    ]
    return [explain(release, name, everything=True) for name in ids]


def answers(measure: str) -> Iterator[Answer]:
    found = [a for e in explanations() for a in e.answers if a.indicator.measure == measure]
    assert any(answer.rows for answer in found), f"no {measure} has a value to remake"
    yield from found


def of(answer: Answer, use: str) -> list[SourceRow]:
    return [row for row in answer.rows if row.use == use]


def weight(rows: list[SourceRow], part: Any) -> float:
    if part.weigh == "events":
        return len(rows)
    return sum(round((row.value or 0) * 1000) for row in rows) / 1000


def quotient(answer: Answer, when: str = "") -> float | None:
    indicator: Any = answer.indicator
    below = weight(of(answer, f"{when}denominator"), indicator.denominator)
    if below < indicator.minimum_denominator:
        return None
    return weight(of(answer, f"{when}numerator"), indicator.numerator) / below


def test_a_count_is_the_number_of_its_rows_or_the_sum_of_their_values() -> None:
    summed = [answer for answer in answers("count") if _by_value(answer)]
    assert any(answer.rows for answer in summed)
    for answer in answers("count"):
        assert answer.value == weight(list(answer.rows), answer.indicator)


def _by_value(answer: Answer) -> bool:
    indicator: Any = answer.indicator
    return bool(indicator.weigh == "value")


def test_what_is_distinct_is_what_differs_among_its_rows() -> None:
    for answer in answers("distinct"):
        indicator: Any = answer.indicator
        by = "agency" if indicator.of == "agencies" else "kind"
        assert answer.value == len({getattr(row, by) for row in answer.rows})


def test_recency_is_the_days_since_the_last_of_its_rows() -> None:
    for answer in answers("recency"):
        last = max(row.occurred_on for row in answer.rows)
        assert answer.value == dates.days_between(last, made.AS_OF)


def test_latest_is_the_value_of_the_last_of_its_rows() -> None:
    for answer in answers("latest"):
        last = max((row.occurred_on, row.value or 0) for row in answer.rows)
        assert answer.value == pytest.approx(last[1])


def test_a_ratio_is_the_quotient_of_its_rows() -> None:
    for answer in answers("ratio"):
        assert answer.value == pytest.approx(quotient(answer))


def test_a_change_compares_the_quotients_of_its_rows() -> None:
    for answer in answers("change"):
        recent, earlier = quotient(answer, "recent "), quotient(answer, "earlier ")
        assert recent is not None
        assert earlier is not None
        indicator: Any = answer.indicator
        expected = recent - earlier if indicator.compare == "difference" else recent / earlier
        assert answer.value == pytest.approx(expected)


def test_a_flag_stands_where_its_rows_say_so() -> None:
    for answer in answers("flag"):
        assert answer.value == float(_flag(answer)), answer


def _flag(answer: Answer) -> bool:
    indicator: Any = answer.indicator
    counted, undoing = of(answer, "counted"), of(answer, "undoing")
    if not counted or (indicator.with_kinds and not of(answer, "accompanying")):
        return False
    if indicator.state is not None:
        return True
    last = max(row.occurred_on for row in counted)
    if dates.days_between(last, made.AS_OF) < (indicator.settled_days or 0):
        return False
    return not any(row.occurred_on > last for row in undoing)


def test_only_what_was_known_and_stood_on_the_day_is_listed() -> None:
    rows = [row for e in explanations() for a in e.answers for row in a.rows]
    assert len(rows) > 500
    assert all(row.occurred_on <= made.AS_OF and row.known_at <= made.AS_OF for row in rows)
    assert all(row.ended_on is None or row.ended_on <= made.AS_OF for row in rows)


def test_every_row_that_is_listed_is_in_the_file_that_it_names() -> None:
    places = {(r.file, r.row) for e in explanations() for a in e.answers for r in a.rows}
    lines: dict[str, int] = {}
    for file, row in places:
        if file not in lines:
            with (COUNTY / file).open(encoding="utf-8-sig", newline="") as sent:
                lines[file] = sum(1 for _ in csv.reader(sent))
        assert row is not None
        assert 2 <= row <= lines[file]
    assert len(lines) > 15


def test_values_are_those_that_the_release_holds() -> None:
    _, release = made.county_release()
    for level in ("person", "family"):
        ids = dict(zip(*_columns(release, level), strict=True))
        wide = pq.read_table(release.folder / "indicator_value" / level / "part-00000.parquet")
        stored = {ids[row.pop("subject")]: row for row in wide.to_pylist()}
        for explanation in (e for e in explanations() if e.level == level):
            told = {a.indicator.code: a.value for a in explanation.answers}
            mine = stored[explanation.subject_id]
            assert told == {code: value for code, value in mine.items() if value is not None}
            for answer in explanation.answers:
                assert answer.value is not None
                assert not math.isnan(answer.value)
                assert answer.raised == answer.indicator.threshold.reached(answer.value)


def _columns(release: Any, level: str) -> list[list[Any]]:
    table = pq.read_table(release.table(level), columns=[f"{level}_key", f"{level}_id"])
    return [table[0].to_pylist(), table[1].to_pylist()]


# --- what may be asked -----------------------------------------------------------------------


def anybody(code: str) -> Explanation:
    """Somebody for whom an indicator is raised."""
    return next(
        e for e in explanations() if any(a.raised and a.indicator.code == code for a in e.answers)
    )


def test_an_indicator_is_found_by_bristols_code() -> None:
    _, release = made.county_release()
    found = explain(release, anybody("EDU-01").subject_id, indicators=["2A"])
    assert "EDU-01" in [answer.indicator.code for answer in found.answers]
    assert all("2A" in answer.indicator.codes.tfd for answer in found.answers)


def test_without_codes_only_what_is_raised_is_told() -> None:
    _, release = made.county_release()
    found = explain(release, anybody("EDU-01").subject_id)
    assert found.answers
    assert all(answer.raised for answer in found.answers)


def test_a_code_is_told_even_where_it_has_no_value() -> None:
    _, release = made.county_release()
    everybody = [e for e in explanations() if e.level == "person"]
    code = next(c for c, i in policy().indicators.items()
                if i.measure == "recency" and "person" in i.levels)  # fmt: skip
    without = next(e for e in everybody if code not in {a.indicator.code for a in e.answers})
    (answer,) = explain(release, without.subject_id, indicators=[code]).answers
    assert answer.value is None
    assert not answer.raised


def test_records_members_and_missing_feeds_stand_beside_the_values() -> None:
    for explanation in explanations():
        held = {record["source"] for record in explanation.records}
        assert held
        assert {s["source"] for s in explanation.sources if s["holds"]} == held
        assert len(explanation.sources) == 8
        if explanation.level == "person":
            assert explanation.subject_id in {m["person_id"] for m in explanation.members}
        else:
            assert len(explanation.members) == explanation.subject["people"]


def test_an_unknown_person_and_an_unknown_indicator_are_named() -> None:
    _, release = made.county_release()
    with pytest.raises(
        PersonNotFoundError, match=r"no person or family 'P-nobody'.*person\.parquet"
    ):
        explain(release, "P-nobody")
    with pytest.raises(ReleaseError, match=r"no indicator 'EDU-99' of a person.*policy show"):
        explain(release, explanations()[0].subject_id, indicators=["EDU-99"])
