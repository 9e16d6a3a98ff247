"""What people decided is written down for good and honoured on every run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kithkin.people.deciding import (
    KINDS,
    Decision,
    DecisionError,
    read_decisions,
    record_decision,
    replay,
    standing,
)

AT = datetime(2026, 2, 1, 9, 30, tzinfo=UTC)
A, B, C = ("care", "1"), ("health", "2"), ("police", "3")


def decided(path: Path, kind: str = "same", pair: Any = (A, B), **more: Any) -> Decision:
    told = {"by": "R. Osei", "at": AT, "why": "seen both", **more}
    return record_decision(path, kind=kind, pair=pair, **told)


def withdrawn(path: Path, decision: str) -> Decision:
    return decided(path, "withdrawn", None, withdraws=decision)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "decisions" / "person_links.jsonl"


def keys(*records: tuple[str, str]) -> pa.Table:
    return pa.table({"source": [s for s, _ in records], "record_id": [r for _, r in records]})


def test_a_decision_says_who_when_and_why_and_the_smaller_record_first(path: Path) -> None:
    made = decided(path, pair=(B, A))
    assert read_decisions(path) == (made,)
    assert json.loads(path.read_text()) == {
        "decision_id": made.decision_id, "kind": "same", "source": "care", "record_id": "1",
        "other_source": "health", "other_record_id": "2", "withdraws": None,
        "decided_by": "R. Osei", "decided_at": "2026-02-01T09:30:00+00:00", "why": "seen both",
    }  # fmt: skip


def test_times_are_written_in_utc(path: Path) -> None:
    from_abroad = datetime.fromisoformat("2026-02-01T11:30:00+02:00")
    assert decided(path, at=from_abroad).decided_at == "2026-02-01T09:30:00+00:00"


def test_what_was_decided_is_never_changed_only_added_to(path: Path) -> None:
    made = decided(path)
    first = path.read_bytes()
    withdrawn(path, made.decision_id)
    assert path.read_bytes().startswith(first)
    assert len(read_decisions(path)) == 2


def test_the_same_decision_twice_has_two_ids(path: Path) -> None:
    assert decided(path).decision_id != decided(path).decision_id


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "perhaps"}, r"'perhaps' is no kind of decision. Choose one of: same, different"),
        ({"by": " "}, r"name of who decides \(--by\) is blank"),
        ({"why": ""}, r"reason \(--why\) is blank"),
        ({"at": AT.replace(tzinfo=None)}, r"has no time zone. Give one"),
        ({"pair": (A, A)}, r"care/1 is given twice. Name two records"),
        ({"pair": (A, ("health", " "))}, r"health/  names no record. Write it as source/record_id"),
        ({"pair": None}, r"'same' is of two records"),
        ({"kind": "withdrawn", "withdraws": "DX"}, r"There is no decision 'DX' to take back"),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_recorded(
    path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(DecisionError, match=problem):
        decided(path, **changes)
    assert read_decisions(path) == ()


def test_a_decision_is_taken_back_once_and_a_taking_back_never(path: Path) -> None:
    made = decided(path)
    back = withdrawn(path, made.decision_id)
    with pytest.raises(DecisionError, match="taken back already"):
        withdrawn(path, made.decision_id)
    with pytest.raises(DecisionError, match="There is no decision"):
        withdrawn(path, back.decision_id)


def test_what_cannot_be_written_is_said_not_to_be_recorded(tmp_path: Path) -> None:
    (tmp_path / "decisions").write_text("a file where the folder should be")
    with pytest.raises(DecisionError, match=r"not recorded: person_links.jsonl cannot be written"):
        decided(tmp_path / "decisions" / "person_links.jsonl")


def test_a_torn_last_line_is_told_and_not_half_read_and_the_next_decision_mends_it(
    path: Path,
) -> None:
    first = decided(path)
    whole = path.read_bytes()
    decided(path, "never", (A, C))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DecisionError, match=r"line 2, is torn: .* Record it again") as told:
        read_decisions(path)
    assert "never" not in str(told.value)
    again = decided(path, "never", (A, C))
    assert read_decisions(path) == (first, again)
    assert path.read_bytes().startswith(whole)
    assert '"kind": "never"' in path.with_suffix(".torn").read_text()


def test_a_line_torn_just_before_its_end_is_torn_too(path: Path) -> None:
    decided(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DecisionError, match="line 1, is torn"):
        read_decisions(path)


@pytest.mark.parametrize("damage", ["{}\n", "[1]\n", "nonsense\n", '{"kind": "same"}\n'])
def test_a_damaged_line_is_named_by_number(path: Path, damage: str) -> None:
    decided(path)
    with path.open("a") as file:
        file.write(damage)
    with pytest.raises(DecisionError, match=r"line 2, is damaged .* from a backup"):
        read_decisions(path)


# --- replay ----------------------------------------------------------------------------------


def test_rulings_name_records_by_their_place_and_the_rest_is_kept_for_later(path: Path) -> None:
    same, never = decided(path, "confirmed", (B, A)), decided(path, "never", (A, C))
    different = decided(path, "different", (B, C))
    found = replay(read_decisions(path), keys(A, B))
    assert found.rulings.same == ((0, 1, same.decision_id),)
    assert found.rulings.different == found.rulings.never == ()
    assert found.unheard == (never, different)
    later = replay(read_decisions(path), keys(C, A, B))
    assert later.rulings.never == ((0, 1, never.decision_id),)
    assert later.rulings.different == ((0, 2, different.decision_id),)
    assert later.unheard == ()


def test_one_record_id_of_two_sources_is_two_records(path: Path) -> None:
    decided(path, pair=(("care", "1"), ("school", "1")))
    found = replay(read_decisions(path), keys(("care", "1"), ("police", "1"), ("school", "1")))
    assert [ruling[:2] for ruling in found.rulings.same] == [(0, 2)]


def test_of_two_decisions_on_a_pair_the_later_counts(path: Path) -> None:
    decided(path, "same")
    later = decided(path, "different")
    assert standing(read_decisions(path)) == (later,)


def test_what_is_taken_back_lets_the_one_before_count_again(path: Path) -> None:
    first, second = decided(path, "same"), decided(path, "different")
    withdrawn(path, second.decision_id)
    assert standing(read_decisions(path)) == (first,)


def test_never_stands_whatever_comes_later_until_it_is_taken_back(path: Path) -> None:
    never, same = decided(path, "never"), decided(path, "same")
    assert standing(read_decisions(path)) == (never, same)
    withdrawn(path, never.decision_id)
    assert standing(read_decisions(path)) == (same,)


def test_nobody_having_decided_nothing_stands(path: Path) -> None:
    assert read_decisions(path) == ()
    found = replay((), keys(A, B))
    assert (found.rulings.same, found.unheard) == ((), ())


steps = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from([(A, B), (A, C), (B, C)]),
                           st.integers(0, 9)), max_size=12)  # fmt: skip


def history(told: list[tuple[str, Any, int]]) -> list[Decision]:
    """Make decisions without a file; a withdrawal takes back one of those before it."""
    made: list[Decision] = []
    for number, (kind, pair, which) in enumerate(told):
        back = None
        if kind == "withdrawn":
            open_ones = [d for d in made if d.kind != "withdrawn"
                         and d.decision_id not in {m.withdraws for m in made}]  # fmt: skip
            if not open_ones:
                continue
            back = open_ones[which % len(open_ones)]
            pair = back.pair
        made.append(Decision(f"D{number}", kind, *pair[0], *pair[1],
                             back and back.decision_id, "x", "", "y"))  # fmt: skip
    return made


@settings(max_examples=200, deadline=None)
@given(steps)
def test_at_most_one_decision_of_a_pair_stands_beside_never(told: list[Any]) -> None:
    made = history(told)
    stand = standing(made)
    taken_back = {one.withdraws for one in made}
    assert {d.decision_id for d in made if d.kind == "never"} - taken_back == {
        d.decision_id for d in stand if d.kind == "never"
    }
    others = [d.pair for d in stand if d.kind != "never"]
    assert len(others) == len(set(others))
    for one in stand:
        later = [d for d in made[made.index(one) + 1 :] if d.pair == one.pair
                 and d.kind not in ("never", "withdrawn")]  # fmt: skip
        assert one.kind == "never" or all(d.decision_id in taken_back for d in later)
