from pathlib import Path

import pytest

from feeds.rows import rows_contract, rows_of, sent, settled
from kithkin.engine import Resources
from kithkin.feeds.settle import Settled, settle

__all__ = ["rows_contract"]
pytestmark = pytest.mark.usefixtures("rows_contract")

CALL = "event,c1,2025-01-01,kind=call key=k1"
ANN = "person,c1,,forename=Ann"
# One row of each table of facts, and the same fact said otherwise by a later delivery.
FACTS = {
    "event": (CALL, f"{CALL} detail=X"),
    "identifier": (
        "identifier,c1,,scheme=upn value=U1",
        "identifier,c1,,scheme=upn value=U1 valid_to=2025-05-01",
    ),
    "residence": (
        "residence,c1,2024-01-01,address_id=a kind=home started_on=2024-01-01",
        "residence,c1,2024-01-01,address_id=a kind=home started_on=2024-01-01 ended_on=2025-05-01",
    ),
    "relationship": (
        "relationship,c1,2024-01-01,other_record_id=c2 kind=mother",
        "relationship,c1,2024-01-01,other_record_id=c2 kind=mother ended_on=2025-05-01",
    ),
    "service_involvement": (
        "service_involvement,c1,2024-01-01,involvement_id=i service=school",
        "service_involvement,c1,2024-01-01,involvement_id=i service=camhs",
    ),
    "contact": (
        "contact,c1,2024-01-01,contact_id=x outcome=advice",
        "contact,c1,2024-01-01,contact_id=x outcome=referral",
    ),
}
# When the first of each is known: an identifier has no day of its own, so from its extract.
KNOWN = {"event": "2025-01-01", "identifier": "2025-06-01"}
JUNE, JULY, AUGUST = "2025-06-01", "2025-07-01", "2025-08-01"
WHEN = ("batch_id", "known_at", "superseded_at")


@pytest.mark.parametrize("table", FACTS)
def test_a_row_that_is_repeated_stays_as_it_first_came(tmp_path: Path, table: str) -> None:
    before, _ = FACTS[table]
    first, second = sent(tmp_path, JUNE, [ANN, before]), sent(tmp_path, JULY, [before, ANN])
    ((batch, _, superseded),) = rows_of(settled(tmp_path, first, second), table, *WHEN)
    assert (batch, superseded) == (first.batch_id, None)


@pytest.mark.parametrize("table", FACTS)
def test_a_row_that_changes_has_two_dated_versions(tmp_path: Path, table: str) -> None:
    before, after = FACTS[table]
    first, second = sent(tmp_path, JUNE, before), sent(tmp_path, JULY, after)
    old, new = rows_of(settled(tmp_path, first, second), table, *WHEN)
    assert old == (first.batch_id, KNOWN.get(table, "2024-01-01"), JULY)
    assert new == (second.batch_id, JULY, None)


@pytest.mark.parametrize("table", FACTS)
def test_a_row_that_a_full_extract_lacks_is_superseded_on_its_day(
    tmp_path: Path, table: str
) -> None:
    first, second = sent(tmp_path, JUNE, [FACTS[table][0]]), sent(tmp_path, JULY, ANN, full=True)
    ((_, _, superseded),) = rows_of(settled(tmp_path, first, second), table, *WHEN)
    assert superseded == JULY


@pytest.mark.parametrize("table", FACTS)
def test_a_row_that_a_partial_delivery_lacks_still_stands(tmp_path: Path, table: str) -> None:
    first, second = sent(tmp_path, JUNE, [FACTS[table][0]]), sent(tmp_path, JULY, ANN)
    ((_, _, superseded),) = rows_of(settled(tmp_path, first, second), table, *WHEN)
    assert superseded is None


def test_a_row_that_comes_back_counts_again_from_that_day(tmp_path: Path) -> None:
    deliveries = [
        sent(tmp_path, JUNE, [ANN, CALL], full=True),
        sent(tmp_path, JULY, ANN, full=True),
        sent(tmp_path, AUGUST, [ANN, CALL], full=True),
    ]
    result = settled(tmp_path, *deliveries)
    assert rows_of(result, "event", "known_at", "known_basis", "superseded_at") == [
        ("2025-01-01", "occurred", JULY),
        (AUGUST, "extract", None),
    ]
    assert rows_of(result, "event_person", "known_at", "superseded_at") == [
        ("2025-01-01", JULY),
        (AUGUST, None),
    ]


def test_a_value_that_goes_and_returns_is_three_versions(tmp_path: Path) -> None:
    texts = [CALL, f"{CALL} detail=X", CALL]
    deliveries = [sent(tmp_path, on, t) for on, t in zip([JUNE, JULY, AUGUST], texts, strict=True)]
    result = settled(tmp_path, *deliveries)
    assert rows_of(result, "event", "detail", "known_at", "superseded_at") == [
        (None, "2025-01-01", JULY),
        ("X", JULY, AUGUST),
        (None, AUGUST, None),
    ]


def test_another_part_in_an_event_is_a_changed_event(tmp_path: Path) -> None:
    first = sent(tmp_path, JUNE, f"{CALL} role=suspect")
    second = sent(tmp_path, JULY, f"{CALL} role=victim")
    result = settled(tmp_path, first, second)
    assert rows_of(result, "event_person", "role", "known_at", "superseded_at") == [
        ("suspect", "2025-01-01", JULY),
        ("victim", JULY, None),
    ]


def test_the_people_of_one_event_come_together_over_its_rows(tmp_path: Path) -> None:
    rows = [f"{CALL} role=victim", CALL.replace("c1", "c2"), CALL.replace("c1", "c2")]
    result = settled(tmp_path, sent(tmp_path, JUNE, rows))
    assert rows_of(result, "event", "event_id", "row") == [("call:k1", 2)]
    assert rows_of(result, "event_person", "record_id", "role") == [
        ("c1", "victim"),
        ("c2", "subject"),
    ]
    assert "K-CORE-KEY" not in [rule for (rule,) in rows_of(result, "finding", "rule")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_deliveries_are_settled_by_day_whatever_their_order(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    deliveries = sent(tmp_path, JUNE, CALL), sent(tmp_path, JULY, f"{CALL} detail=X")
    result = settled(tmp_path, *(deliveries[place] for place in order))
    assert rows_of(result, "event", "detail", "superseded_at") == [(None, JULY), ("X", None)]


def test_what_an_earlier_full_extract_lacked_was_not_yet_known(tmp_path: Path) -> None:
    recorded = "event,c1,2025-01-02,kind=call key=k2 recorded_on=2025-01-03"
    first = sent(tmp_path, JUNE, ANN, full=True)
    second = sent(tmp_path, JULY, [ANN, CALL, recorded], full=True)
    assert rows_of(settled(tmp_path, first, second), "event", "known_at", "known_basis") == [
        (JULY, "extract"),
        ("2025-01-03", "recorded"),
    ]


def test_sources_do_not_supersede_one_another(tmp_path: Path) -> None:
    first = sent(tmp_path, JUNE, CALL)
    other = sent(tmp_path, JULY, ANN, full=True, source="health")
    assert rows_of(settled(tmp_path, first, other), "event", "superseded_at") == [(None,)]


def test_two_things_said_of_one_key_are_found_and_the_last_counts(tmp_path: Path) -> None:
    rows = [CALL, f"{CALL} detail=X", f"{CALL} detail=Y"]
    result = settled(tmp_path, sent(tmp_path, JUNE, rows))
    assert rows_of(result, "event", "detail", "row") == [("Y", 4)]
    ((_, row, value, message),) = [
        found
        for found in rows_of(result, "finding", "rule", "row", "value", "message")
        if found[0] == "K-CORE-KEY"
    ]
    assert (row, value) == (4, "call:k1")
    assert message.startswith("Rows 2, 3, 4 give one event and differ")


PERSON = ("record_id", "forename", "surname", "sex", "seal", "superseded_at")


def test_the_rows_of_one_person_are_merged(tmp_path: Path) -> None:
    rows = ["person,c1,,forename=Ann seal=S2", "person,c1,,surname=Lee", "person,c1,,sex=F"]
    result = settled(tmp_path, sent(tmp_path, JUNE, rows))
    assert rows_of(result, "person_record", *PERSON) == [("c1", "Ann", "Lee", "F", "S2", None)]
    assert rows_of(result, "finding", "rule") == []


def test_rows_of_one_person_that_disagree_are_found(tmp_path: Path) -> None:
    result = settled(tmp_path, sent(tmp_path, JUNE, [ANN, "person,c1,,forename=Anne"]))
    assert rows_of(result, "person_record", "forename") == [("Anne",)]
    assert rows_of(result, "finding", "rule", "row", "value") == [("K-CORE-KEY", 3, "c1")]


def test_the_latest_record_of_a_person_wins_and_the_former_is_kept(tmp_path: Path) -> None:
    first = sent(tmp_path, JUNE, "person,c1,,forename=Ann surname=Lee date_of_death=2025-05-01")
    second = sent(tmp_path, JULY, "person,c1,,forename=Ann surname=Day", full=True)
    result = settled(tmp_path, first, second)
    now = ("forename", "surname", "date_of_death", "known_at", "superseded_at")
    assert rows_of(result, "person_record", *now) == [("Ann", "Day", None, JUNE, None)]
    assert rows_of(result, "person_record_version", *now) == [
        ("Ann", "Lee", "2025-05-01", JUNE, JULY)
    ]


def test_a_blank_in_a_partial_delivery_does_not_wipe_what_was_known(tmp_path: Path) -> None:
    first = sent(tmp_path, JUNE, "person,c1,,forename=Ann surname=Lee")
    second = sent(tmp_path, JULY, "person,c1,,surname=Day")
    result = settled(tmp_path, first, second)
    assert rows_of(result, "person_record", "forename", "surname") == [("Ann", "Day")]


def test_a_person_gone_from_a_full_extract_is_superseded_but_not_lost(tmp_path: Path) -> None:
    first = sent(tmp_path, JUNE, [ANN, "person,c2,,forename=Ben"])
    second = sent(tmp_path, JULY, "person,c2,,forename=Ben", full=True)
    result = settled(tmp_path, first, second)
    assert rows_of(result, "person_record", "record_id", "superseded_at") == [
        ("c1", JULY),
        ("c2", None),
    ]
    assert result.rows["person_record_version"] == 0


def test_the_latest_address_wins_and_is_known_since_the_first(tmp_path: Path) -> None:
    first = sent(tmp_path, JUNE, "address,a1,2025-02-01,town=Stroud")
    second = sent(tmp_path, JULY, "address,a1,2025-03-01,town=Dursley")
    result = settled(tmp_path, first, second)
    assert rows_of(result, "address", "town", "known_at", "superseded_at") == [
        ("Dursley", "2025-02-01", None)
    ]


def relatives(*kinds: str) -> list[str]:
    return ["person,c1,,", "person,c2,,", *(f"relationship,{kind}" for kind in kinds)]


def circular(result: Settled) -> list[int]:
    found = rows_of(result, "finding", "rule", "row", "severity")
    assert all(severity == "warning" for rule, _, severity in found if rule == "K-CORE-CIRCULAR")
    return [row for rule, row, _ in found if rule == "K-CORE-CIRCULAR"]


def test_two_persons_cannot_each_be_the_others_parent(tmp_path: Path) -> None:
    rows = relatives(
        "c1,,other_record_id=c2 kind=mother",
        "c2,,other_record_id=c1 kind=parent",
        "c1,,other_record_id=c2 kind=household_member",
        "c1,,other_record_id=c3 kind=father",
        "c2,,other_record_id=c4 kind=father",
    )
    result = settled(tmp_path, sent(tmp_path, JUNE, rows))
    assert sorted(rows_of(result, "relationship", "kind")) == [
        ("father",), ("father",), ("household_member",),
    ]  # fmt: skip
    assert circular(result) == [4, 5]
    assert rows_of(result, "file_account", "rows_in", "loaded", "set_aside") == [(7, 7, 0)]


def test_nobody_is_their_own_relative(tmp_path: Path) -> None:
    rows = relatives("c1,,other_record_id=c1 kind=sibling", "c1,,other_record_id=c2 kind=sibling")
    result = settled(tmp_path, sent(tmp_path, JUNE, rows))
    assert rows_of(result, "relationship", "other_record_id") == [("c2",)]
    assert circular(result) == [4]


def test_siblings_of_one_another_are_not_circular(tmp_path: Path) -> None:
    rows = relatives("c1,,other_record_id=c2 kind=sibling", "c2,,other_record_id=c1 kind=sibling")
    result = settled(tmp_path, sent(tmp_path, JUNE, rows))
    assert result.rows["relationship"] == 2
    assert circular(result) == []


def test_a_direction_put_right_by_a_later_extract_is_not_circular(tmp_path: Path) -> None:
    wrong = sent(tmp_path, JUNE, relatives("c1,,other_record_id=c2 kind=mother"), full=True)
    right = sent(tmp_path, JULY, relatives("c2,,other_record_id=c1 kind=mother"), full=True)
    result = settled(tmp_path, wrong, right)
    assert rows_of(result, "relationship", "record_id", "superseded_at") == [
        ("c1", JULY),
        ("c2", None),
    ]
    assert circular(result) == []


@pytest.mark.parametrize("table", FACTS)
def test_whoever_a_row_is_about_gets_a_person_record(tmp_path: Path, table: str) -> None:
    result = settled(tmp_path, sent(tmp_path, JUNE, [FACTS[table][0]]))
    people = rows_of(result, "person_record", "record_id", "agency", "seal", "unborn", "row")
    named = ["c1", "c2"] if table == "relationship" else ["c1"]
    assert people == [(record, "police", "S0", False, 2) for record in named]
    ((rule, severity, message),) = rows_of(result, "finding", "rule", "severity", "message")
    assert (rule, severity) == ("K-CORE-NOPERSON", "note")
    assert message.startswith(f"{len(named)} persons have no record")
    assert f"police-{JUNE}.csv row 2" in message


def test_a_person_of_another_source_does_not_stand_in(tmp_path: Path) -> None:
    police, health = sent(tmp_path, JUNE, CALL), sent(tmp_path, JUNE, ANN, source="health")
    result = settled(tmp_path, police, health)
    assert rows_of(result, "person_record", "source", "forename") == [
        ("health", "Ann"),
        ("police", None),
    ]


def test_nothing_landed_settles_to_empty_tables(tmp_path: Path) -> None:
    result = settle(tmp_path / "landed", tmp_path / "settled")
    assert set(result.rows.values()) == {0}
    assert rows_of(result, "event", "event_id", "superseded_at") == []


def test_settled_bytes_do_not_depend_on_threads_or_memory(tmp_path: Path) -> None:
    rows = [f"event,c{n % 97},2025-01-01,kind=call key=k{n % 30_000}" for n in range(35_000)]
    settled(tmp_path, sent(tmp_path, JUNE, rows), sent(tmp_path, JULY, rows[::2], full=True))
    made = [
        settle(tmp_path / "landed", tmp_path / f"{threads}", Resources("512MB", threads, "1GB"))
        for threads in (1, 2, 5)
    ]
    for path in made[0].folder.glob("*.parquet"):
        for other in made[1:]:
            assert path.read_bytes() == (other.folder / path.name).read_bytes(), path.name
    assert {path.suffix for path in made[0].folder.iterdir()} == {".parquet"}


def test_the_same_landed_folder_settles_to_the_same_bytes(tmp_path: Path) -> None:
    rows = [f"event,c{n % 97},2025-01-01,kind=call key=k{n}" for n in range(5000)]
    changed = [f"{row} detail=X" if n % 3 else row for n, row in enumerate(rows)]
    deliveries = sent(tmp_path, JUNE, rows, full=True), sent(tmp_path, JULY, changed, full=True)
    once = settled(tmp_path, *deliveries)
    again = settle(tmp_path / "landed", tmp_path / "again")
    assert once.rows == again.rows
    assert once.rows["event"] > 8000
    for path in once.folder.glob("*.parquet"):
        assert path.read_bytes() == (again.folder / path.name).read_bytes(), path.name
