"""From canonical rows to facts: one a subject and event, cut off at the as-of date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from indicators import worlds
from kithkin.engine import Engine, open_engine
from kithkin.indicators import Catalogue, FactsFolder, store_facts, values_on
from kithkin.indicators.evidence import evidence_for, facts_of
from kithkin.indicators.kernel import FAR
from kithkin.model import dates

AS_OF = worlds.AS_OF
EVERYTHING = ("a.plain.one", "a.plain.two", "a.lasting.one", "a.derived.again",
              "social_care.person.born", "residence.home", "residence.moved")  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def event(name: str, kind: str, on: date, *who: tuple[str, str], **more: Any) -> Any:
    origin = {"source": "s1", "batch_id": "s1-1", "file": "f", "row": 1, "known_basis": "recorded",
              "known_at": on, "superseded_at": None} | {
        key: value for key, value in more.items() if key in ("known_at", "superseded_at")
    }  # fmt: skip
    happened = {"event_id": name, "kind": kind, "agency": "police", "occurred_on": on,
                "ended_on": None, "end_known_at": None, "value": None, **more, **origin}  # fmt: skip
    people = [{"event_id": name, "record_id": record, "role": role, "age_at_event": None, **origin}
              for record, role in who]  # fmt: skip
    return happened, people


def world(*events: Any, homes: Any = ()) -> Any:
    return worlds.people_alone() | {
        "event": [happened for happened, _ in events],
        "event_person": [person for _, people in events for person in people],
        "residence": list(homes),
    }


def catalogue(level: Any = "person", *kinds: str, **more: Any) -> Catalogue:
    counted = worlds.indicator(
        "T-00", "count", kinds=kinds or EVERYTHING, window_days=20_000, **more
    )
    return Catalogue(worlds.policy_of([counted]), level)


def facts(engine: Engine, rows: Any, asked: Catalogue, folder: Path) -> list[dict[str, Any]]:
    count = store_facts(engine, worlds.sources(engine, rows), [asked], folder, as_of=AS_OF)
    found = pq.read_table(folder / asked.level / "part-00000.parquet").to_pylist()
    assert count == {asked.level: len(found)}
    return list(found)


def test_two_parts_of_one_person_in_one_event_are_one_fact(engine: Engine, tmp_path: Path) -> None:
    fight = event("e1", "a.plain.one", date(2025, 5, 1), ("r1", "victim"), ("r1", "suspect"))
    (fact,) = facts(engine, world(fight), catalogue("person", "a.plain.one"), tmp_path)
    assert (fact["subject"], fact["occurred"]) == (0, dates.day_number(date(2025, 5, 1)))
    assert fact["superseded"] == FAR


def test_an_event_of_two_members_is_one_fact_of_their_family(
    engine: Engine, tmp_path: Path
) -> None:
    fight = event("e1", "a.plain.one", date(2025, 5, 1), ("r1", "victim"), ("r2", "suspect"))
    assert len(facts(engine, world(fight), catalogue("family", "a.plain.one"), tmp_path)) == 1


def test_a_role_that_is_not_asked_for_makes_no_fact(engine: Engine, tmp_path: Path) -> None:
    fight = event("e1", "a.plain.one", date(2025, 5, 1), ("r1", "victim"), ("r2", "suspect"))
    asked = catalogue("person", "a.plain.one", roles=("suspect",))
    assert [fact["subject"] for fact in facts(engine, world(fight), asked, tmp_path)] == [1]


def test_ages_are_completed_years_on_the_day(engine: Engine, tmp_path: Path) -> None:
    # P1 was born on 28 February 2010.
    before = event("e1", "a.plain.one", date(2025, 2, 27), ("r1", "victim"))
    birthday = event("e2", "a.plain.one", date(2025, 2, 28), ("r1", "victim"))
    asked = catalogue("person", "a.plain.one", ages=(15, 15))
    found = facts(engine, world(before, birthday), asked, tmp_path)
    assert [fact["occurred"] for fact in found] == [dates.day_number(date(2025, 2, 28))]


def test_births_come_from_dates_of_birth(engine: Engine, tmp_path: Path) -> None:
    found = facts(engine, world(), catalogue("person", "social_care.person.born"), tmp_path)
    born = {(fact["subject"], dates.from_day_number(fact["occurred"])) for fact in found}
    assert born == {(0, date(2010, 2, 28)), (2, date(1990, 6, 1))}


def test_an_end_that_nobody_knew_yet_is_no_end(engine: Engine, tmp_path: Path) -> None:
    begun, later = date(2025, 5, 1), dates.add_days(AS_OF, 1)
    stay = event("e1", "a.lasting.one", begun, ("r1", "subject"), ended_on=date(2025, 6, 1),
                 end_known_at=later)  # fmt: skip
    (fact,) = facts(engine, world(stay), catalogue("person", "a.lasting.one"), tmp_path)
    assert (fact["ended"], fact["end_known"]) == (FAR, FAR)


DAY_ONE, DAY_TWO = date(2025, 3, 1), date(2025, 5, 1)


def again(engine: Engine, folder: Path, *days: date, **first: Any) -> list[float]:
    """How many derived events are counted on each day."""
    rows = world(
        event("e1", "a.plain.two", DAY_ONE, ("r1", "subject"), **first),
        event("e2", "a.plain.one", DAY_TWO, ("r1", "subject")),
    )
    asked = catalogue("person", "a.derived.again")
    facts(engine, rows, asked, folder)
    counts = []
    for day in days:
        values_on(FactsFolder(folder / "person"), asked, day, folder / str(day))
        counts.append(worlds.read_parts(folder / str(day)).to_pylist()[0]["T-00"])
    return counts


def test_a_derived_event_counts_once_both_of_its_events_are_known(
    engine: Engine, tmp_path: Path
) -> None:
    learnt = date(2025, 7, 1)
    days = (DAY_TWO, dates.add_days(learnt, -1), learnt)
    assert again(engine, tmp_path, *days, known_at=learnt) == [0, 0, 1]


def test_a_derived_event_counts_until_one_of_its_events_is_withdrawn(
    engine: Engine, tmp_path: Path
) -> None:
    withdrawn = date(2025, 9, 1)
    days = (dates.add_days(DAY_TWO, -1), DAY_TWO, dates.add_days(withdrawn, -1), withdrawn)
    assert again(engine, tmp_path, *days, superseded_at=withdrawn) == [0, 1, 1, 0]


def test_a_fact_is_traced_to_its_source_by_its_number(engine: Engine, tmp_path: Path) -> None:
    fight = event("e7", "a.plain.one", date(2025, 5, 1), ("r1", "victim"))
    (fact,) = facts(engine, world(fight), catalogue("person", "a.plain.one"), tmp_path)
    origins = pq.read_table(tmp_path / "fact_event.parquet").to_pylist()
    (origin,) = [row for row in origins if row["event_no"] == fact["event_no"]]
    assert (origin["source"], origin["table_name"], origin["row_id"]) == ("s1", "event", "e7")


def test_evidence_is_what_the_value_counts_and_an_unknown_code_is_refused(
    engine: Engine, tmp_path: Path
) -> None:
    asked = catalogue("person", "a.plain.one")
    rows = world(
        event("e1", "a.plain.one", date(2025, 5, 1), ("r1", "victim")),
        event("e2", "a.plain.one", date(2025, 9, 1), ("r1", "victim"), known_at=date(2025, 12, 1)),
        event("e3", "a.plain.one", date(2025, 5, 1), ("r3", "victim")),
    )
    facts(engine, rows, asked, tmp_path)
    mine = facts_of(FactsFolder(tmp_path / "person"), 0)
    for day, expected in ((date(2025, 4, 30), 0), (date(2025, 11, 30), 1), (AS_OF, 2)):
        found = evidence_for(mine, asked, "T-00", day)
        assert len(found) == expected
        assert all(evidence.use == "counted" for evidence in found)
    with pytest.raises(KeyError):
        evidence_for(mine, asked, "T-99", AS_OF)
