"""A person keeps the id while most of the records stay together, and no id ever misleads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kithkin.people.identity import Assigned, PersonIndex, RegisterError, assign, sever, stable_id
from kithkin.people.identity.assigning import WHY

EMPTY = PersonIndex()
Groups = Iterable[str]


def keys_of(records: Iterable[str]) -> pa.Table:
    names = sorted(records)
    return pa.table({"source": pa.array(["s"] * len(names)), "record_id": pa.array(names)})


def met(
    before: PersonIndex, groups: Groups, on: date | None = None, never: Iterable[str] = ()
) -> PersonIndex:
    """Assign groups of one-letter records; `never` names pairs of them that must stay apart."""
    groups = list(groups)
    where = {record: number for number, group in enumerate(groups) for record in group}
    keys = keys_of(where)
    given = assign(before, keys, [where[r] for r in sorted(where)], as_of=on)
    place = {record: at for at, record in enumerate(sorted(where))}
    return sever(given, keys, [(place[pair[0]], place[pair[1]]) for pair in never]).index


def people(index: PersonIndex) -> dict[str, str]:
    """Give the records of each present person as one word."""
    return {
        person: "".join(sorted(record for _, record in keys))
        for person, keys in index.persons().items()
    }


def named(index: PersonIndex) -> dict[str, str]:
    return {records: person for person, records in people(index).items()}


def changes(index: PersonIndex, version: int) -> list[tuple[str, str, str | None, int]]:
    return [
        (row["change"], row["person_id"], row["other_person_id"], row["records"])
        for row in index.lineage.data.to_pylist()
        if row["version"] == version
    ]


def test_a_new_id_comes_from_the_smallest_record() -> None:
    index = met(EMPTY, ["ba", "c"])
    assert people(index) == {stable_id("P", "s", "a"): "ab", stable_id("P", "s", "c"): "c"}
    assert [row[0] for row in changes(index, 1)] == ["created", "created"]


def test_nothing_new_makes_no_version() -> None:
    first = met(EMPTY, ["ab", "c"], date(2026, 1, 31))
    assert met(first, ["c", "ba"], date(2026, 2, 28)) is first
    assert first.version == 1


def test_a_person_keeps_the_id_when_a_smaller_record_comes_and_the_first_one_goes() -> None:
    first = met(EMPTY, ["bc"])
    later = met(first, ["abc"])
    last = met(later, ["ac"])
    assert set(people(first)) == set(people(later)) == set(people(last))
    assert {row["why"] for row in later.belongings(named(later)["abc"])} == {"new"}
    assert (later.version, last.version) == (2, 3)


def test_of_two_that_merge_the_id_with_more_records_stays_and_the_other_leads_to_it() -> None:
    first = met(EMPTY, ["a", "bc"])
    merged = met(first, ["abc"])
    stays, goes = named(first)["bc"], named(first)["a"]
    assert people(merged) == {stays: "abc"}
    assert changes(merged, 2) == [("merged", goes, stays, 1)]
    assert merged.forward(goes) == merged.forward(stays) == (stays,)


def test_of_two_alike_that_merge_the_older_id_stays() -> None:
    first = met(EMPTY, ["b"])
    merged = met(met(first, ["a", "b"]), ["ab"])
    assert people(merged) == {named(first)["b"]: "ab"}


def test_of_a_person_that_comes_apart_the_largest_part_keeps_the_id() -> None:
    first = met(EMPTY, ["abc"])
    split = met(first, ["a", "bc"])
    old = named(first)["abc"]
    new = named(split)["a"]
    assert named(split)["bc"] == old
    assert changes(split, 2) == [("split", new, old, 1)]
    assert split.forward(old) == (old,)


def test_the_id_of_a_part_is_never_that_of_the_whole_though_both_begin_with_one_record() -> None:
    split = met(met(EMPTY, ["abc"]), ["a", "bc"])
    # The smallest record of both, and so the first try, is a.
    assert named(split)["a"] == stable_id("P", "s", "a", "1")
    assert named(split)["bc"] == stable_id("P", "s", "a")


def test_who_is_gone_is_retired_and_comes_back_under_the_old_id() -> None:
    first = met(EMPTY, ["ab", "c"])
    old = named(first)["ab"]
    gone = met(first, ["c"])
    assert changes(gone, 2) == [("retired", old, None, 2)]
    assert gone.forward(old) == ()
    back = met(gone, ["a", "c"])
    assert named(back)["a"] == old
    assert changes(back, 3) == [("restored", old, None, 1)]
    assert [row["why"] for row in back.belongings(old)] == ["new", "returned", "new"]


def test_a_merged_id_leads_on_though_its_records_are_gone_and_its_heir_merged_too() -> None:
    first = met(EMPTY, ["a", "bc", "def"])
    last = met(met(met(first, ["abc", "def"]), ["bc", "def"]), ["bcdef"])
    assert last.forward(named(first)["a"]) == (named(first)["def"],)


def test_an_id_leads_to_several_when_its_records_are_several_peoples_now() -> None:
    first = met(EMPTY, ["ab", "cdef", "ghij"])
    merged = met(first, ["abcdefghij"])
    split = met(merged, ["acdef", "bghij"])
    assert sorted(people(split)) == sorted([named(first)["cdef"], named(first)["ghij"]])
    assert sorted(split.forward(named(first)["ab"])) == sorted(people(split))


def test_a_merger_taken_back_restores_ids_even_where_the_smaller_part_has_grown() -> None:
    first = met(EMPTY, ["ab", "c"])
    grown = met(met(first, ["abc"]), ["abcde"])
    split = met(grown, ["ab", "cde"])
    assert named(split)["ab"] == named(first)["ab"]
    assert named(split)["cde"] == named(first)["c"]
    assert ("restored", named(first)["c"], named(first)["ab"], 3) in changes(split, 4)


def test_mergers_in_steps_are_taken_back_in_one() -> None:
    first = met(EMPTY, ["a", "c", "xyz"])
    twice = met(met(first, ["ac", "xyz"]), ["acxyz"])
    assert people(met(twice, ["a", "c", "xyz"])) == people(first)
    assert people(met(twice, ["ac", "xyz"])) == people(met(first, ["ac", "xyz"]))


def test_versions_bear_their_dates() -> None:
    first = met(EMPTY, ["a"], date(2026, 1, 31))
    second = met(first, ["b"], date(2026, 2, 28))
    assert (second.as_of(1), second.as_of(2)) == (date(2026, 1, 31), date(2026, 2, 28))
    assert second.as_of(3) is None
    row = second.belongings(named(first)["a"])[0]
    assert (row["since"], row["until"]) == (date(2026, 1, 31), date(2026, 2, 28))


def test_an_id_that_was_never_given_leads_nowhere() -> None:
    index = met(EMPTY, ["a"])
    assert index.forward("PXXXX") == ()
    assert not index.knows("PXXXX")
    assert index.knows(named(index)["a"])


def test_the_order_of_numbers_of_persons_is_nothing() -> None:
    keys = keys_of("abcd")
    one, other = (assign(EMPTY, keys, numbers) for numbers in ([7, 3, 7, 0], [1, 2, 1, 9]))
    assert one.ids.equals(other.ids)
    assert one.ids.to_pylist()[0] == one.ids.to_pylist()[2]


# --- what must not be found ------------------------------------------------------------------


def test_after_a_pair_must_never_be_joined_nothing_leads_from_one_to_the_other() -> None:
    together = met(met(EMPTY, ["ab", "c"]), ["abc"])
    apart = met(together, ["ab", "c"], never=["ac"])
    one, other = named(apart)["ab"], named(apart)["c"]
    for row in apart.lineage.data.to_pylist():
        assert {row["person_id"], row["other_person_id"]} != {one, other}
    assert {r["record_id"] for r in apart.belongings(one)} == {"a", "b"}
    assert {r["record_id"] for r in apart.belongings(other)} == {"c"}
    assert apart.forward(one) == (one,)
    assert apart.forward(other) == (other,)


def test_who_was_only_ever_together_gets_an_id_that_begins_like_any_other() -> None:
    apart = met(met(EMPTY, ["abc"]), ["ab", "c"], never=["ac"])
    other = named(apart)["c"]
    assert [row["change"] for row in apart.history(other)] == ["created"]
    assert [row["why"] for row in apart.belongings(other)] == ["new"]
    assert {row["why"] for row in apart.history(other)} == {WHY["created"]}


def test_severing_what_was_always_apart_changes_nothing() -> None:
    first = met(EMPTY, ["ab", "c"])
    assert met(first, ["ab", "c"], never=["ac"]) is first


# --- properties ------------------------------------------------------------------------------


def partitions(records: str = "abcdefgh") -> st.SearchStrategy[list[str]]:
    """Groups of some of the records."""
    numbers = st.lists(st.integers(-1, 4), min_size=len(records), max_size=len(records))
    return numbers.map(lambda of: _groups(dict(zip(records, of, strict=True))))


def _groups(of: Mapping[str, int]) -> list[str]:
    found: dict[int, str] = {}
    for record, number in of.items():
        if number >= 0:
            found[number] = found.get(number, "") + record
    return list(found.values())


histories = st.lists(partitions(), min_size=1, max_size=6)
thorough = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def told(runs: list[list[str]]) -> list[PersonIndex]:
    index, found = EMPTY, []
    for groups in runs:
        index = met(index, groups)
        found.append(index)
    return found


@thorough
@given(histories)
def test_every_register_says_what_its_run_said(runs: list[list[str]]) -> None:
    for index, groups in zip(told(runs), runs, strict=True):
        assert sorted(people(index).values()) == sorted("".join(sorted(g)) for g in groups)


@thorough
@given(histories)
def test_assigning_the_same_again_changes_nothing(runs: list[list[str]]) -> None:
    last = told(runs)[-1]
    assert met(last, list(reversed(runs[-1]))) is last


@thorough
@given(histories, st.data())
def test_a_merger_taken_back_restores_every_id(runs: list[list[str]], data: st.DataObject) -> None:
    before = told(runs)[-1]
    groups = list(people(before).values())
    into = data.draw(st.lists(st.integers(0, 2), min_size=len(groups), max_size=len(groups)))
    coarse = ["".join(g for g, n in zip(groups, into, strict=True) if n == m) for m in set(into)]
    merged = met(before, coarse)
    assert people(met(merged, groups)) == people(before)
    if groups:
        whole = met(merged, ["".join(coarse)])
        assert people(met(whole, groups)) == people(before)


@thorough
@given(histories)
def test_no_id_is_used_again_for_other_people(runs: list[list[str]]) -> None:
    """Whoever has an id shares a record with those who had it when it was last in use."""
    last: dict[str, str] = {}
    for index in told(runs):
        for person, records in people(index).items():
            assert person not in last or set(last[person]) & set(records)
            last[person] = records


@thorough
@given(histories)
def test_every_id_ever_given_leads_to_who_has_its_last_records(runs: list[list[str]]) -> None:
    indexes = told(runs)
    last: dict[str, str] = {}
    for index in indexes:
        last |= people(index)
    present = people(indexes[-1])
    for person, records in last.items():
        found = indexes[-1].forward(person)
        assert set(found) <= set(present)
        if person in present:
            assert found == (person,)
        elif heirs := {p for p, theirs in present.items() if set(theirs) & set(records)}:
            assert set(found) == heirs


@thorough
@given(histories)
def test_no_record_changes_its_id_but_lineage_says_so(runs: list[list[str]]) -> None:
    before = EMPTY
    for index in told(runs):
        old, new = (
            {record: person for person, keys in one.persons().items() for record in keys}
            for one in (before, index)
        )
        said = changes(index, index.version) if index is not before else []
        pairs = {(person, other) for _, person, other, _ in said}
        for record in old.keys() & new.keys():
            if old[record] != new[record]:
                assert {(old[record], new[record]), (new[record], old[record])} & pairs
        before = index


@thorough
@given(histories)
def test_belongings_of_a_record_follow_one_another_and_are_in_key_order(
    runs: list[list[str]],
) -> None:
    rows = told(runs)[-1].index.data.to_pylist()
    order = [(row["source"], row["record_id"], row["since_version"]) for row in rows]
    assert order == sorted(order)
    for one, after in pairwise(rows):
        if one["record_id"] == after["record_id"]:
            assert one["until_version"] <= after["since_version"]


@thorough
@given(histories, st.sampled_from(["ab", "ah", "cd"]))
def test_nothing_leads_across_what_must_never_be_joined(runs: list[list[str]], pair: str) -> None:
    apart = [
        g
        for group in runs[-1]
        for g in ([group] if not set(pair) <= set(group) else [pair[0], group.replace(pair[0], "")])
    ]
    if not set(pair) <= set("".join(apart)):
        return
    before = told(runs)[-1]
    after = met(before, apart, never=[pair])
    one, other = (next(p for p, rs in people(after).items() if r in rs) for r in pair)
    theirs, others = (set(people(after)[person]) for person in (one, other))
    assert met(after, apart, never=[pair]) is after
    for row in after.lineage.data.to_pylist():
        assert {row["person_id"], row["other_person_id"]} != {one, other}
    by_id: dict[str, set[str]] = {}
    for row in after.index.data.to_pylist():
        by_id.setdefault(row["person_id"], set()).add(row["record_id"])
    for records in by_id.values():
        assert not (records & theirs and records & others)
    assert not set(after.forward(one)) & {other}


# --- on the disk -----------------------------------------------------------------------------


def test_a_register_is_read_as_it_was_written(tmp_path: Path) -> None:
    index = met(met(EMPTY, ["ab", "c"], date(2026, 1, 31)), ["abc"])
    for table in (index.index, index.lineage):
        pq.write_table(table.data, tmp_path / f"{table.name}.parquet")
    read = PersonIndex.load(tmp_path)
    assert read.index.data.equals(index.index.data)
    assert read.lineage.data.equals(index.lineage.data)
    assert met(read, ["abc"]) is read


def test_a_register_that_cannot_be_read_says_which_file_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "person_index.parquet").write_bytes(b"no")
    with pytest.raises(RegisterError, match=r"person_index.parquet: .* Verify the release"):
        PersonIndex.load(tmp_path)


def test_what_was_assigned_is_what_the_register_holds() -> None:
    given: Assigned = assign(EMPTY, keys_of("abc"), [0, 1, 0])
    assert set(given.ids.to_pylist()) == set(people(given.index))
