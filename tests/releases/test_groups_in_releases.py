"""A group keeps its id from run to run, and a run that is done again goes on from the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kithkin.engine import Engine, open_engine, write_table
from kithkin.model import dates
from kithkin.network.groups import belonging, memories_in, memory_table
from kithkin.network.groups.memory import GroupMemoryTable
from kithkin.network.groups.tables import PeerGroupMemberTable, PeerGroupTable
from kithkin.people.identity import PersonIndex
from kithkin.people.tables import PersonIndexTable
from kithkin.policy import Policy
from kithkin.policy.themes import Component, Theme, ThemeNetwork, Track
from kithkin.releases.gathered import MEMORY, MEMORY_BEFORE, Gathering, GroupsBefore, write_groups
from kithkin.releases.scored import CONTRIBUTIONS
from kithkin.scoring import Plan, StoredContributions, store_contributions
from network.groups_at_hand import settings
from network.worlds import World, evidence_of, policy_of, rule
from scoring.worlds import PART

SUMMER, AUTUMN = date(2025, 8, 31), date(2025, 9, 30)
FOUR = [(person, "suspect") for person in range(4)]
MILD = Component(
    title="Mild", kinds=("crime.mild",), window_days=365, half_life_days=90, at_most=9.0
)
NETWORK = ThemeNetwork(
    natures=("peer",), floor=10.0, most_points=25.0, halfway=20.0, kept=1.0, onward=0.5,
    emerging_points=5.0,
)  # fmt: skip


def policy(**changed: Any) -> Policy:
    found = settings(
        rules=("co_suspects",), themes=("harm",), theme_rules={}, smallest=3, **changed
    )
    theme = Theme(
        name="harm", title="Harm", description="Harm", concern="harm", basis="test",
        victim=Track(ages=(0, 99), halfway=4.0, components={"mild": MILD}), network=NETWORK,
    )  # fmt: skip
    return policy_of(rule("co_suspects", most_people=6)).model_copy(
        update={"groups": found, "themes": {"harm": theme}}
    )


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def world() -> World:
    made = World(6)
    for day in (date(2025, 5, 5), date(2025, 6, 6), date(2025, 7, 7)):
        made.event("crime.mild", day, *FOUR)
    return made


def run(
    engine: Engine, folder: Path, on: date, before: Path | None, rules: Policy,
    person: tuple[str, ...] = ("P0", "P1", "P2", "P3", "P4", "P5"),
    register: PersonIndex | None = None,
) -> Path:  # fmt: skip
    """Find the groups of a date as a run does; gives the folder of tables."""
    evidence = evidence_of(engine, world(), rules, on)
    write_table(evidence.table.data, folder / "facts" / "tables" / "tie_evidence.parquet")
    left_out = folder / "facts" / "tables" / "left_out_occasion.parquet"
    write_table(evidence.left_out.data, left_out)
    store_contributions(
        engine, engine.table(PART.empty_table(), f"no_part_{folder.name}"), Plan(rules), 6,
        StoredContributions(folder / "facts" / CONTRIBUTIONS),
    )  # fmt: skip
    people = pa.table({
        "person_key": pa.array(range(6), pa.int32()), "person_id": list(person),
        "date_of_birth": pa.array([date(2010, 1, 1)] * 6, pa.date32()),
    })  # fmt: skip
    known = Gathering(
        rules, on, folder / "facts", people, register or PersonIndex(),
        GroupsBefore.of(before, on),
    )  # fmt: skip
    months = [*dates.month_ends(dates.add_months(on, -3), dates.add_days(on, -1)), on]
    write_groups(known, months, folder, threads=1, say=lambda _: None)
    return folder / "tables"


def rows(tables: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(tables / f"{name}.parquet").to_pylist()
    return found


def test_a_group_that_is_found_again_by_the_next_run_keeps_its_id_and_its_first_date(
    engine: Engine, tmp_path: Path
) -> None:
    first = run(engine, tmp_path / "a", SUMMER, None, policy())
    second = run(engine, tmp_path / "b", AUTUMN, first, policy())
    assert [row["group_id"] for row in rows(first, "peer_group")] == ["any-00001"]
    (again,) = rows(second, "peer_group")
    assert (again["group_id"], again["first_on"]) == ("any-00001", SUMMER)
    assert [row["change"] for row in rows(second, "peer_group_change")] == ["kept"]


def test_without_a_memory_the_months_before_say_since_when_a_group_stands(
    engine: Engine, tmp_path: Path
) -> None:
    tables = run(engine, tmp_path / "a", AUTUMN, None, policy(months_at_first=2))
    (group,) = rows(tables, "peer_group")
    assert group["first_on"] == date(2025, 7, 31)


def test_a_run_for_the_same_date_again_goes_on_from_what_the_first_went_on_from(
    engine: Engine, tmp_path: Path
) -> None:
    first = run(engine, tmp_path / "a", SUMMER, None, policy())
    second = run(engine, tmp_path / "b", AUTUMN, first, policy())
    again = run(engine, tmp_path / "c", AUTUMN, second, policy())
    assert GroupsBefore.of(second, AUTUMN).file == second / MEMORY_BEFORE
    assert GroupsBefore.of(second, date(2025, 10, 31)).file == second / MEMORY
    for file in sorted(second.iterdir()):
        assert (again / file.name).read_bytes() == file.read_bytes(), file.name


def test_what_a_first_run_went_on_from_is_nothing(engine: Engine, tmp_path: Path) -> None:
    first = run(engine, tmp_path / "a", SUMMER, None, policy())
    assert GroupsBefore.of(first, SUMMER) == GroupsBefore.of(None, SUMMER) == GroupsBefore()
    assert GroupsBefore().hash is None


def test_a_group_is_the_same_when_one_of_its_people_has_another_id_now(
    engine: Engine, tmp_path: Path
) -> None:
    first = run(engine, tmp_path / "a", SUMMER, None, policy(same=0.8))
    register = PersonIndex(PersonIndexTable.from_rows(
        {"person_id": who, "source": "s1", "record_id": "r0", "since_version": since,
         "until_version": until}
        for who, since, until in (("P0", 1, 2), ("P9", 2, None))
    ))  # fmt: skip
    people = ("P9", "P1", "P2", "P3", "P4", "P5")
    led = run(engine, tmp_path / "b", AUTUMN, first, policy(same=0.8), people, register)
    lost = run(engine, tmp_path / "c", AUTUMN, first, policy(same=0.8), people)
    assert [row["group_id"] for row in rows(led, "peer_group")] == ["any-00001"]
    assert [row["group_id"] for row in rows(lost, "peer_group")] == ["any-00002"]


def test_a_policy_without_groups_finds_none_and_forgets_none(
    engine: Engine, tmp_path: Path
) -> None:
    first = run(engine, tmp_path / "a", SUMMER, None, policy())
    none = policy().model_copy(update={"groups": None})
    second = run(engine, tmp_path / "b", AUTUMN, first, none)
    assert rows(second, "peer_group") == []
    assert rows(second, "group_memory") == rows(first, "group_memory")


def test_what_is_remembered_is_read_as_it_was_written(engine: Engine, tmp_path: Path) -> None:
    tables = run(engine, tmp_path / "a", SUMMER, None, policy())
    memories = memories_in(GroupMemoryTable(pq.read_table(tables / MEMORY)))
    assert set(memories) == {None, "harm"}
    assert memories[None].groups[0].persons == {"P0", "P1", "P2", "P3"}
    assert memories["harm"].groups == ()
    assert memory_table(memories).data.equals(pq.read_table(tables / MEMORY))


def test_a_list_may_ask_how_surely_somebody_belongs_to_a_group_of_a_theme() -> None:
    groups = PeerGroupTable.from_rows(
        [{"group_id": "any-00001"}, {"group_id": "cse-00001", "theme": "cse"},
         {"group_id": "cse-00002", "theme": "cse"}]
    )  # fmt: skip
    members = PeerGroupMemberTable.from_rows(
        {"group_id": group, "person_key": who, "member": member, "agreement": agreement}
        for group, who, member, agreement in (
            ("any-00001", 0, True, 0.9), ("cse-00001", 1, True, 0.7), ("cse-00002", 1, True, 0.8),
            ("cse-00001", 2, False, 0.3),
        )
    )  # fmt: skip
    sure = belonging(groups, members, 3, ["cse"])
    assert {theme: list(of) for theme, of in sure.items()} == {
        "any": [0.9, 0, 0], "cse": [0, 0.8, 0]
    }  # fmt: skip
