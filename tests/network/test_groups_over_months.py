from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kithkin.model.dates import add_days, day_number
from kithkin.network.groups import KnownGroup, People, Remembered, RememberedError, find_groups
from kithkin.network.groups.identity import Change, identify
from network.groups_at_hand import ON, RULES, clique, rows_of, settings

JANUARY, FEBRUARY, MARCH = date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)


def _group(text: str) -> frozenset[str]:
    return frozenset(text)


def _months(*months: tuple[date, list[str]]) -> list[tuple[tuple[int, ...], list[Change]]]:
    before, told = Remembered(), []
    for on, groups in months:
        known = identify([_group(text) for text in groups], before, on, settings())
        before = known.remembered
        told.append((known.numbers, list(known.changes)))
    return told


def test_a_group_keeps_its_id_while_most_of_it_stays() -> None:
    first, second = _months((JANUARY, ["ABCDEF"]), (FEBRUARY, ["ABCDXY"]))
    assert first == ((1,), [Change(1, "began")])
    assert second == ((1,), [Change(1, "kept")])


def test_half_is_not_most() -> None:
    told = _months((JANUARY, ["ABCDEF"]), (FEBRUARY, ["ABCXYZ"]))
    assert told[1] == ((2,), [Change(1, "split", 2, 3), Change(2, "began")])


def test_a_group_that_is_most_of_another_but_little_of_it_is_not_the_other() -> None:
    # All of the old group is in a new one of thrice its size: it merged into that.
    told = _months((JANUARY, ["ABCDE"]), (FEBRUARY, ["ABCDEFGHIJKLMNO"]))
    assert told[1] == ((2,), [Change(1, "merged", 2, 5), Change(2, "began")])


def test_of_two_groups_that_merge_the_larger_lends_its_id() -> None:
    told = _months((JANUARY, ["ABCDEFGH", "IJKLM"]), (FEBRUARY, ["ABCDEFGHIJKLM"]))
    assert told[1] == ((1,), [Change(1, "kept"), Change(2, "merged", 1, 5)])


def test_a_group_that_falls_into_equal_parts_gives_its_id_to_neither() -> None:
    told = _months((JANUARY, ["ABCDEFGHIJ"]), (FEBRUARY, ["ABCDE", "FGHIJ"]))
    assert told[1][0] == (2, 3)
    assert [c for c in told[1][1] if c.number == 1] == [
        Change(1, "split", 2, 5),
        Change(1, "split", 3, 5),
    ]


def test_an_id_is_never_given_twice_even_after_its_group_is_forgotten() -> None:
    told = _months(
        (date(2024, 1, 31), ["ABCDE"]),
        (date(2024, 2, 29), []),
        (JANUARY, ["ABCDE"]),
    )
    assert told[1][1] == [Change(1, "ended")]
    # More than 200 days later it is not remembered, and the id is not free either.
    assert told[2][0] == (2,)


def test_a_group_that_was_not_found_for_a_month_comes_back_under_its_id() -> None:
    told = _months((JANUARY, ["ABCDE"]), (FEBRUARY, []), (MARCH, ["ABCDF"]))
    assert told[2] == ((1,), [Change(1, "came_back")])


def test_where_two_of_the_past_fit_the_likest_is_taken() -> None:
    before = Remembered(
        (
            KnownGroup(1, _group("ABCDEF"), JANUARY, JANUARY),
            KnownGroup(2, _group("ABCDEX"), JANUARY, FEBRUARY),
        ),
        FEBRUARY,
        3,
    )
    assert identify([_group("ABCDEF")], before, MARCH, settings()).numbers == (1,)
    assert identify([_group("ABCDE")], before, MARCH, settings()).numbers == (2,)


def test_persons_who_turn_out_to_be_one_are_one_in_what_is_remembered() -> None:
    before = Remembered((KnownGroup(1, _group("ABCDE"), JANUARY, JANUARY),), JANUARY, 2)
    merged = {"D": "X", "E": "Y", "C": "Z"}
    found = [_group("ABXYZ")]
    assert identify(found, before, FEBRUARY, settings()).numbers == (2,)
    again = identify(found, before, FEBRUARY, settings(), same_person=merged)
    assert again.numbers == (1,)


def test_what_is_remembered_must_come_before() -> None:
    before = Remembered((), FEBRUARY, 1)
    with pytest.raises(RememberedError, match="2025-02-28"):
        identify([], before, FEBRUARY, settings())


_SETS = st.lists(st.frozensets(st.sampled_from("ABCDEFGHIJKLMNO"), min_size=1), max_size=6)


@given(st.lists(_SETS, min_size=1, max_size=5))
def test_ids_are_never_shared_or_reused_and_every_loss_is_told(
    months: list[list[frozenset[str]]],
) -> None:
    before, used, last = Remembered(), set(), set()
    for i, groups in enumerate(months):
        # Groups of one date share nobody.
        apart = [group - frozenset().union(*groups[:j]) for j, group in enumerate(groups)]
        known = identify([g for g in apart if g], before, add_days(JANUARY, 31 * i), settings())
        numbers = set(known.numbers)
        assert len(numbers) == len(known.numbers)
        new = {change.number for change in known.changes if change.what == "began"}
        assert not new & used
        told = {c.number for c in known.changes if c.what in ("ended", "merged", "split")}
        assert told == last - numbers
        used, last, before = used | numbers, numbers, known.remembered


def test_groups_keep_their_ids_over_months_of_a_network_that_changes_little() -> None:
    people = People([f"P{key}" for key in range(40)], np.full(40, 15))
    edges = clique(0, 8) + clique(10, 9) + clique(20, 7)
    first = find_groups(
        rows_of(edges, last=day_number(JANUARY)), RULES, settings(), people, JANUARY
    )
    # One leaves the second group, two join the first; the third is there no more.
    later = clique(0, 8) + [(a, b) for a in (8, 9) for b in range(8)] + clique(11, 8)
    then = find_groups(
        rows_of(later, last=day_number(JANUARY)), RULES, settings(), people, ON,
        before=first.remembered,
    )  # fmt: skip
    named = {
        group_id: sorted(r["person_key"] for r in found.described.members.data.to_pylist()
                         if r["group_id"] == group_id and r["member"])
        for found in (then,)
        for group_id in found.described.groups.data["group_id"].to_pylist()
    }  # fmt: skip
    assert first.described.groups.data["group_id"].to_pylist() == [
        f"any-0000{n}" for n in (1, 2, 3)
    ]
    assert named == {"any-00002": list(range(10)), "any-00001": list(range(11, 19))}
    assert then.described.groups.data["first_on"].to_pylist() == [JANUARY, JANUARY]
    changes = {c["group_id"]: c["change"] for c in then.changes.data.to_pylist()}
    assert changes == {"any-00001": "kept", "any-00002": "kept", "any-00003": "ended"}
