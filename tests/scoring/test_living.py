"""Who is known to have died has no score from then on, and adds to nobody's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kithkin.engine import Engine, open_engine
from kithkin.indicators.parts import Sources
from kithkin.model import dates
from kithkin.scoring import ScoreMemory, index_of, index_on, reaches, remember, scores_on
from kithkin.scoring.explained import Person, contributions_of
from kithkin.scoring.indices import eligible_on
from kithkin.scoring.kernel import ALL
from kithkin.scoring.living import known_deaths, of_the_living
from scoring import family
from scoring.family import AS_OF, NAMES

PLAN = family.plan()
VICTIM = PLAN.position("exploitation", "victim")
AVA, CARA = NAMES.index("Ava"), NAMES.index("Cara")
DIED = dates.add_days(AS_OF, -50)
BEFORE = dates.add_days(DIED, -1)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


@pytest.fixture(scope="module")
def told(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> family.Told:
    return family.tell(engine, tmp_path_factory.mktemp("dead"), deaths={"Ava": DIED})


def test_the_dead_have_no_index_from_the_day_it_is_known(told: family.Told) -> None:
    index = index_on(told.stored, PLAN, told.born, [BEFORE, DIED, AS_OF])
    assert index[ALL, 0, VICTIM, AVA] > 0
    assert (index[:, 1:, :, AVA] == 0).all()
    assert index[ALL, 2, VICTIM, NAMES.index("Isla")] > 0  # the living keep theirs
    rows = told.stored.rows_of(AVA)
    mine = index_of(rows, told.stored.sets, PLAN, int(told.born[AVA]), [BEFORE, DIED, AS_OF])
    assert np.array_equal(mine, index[..., AVA])
    person = Person(AVA, int(told.born[AVA]), rows, told.stored.sets)
    assert contributions_of(person, PLAN, "exploitation", "victim", BEFORE)
    assert contributions_of(person, PLAN, "exploitation", "victim", DIED) == []


def scored(told: family.Told, on: date) -> Any:
    index = index_on(told.stored, PLAN, told.born, [on])[:, 0]
    reach = next(reaches(told.evidence, PLAN, told.born, [on], proven=True))
    living = of_the_living(told.born, told.stored.gone, on)
    return list(scores_on(PLAN, index, living, on, reach))[VICTIM]


def test_the_dead_have_no_score_and_are_no_seed(told: family.Told) -> None:
    before, after = scored(told, BEFORE), scored(told, DIED)
    assert before.score[ALL, AVA] > 0
    assert after.score[ALL, AVA] == 0
    assert not after.eligible[AVA]
    # Ava was next to her sister; what is left comes through her from others.
    assert before.near.count[CARA, 0, 0] == 1
    assert after.near.count[CARA, 0, 0] == 0
    assert after.attention[ALL, CARA] < before.attention[ALL, CARA] / 2


def test_months_after_a_death_remember_nothing_of_the_dead(
    told: family.Told, tmp_path: Path
) -> None:
    memory, months = ScoreMemory(tmp_path), [BEFORE, DIED]
    networks = reaches(told.evidence, PLAN, told.born, months)
    remember(memory, told.stored, PLAN, told.born, months, networks)
    assert {row["as_of"] for row in memory.of_person(AVA).data.to_pylist()} == {BEFORE}


def test_who_is_known_to_be_dead_is_of_no_ages(told: family.Told) -> None:
    living = of_the_living(told.born, told.stored.gone, DIED)
    assert not eligible_on(PLAN, living, DIED)[:, AVA].any()
    assert np.array_equal(of_the_living(told.born, told.stored.gone, BEFORE), told.born)


# --- when it was known -----------------------------------------------------------------------

DAY = {"date_of_death": pa.date32(), "known_at": pa.date32(), "superseded_at": pa.date32()}


def table(columns: list[str], *rows: tuple[Any, ...]) -> pa.Table:
    return pa.table({
        name: pa.array([row[i] for row in rows],
                       DAY.get(name, pa.int32() if name == "person_key" else pa.string()))
        for i, name in enumerate(columns)
    })  # fmt: skip


def day(text: str) -> date:
    return dates.parse_iso(f"2025-{text}")


def test_a_death_is_known_from_the_first_record_that_told_of_it(engine: Engine) -> None:
    person = table(
        ["person_id", "person_key", "date_of_death"],
        ("living", 0, None), ("told", 1, day("03-01")), ("told later", 2, day("03-01")),
        ("told by another", 3, day("03-01")), ("told after the date", 4, day("03-01")),
    )  # fmt: skip
    record = table(
        ["source", "record_id", "known_at", "date_of_death"],
        ("s", "a", day("01-01"), None), ("s", "b", day("01-01"), day("03-01")),
        ("s", "c", day("01-01"), day("03-01")), ("s", "d", day("01-01"), day("03-01")),
        ("t", "d", day("04-01"), day("03-01")), ("s", "e", day("01-01"), day("03-01")),
    )  # fmt: skip
    # c and d said nothing of it until May, e until September; b never said anything else.
    version = table(
        ["source", "record_id", "known_at", "date_of_death", "superseded_at"],
        ("s", "c", day("01-01"), None, day("05-01")), ("s", "d", day("01-01"), None, day("05-01")),
        ("s", "e", day("01-01"), None, day("09-01")),
    )  # fmt: skip
    link = table(
        ["source", "record_id", "person_id"],
        ("s", "a", "living"), ("s", "b", "told"), ("s", "c", "told later"),
        ("s", "d", "told by another"), ("t", "d", "told by another"),
        ("s", "e", "told after the date"),
    )  # fmt: skip
    arrow = {"person": person, "person_record": record, "person_record_version": version,
             "person_link": link}  # fmt: skip
    sources = Sources({name: engine.table(rows, f"living_{name}") for name, rows in arrow.items()})
    found = known_deaths(engine, sources, day("08-01")).to_pylist()
    told = {row["person_key"]: dates.from_day_number(row["gone"]) for row in found}
    assert told == {1: day("03-01"), 2: day("05-01"), 3: day("04-01")}
    later = known_deaths(engine, sources, day("09-01"))
    assert dict(zip(*later.to_pydict().values(), strict=True))[4] == dates.day_number(day("09-01"))
