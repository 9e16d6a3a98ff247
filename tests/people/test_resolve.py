"""The resolver alone: records, weights and evidence as plain tables, no Splink."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import permutations
from math import isinf
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.resolving.clusters import (
    BETWEEN,
    BIRTHS,
    BRIDGE,
    CONTESTED,
    NAMELESS,
    NUMBERS,
    RELATIVES,
    TWINS,
    UNDATED,
    resolve,
)
from kithkin.people.resolving.evidence import (
    TWINS_NUMBER,
    Evidence,
    ExclusiveNumberTable,
    PossibleTwinTable,
    SharedNumberTable,
)
from kithkin.people.resolving.kernel import near_dates
from kithkin.people.resolving.rulings import Ruling, Rulings
from kithkin.people.resolving.tables import Resolution
from kithkin.people.rules import linkage_rules

RULES = linkage_rules()
MARKS, CHECKS, COMPARED = RULES.marks, RULES.checks, RULES.comparison
HIGH = MARKS.join + 5
# Records whose forenames are no two alike, so that none is another's namesake.
OTHER_NAMES = {rid: {"forename_keys": [str(rid)]} for rid in range(4)}
Pair = tuple[int, int]
Scored = Iterable[tuple[int, int, float]]
FIRST, SECOND = date(1960, 2, 3), date(1988, 11, 27)


def decide(
    size: int,
    scored: Scored = (),
    *,
    nameless: Iterable[int] = (),
    relatives: bool = True,
    shared: Iterable[tuple[int, int, str | None]] = (),
    twins: Iterable[Pair] = (),
    differ: str = "middle",
    bound: Iterable[Pair] = (),
    numbers: Iterable[tuple[int, str]] = (),
    rulings: Rulings | None = None,
    home: Mapping[Pair, float] | None = None,
    more: Mapping[int, Mapping[str, Any]] | None = None,
) -> Resolution:
    """Resolve `size` records; `numbers` are of the NHS unless they read scheme:value."""
    nameless = set(nameless)
    born = {"date_of_birth": date(2001, 5, 6)}
    plain = {"forename": "A", "forename_start": "A", "forename_keys": ["A"], "agency": "one"}
    records = [
        {"rid": rid, **born, **({} if rid in nameless else plain), **(more or {}).get(rid, {})}
        for rid in range(size)
    ]
    pairs = [
        {
            "left_rid": a,
            "right_rid": b,
            "weight": w,
            "home_weight": (home or {}).get((a, b), w),
            "levels": levels(records[a], records[b], bound=(a, b) in bound),
        }
        for a, b, w in scored
    ]
    evidence = Evidence(
        SharedNumberTable.from_rows(
            {"left_rid": a, "right_rid": b, "scheme": "upn", "against": why} for a, b, why in shared
        ),
        PossibleTwinTable.from_rows(
            {"left_rid": a, "right_rid": b, "differ": differ} for a, b in twins
        ),
        ExclusiveNumberTable.from_rows(
            {"rid": rid, "scheme": number.split(":")[0], "number": number}
            for rid, number in numbers
        ),
        0,
        relatives,
    )
    tables = ComparableTable.from_rows(records), ScoredPairTable.from_rows(pairs)
    return resolve(*tables, evidence, RULES, rulings)


def levels(one: Mapping[str, Any], other: Mapping[str, Any], *, bound: bool) -> list[int]:
    """Give the levels of a pair: names and births agree wholly, not at all, or are not told."""
    compared = ("forename_keys", "middle_names", "date_of_birth")
    found = {
        "forename" if name == "forename_keys" else name: one[name] == other[name]
        for name in compared
        if one.get(name) and other.get(name)
    }
    if bound:
        found["number"] = True
    return [(0 if found[of.name] else len(of.levels) - 1) if of.name in found else -1
            for of in COMPARED]  # fmt: skip


def clusters(resolution: Resolution) -> list[int]:
    return [int(leader) for leader in resolution.cluster]


def refused(resolution: Resolution) -> set[tuple[int, int, str]]:
    rows = resolution.refused.data.to_pylist()
    return {(row["left_rid"], row["right_rid"], row["why"]) for row in rows}


def found(resolution: Resolution) -> list[tuple[str, int, int]]:
    rows = resolution.findings.data.to_pylist()
    return [(row["check"], row["left_rid"], row["right_rid"]) for row in rows]


def ruled(*pairs: Pair) -> tuple[Ruling, ...]:
    return tuple((*pair, f"D{at}") for at, pair in enumerate(pairs))


def test_a_pair_at_the_join_mark_joins_and_one_just_below_is_left_for_a_human() -> None:
    got = decide(4, [(0, 1, MARKS.join), (2, 3, MARKS.join - 0.0001)])
    assert clusters(got) == [0, 0, 2, 3]
    assert refused(got) == {(2, 3, BETWEEN)}


def test_a_shared_verified_number_joins_without_a_score() -> None:
    assert clusters(decide(2, shared=[(0, 1, None)])) == [0, 0]


def test_a_shared_number_with_something_against_it_is_left_for_a_human() -> None:
    got = decide(2, shared=[(0, 1, "dates of birth differ")])
    assert clusters(got) == [0, 1]
    why = "share an identifying number (upn), but dates of birth differ"
    assert refused(got) == {(0, 1, why)}


def test_twins_stay_apart_even_through_a_third_record() -> None:
    got = decide(3, [(0, 1, HIGH + 9), (1, 2, HIGH)], twins=[(0, 2)], more=OTHER_NAMES)
    assert clusters(got) == [0, 0, 2]
    assert refused(got) == {(1, 2, TWINS)}


def test_the_strongest_edge_decides_who_gets_the_record_between_twins() -> None:
    got = decide(3, [(0, 1, HIGH), (1, 2, HIGH + 9)], twins=[(0, 2)], more=OTHER_NAMES)
    assert clusters(got) == [0, 1, 1]


def test_two_nhs_numbers_never_become_one_person_by_score_or_by_another_number() -> None:
    numbers = [(0, "nhs_number:1"), (2, "nhs_number:2")]
    scored = [(0, 1, HIGH + 9), (1, 2, HIGH)]
    by_score = decide(3, scored, numbers=numbers, more=OTHER_NAMES)
    assert clusters(by_score) == [0, 0, 2]
    assert refused(by_score) == {(1, 2, NUMBERS)}
    by_number = decide(3, shared=[(0, 1, None), (1, 2, None)], numbers=numbers)
    assert clusters(by_number) == [0, 0, 2]


def test_a_nameless_record_joins_the_only_person_it_can_be() -> None:
    got = decide(3, [(0, 1, HIGH), (1, 2, HIGH), (0, 2, HIGH)], nameless=[2])
    assert clusters(got) == [0, 0, 0]


def test_a_nameless_record_never_bridges_two_people() -> None:
    got = decide(3, [(0, 2, HIGH), (1, 2, HIGH + 9)], nameless=[2])
    assert clusters(got) == [0, 1, 2]
    assert refused(got) == {(0, 2, NAMELESS), (1, 2, NAMELESS)}


def test_two_nameless_records_do_not_join_by_score() -> None:
    got = decide(2, [(0, 1, HIGH)], nameless=[0, 1])
    assert clusters(got) == [0, 1]


def test_where_there_are_no_relatives_a_nameless_record_is_as_good_as_any() -> None:
    got = decide(2, [(0, 1, HIGH)], nameless=[0, 1], relatives=False)
    assert clusters(got) == [0, 0]


def test_a_nameless_record_with_another_nhs_number_stays_apart() -> None:
    numbers = [(0, "nhs_number:1"), (1, "nhs_number:2")]
    got = decide(2, [(0, 1, HIGH)], nameless=[1], numbers=numbers)
    assert clusters(got) == [0, 1]
    assert refused(got) == {(0, 1, NUMBERS)}


def test_nothing_in_nothing_out() -> None:
    assert clusters(decide(0)) == []


def test_the_order_in_which_pairs_arrive_does_not_matter() -> None:
    pairs = [(0, 1, HIGH), (1, 2, HIGH), (2, 3, HIGH)]
    outcomes = [clusters(decide(4, order, twins=[(0, 3)])) for order in permutations(pairs)]
    assert outcomes == [[0, 0, 2, 3]] * 6


def test_a_record_that_fits_two_twins_equally_well_joins_neither() -> None:
    got = decide(3, [(0, 1, HIGH), (1, 2, HIGH)], twins=[(0, 2)])
    assert clusters(got) == [0, 1, 2]
    assert refused(got) == {(0, 1, CONTESTED), (1, 2, CONTESTED)}


def test_a_record_known_by_two_spellings_through_a_number_has_no_twin_in_one_of_them() -> None:
    keys = {0: ["OLIVIA"], 1: ["OLVA"], 2: ["OLIVIA"]}
    more = {rid: {"forename_keys": names} for rid, names in keys.items()}
    evidence = Evidence(
        SharedNumberTable.from_rows([{"left_rid": 0, "right_rid": 1, "scheme": "upn"}]),
        PossibleTwinTable.from_rows([{"left_rid": 1, "right_rid": 2, "differ": "forename"}]),
        ExclusiveNumberTable.from_rows([]),
        0,
    )
    records = [{"rid": rid, "forename": "A", "forename_start": "OL", **more[rid]} for rid in more]
    records = [{**record, "date_of_birth": FIRST} for record in records]
    pair = {"left_rid": 0, "right_rid": 2, "weight": HIGH, "home_weight": HIGH}
    tables = ComparableTable.from_rows(records), ScoredPairTable.from_rows([pair])
    assert clusters(resolve(*tables, evidence, RULES)) == [0, 0, 0]


def test_relatives_of_one_home_are_left_for_a_human() -> None:
    got = decide(2, [(0, 1, HIGH)], home={(0, 1): MARKS.home_join - 0.1})
    assert refused(got) == {(0, 1, RELATIVES)}


def test_a_record_without_a_date_of_birth_does_not_join_father_and_son_of_one_name() -> None:
    born = {0: FIRST, 1: None, 2: SECOND}
    more = {rid: {"date_of_birth": day} for rid, day in born.items()}
    got = decide(3, [(0, 1, HIGH + 9), (1, 2, HIGH)], more=more, bound=[(0, 1)])
    assert clusters(got) == [0, 0, 2]
    assert refused(got) == {(1, 2, BIRTHS)}
    assert clusters(decide(3, [(0, 1, HIGH), (1, 2, HIGH)], more=more)) == [0, 1, 2]


def test_two_dates_of_birth_each_from_several_agencies_are_two_people() -> None:
    more = {
        rid: {"date_of_birth": FIRST if rid < 2 else SECOND, "agency": f"agency {rid}"}
        for rid in range(4)
    }
    chain = [(0, 1, HIGH + 2), (2, 3, HIGH + 1), (1, 2, HIGH)]
    got = decide(4, chain, more=more)
    assert clusters(got) == [0, 0, 2, 2]
    assert refused(got) == {(1, 2, BIRTHS)}
    steps = [(0, 1, HIGH + 20), (1, 2, HIGH + 10), (2, 3, HIGH)]
    one_by_one = decide(4, steps, more=more, bound=[(1, 2)])
    assert clusters(one_by_one) == [0, 0, 0, 3]


def test_a_mistyped_date_of_birth_is_no_second_one() -> None:
    assert near_dates(20120304, 20120304)
    assert near_dates(20120304, 20120403)  # day and month
    assert near_dates(20120304, 20120314)  # a figure
    assert near_dates(20120312, 20120321)  # two figures turned
    assert not near_dates(20120304, 20130305)


def test_two_parties_held_by_one_weak_pair_while_the_rest_disagree_stay_apart() -> None:
    names = {rid: "ANNA" if rid < 2 else "ZOFIA" for rid in range(4)}
    more = {
        rid: {"forename_start": name[:2], "forename_keys": [name]} for rid, name in names.items()
    }
    ends = [(0, 1, HIGH + 9), (2, 3, HIGH + 8)]
    weak = decide(4, [*ends, (1, 2, MARKS.join)], more=more)
    assert clusters(weak) == [0, 0, 2, 2]
    assert refused(weak) == {(1, 2, BRIDGE)}
    strong = decide(4, [*ends, (1, 2, MARKS.join + CHECKS.bridge_margin)], more=more)
    assert clusters(strong) == [0, 0, 0, 0]


def test_a_second_pupil_number_is_outweighed_by_a_clear_score_and_an_nhs_number_never() -> None:
    def joined(scheme: str, weight: float) -> bool:
        numbers = [(0, f"{scheme}:1"), (1, f"{scheme}:2")]
        return clusters(decide(2, [(0, 1, weight)], numbers=numbers)) == [0, 0]

    surplus = RULES.identifiers.exclusive["upn"]
    assert joined("upn", MARKS.join + surplus)
    assert not joined("upn", MARKS.join + surplus - 0.1)
    assert not joined("nhs_number", 1000)


def test_a_ruling_joins_what_numbers_and_twins_keep_apart() -> None:
    numbers = [(0, "nhs_number:1"), (1, "nhs_number:2")]
    got = decide(2, twins=[(0, 1)], numbers=numbers, rulings=Rulings(same=ruled((0, 1))))
    assert clusters(got) == [0, 0]
    assert found(got) == []
    assert got.joined.data.column("basis").to_pylist() == ["ruling"]


def test_pairs_ruled_apart_stay_apart_through_third_records_and_are_not_asked_again() -> None:
    chain = [(0, 1, HIGH + 9), (1, 2, HIGH)]
    for rulings in (Rulings(different=ruled((0, 2))), Rulings(never=ruled((0, 2)))):
        got = decide(3, chain, shared=[(0, 2, None)], rulings=rulings)
        assert clusters(got) == [0, 0, 2]
        assert refused(got) == set()


def test_decisions_that_contradict_each_other_are_told_with_both_ids() -> None:
    same, different = ((0, 1, "S1"), (1, 2, "S2")), ((0, 2, "D9"),)
    got = decide(3, rulings=Rulings(same=same, different=different))
    assert clusters(got) == [0, 0, 2]
    why = "decisions contradict each other: S2 says same, D9 says different"
    assert refused(got) == {(1, 2, why)}
    assert got.refused.data.column("kind").to_pylist() == ["contradiction"]


def test_nothing_tells_of_a_never_pair_not_even_a_decision_that_it_overrules() -> None:
    never = ruled((0, 2))
    overruled = decide(3, rulings=Rulings(same=((0, 1, "S1"), (1, 2, "S2")), never=never))
    assert (clusters(overruled), refused(overruled)) == ([0, 0, 2], set())
    beside = Rulings(
        same=((0, 1, "S1"), (0, 2, "S2")), different=((1, 2, "D1"),), never=((0, 2, "N"),)
    )
    assert refused(decide(3, [(1, 2, HIGH)], rulings=beside)) == set()


@pytest.mark.parametrize(("check", "column"), [("births", "date_of_birth"), ("sexes", "sex")])
def test_what_several_agencies_tell_of_a_person_joined_by_number_is_looked_at(
    check: str, column: str
) -> None:
    values: Sequence[object] = (FIRST, SECOND) if check == "births" else ("F", "M")
    more = {rid: {column: values[rid // 2], "agency": f"agency {rid}"} for rid in range(4)}
    shared = [(0, 1, None), (1, 2, None), (2, 3, None)]
    got = decide(4, shared=shared, more=more)
    assert clusters(got) == [0, 0, 0, 0]
    assert found(got) == [(check, 0, 2)]
    confirmed = Rulings(same=ruled((0, 2)))
    assert found(decide(4, shared=shared, more=more, rulings=confirmed)) == []


def test_very_many_records_of_one_person_and_of_one_source_are_looked_at() -> None:
    def star(size: int, sources: int) -> Resolution:
        more = {rid: {"source": f"s{rid % sources}"} for rid in range(size)}
        return decide(size, [(0, rid, HIGH + rid / 100) for rid in range(1, size)], more=more)

    assert found(star(CHECKS.largest, 50)) == []
    assert found(star(CHECKS.largest + 1, 50)) == [("size", 0, 1)]
    assert found(star(CHECKS.of_one_source, 1)) == []
    assert found(star(CHECKS.of_one_source + 1, 1)) == [("one source", 0, 1)]


def test_every_join_says_by_what_and_how_sure() -> None:
    got = decide(3, [(1, 2, 12.34)], shared=[(0, 1, None)]).joined.data.to_pylist()
    assert [row["reason"] for row in got] == [
        "share an identifying number (upn)",
        "names and details agree (weight 12.3)",
    ]
    assert isinf(got[0]["weight"])
    assert got[0]["probability"] == MARKS.identifier_probability
    # 1 / (1 + 2 * 2 ** -12.34) = 0.999614: weight and home weight are both 12.34 here
    assert got[1]["probability"] == 0.999614


pair = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda two: two[0] < two[1])
scores = st.dictionaries(pair, st.floats(3, 30, allow_nan=False), max_size=20)


def weighed(weights: Mapping[Pair, float]) -> list[tuple[int, int, float]]:
    return [(*ends, weight) for ends, weight in weights.items()]


@given(
    scores,
    st.sets(pair, max_size=6),
    st.dictionaries(st.integers(0, 7), st.sampled_from(["1", "2", "3"])),
    st.sets(st.integers(0, 7), max_size=3),
)
@settings(deadline=None)
def test_no_person_holds_twins_or_two_nhs_numbers_and_nothing_weighed_is_forgotten(
    weights: dict[Pair, float],
    twins: set[Pair],
    numbers: dict[int, str],
    nameless: set[int],
) -> None:
    held_numbers = [(rid, f"nhs_number:{number}") for rid, number in numbers.items()]
    got = decide(8, weighed(weights), twins=twins, numbers=held_numbers, nameless=nameless)
    assert all(got.cluster[left] != got.cluster[right] for left, right in twins)
    held: dict[int, set[str]] = {}
    for rid, number in numbers.items():
        held.setdefault(got.cluster[rid], set()).add(number)
    assert all(len(one) == 1 for one in held.values())
    left_over = {(left, right) for left, right, _ in refused(got)}
    assert left_over == {ends for ends in weights if got.cluster[ends[0]] != got.cluster[ends[1]]}


@given(scores, st.sets(pair, max_size=5), st.sets(pair, max_size=5), st.sets(pair, max_size=5))
@settings(deadline=None)
def test_rulings_are_honoured_and_what_is_never_to_be_shown_is_nowhere(
    weights: dict[Pair, float], same: set[Pair], different: set[Pair], never: set[Pair]
) -> None:
    rulings = Rulings(ruled(*same), ruled(*different), ruled(*never))
    got = decide(8, weighed(weights), shared=[(0, 5, None)], rulings=rulings)
    cluster = got.cluster
    assert all(cluster[left] != cluster[right] for left, right in different | never)
    apart = {frozenset((cluster[a], cluster[b])) for a, b in never}
    assert all(
        frozenset((cluster[left], cluster[right])) not in apart for left, right, _ in refused(got)
    )
    if not different | never:
        assert all(cluster[left] == cluster[right] for left, right in same)


@given(scores, st.sets(pair, max_size=6), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_answer_does_not_depend_on_the_order_of_pairs_or_evidence(
    weights: dict[Pair, float], twins: set[Pair], random: Any
) -> None:
    pairs, apart = weighed(weights), sorted(twins)
    straight = decide(8, pairs, twins=apart)
    random.shuffle(pairs)
    random.shuffle(apart)
    shuffled = decide(8, pairs, twins=apart)
    for one in ("joined", "refused", "findings"):
        assert getattr(straight, one).data.equals(getattr(shuffled, one).data), one


@given(scores, st.sets(pair, max_size=6), st.sets(st.integers(0, 7)))
@settings(deadline=None)
def test_one_familys_records_do_not_change_anothers(
    weights: dict[Pair, float], twins: set[Pair], numbers: set[int]
) -> None:
    """Eight more records, tied to each other and not to the first eight, change nothing there."""
    more = [(a + 8, b + 8, weight / 2 + 8) for (a, b), weight in weights.items()]
    held = [(rid, "nhs_number:1") for rid in numbers]
    assume(weights)
    alone = decide(8, weighed(weights), twins=twins, numbers=held)
    beside = decide(
        16,
        [*more, *weighed(weights)],
        twins=[*twins, *((8 + a, 8 + b) for a, b in twins)],
        numbers=held,
    )
    assert clusters(beside)[:8] == clusters(alone)
    assert {one for one in refused(beside) if one[0] < 8} == refused(alone)


def test_an_earlier_refusal_between_two_persons_who_are_never_to_be_one_is_taken_back() -> None:
    pairs = [(0, 1, HIGH + 9), (1, 2, HIGH)]
    assert refused(decide(3, pairs, twins=[(0, 1)])) == {(0, 1, TWINS)}
    got = decide(3, pairs, twins=[(0, 1)], rulings=Rulings(never=ruled((0, 2))))
    assert (clusters(got), refused(got)) == ([0, 1, 1], set())


def test_without_a_date_of_birth_only_a_shared_number_joins_by_score() -> None:
    undated: dict[int, dict[str, Any]] = {1: {"date_of_birth": None}}
    alone = decide(2, [(0, 1, HIGH)], more=undated)
    assert clusters(alone) == [0, 1]
    assert refused(alone) == {(0, 1, UNDATED)}
    assert clusters(decide(2, [(0, 1, HIGH)], more=undated, bound=[(0, 1)])) == [0, 0]


def test_of_a_day_likely_made_up_the_year_must_agree() -> None:
    def of(year: int) -> list[int]:
        rough = {"date_of_birth": date(year, 1, 1), "birth_rough": True}
        return clusters(decide(2, [(0, 1, HIGH)], more={1: rough}))

    assert of(2001) == [0, 0]
    assert of(2026) == [0, 1]


ALI, HASSAN = {"middle_names": "ALI"}, {"middle_names": "HASSAN"}
CLEARLY = [(0, 2, 5 * HIGH), (1, 2, HIGH)]  # an address and a telephone speak for the first


def test_a_record_of_twins_of_one_forename_that_tells_no_second_name_joins_neither() -> None:
    home = dict.fromkeys(((0, 2), (1, 2)), HIGH)
    got = decide(3, CLEARLY, home=home, more={0: ALI, 1: HASSAN}, twins=[(0, 1)])
    assert clusters(got) == [0, 1, 2]
    assert refused(got) == {(0, 2, CONTESTED), (1, 2, CONTESTED)}
    told = {0: ALI, 1: HASSAN, 2: ALI}
    assert clusters(decide(3, CLEARLY, more=told, twins=[(0, 1), (1, 2)])) == [0, 1, 0]


def test_nor_does_it_when_numbers_and_not_second_names_tell_the_twins_apart() -> None:
    numbers = [(0, "nhs_number:1"), (1, "nhs_number:2")]
    assert clusters(decide(3, CLEARLY, numbers=numbers)) == [0, 1, 2]
    assert clusters(decide(3, CLEARLY, numbers=numbers, bound=[(0, 2)])) == [0, 1, 0]
    other: dict[int, dict[str, Any]] = {1: {"forename": "B", "forename_keys": ["B"]}}
    assert clusters(decide(3, CLEARLY, numbers=numbers, more=other)) == [0, 1, 0]


def test_a_second_name_tells_twins_apart_only_where_it_is_one_of_theirs() -> None:
    """Records 2 and 3 have one second name, which neither twin with a number is known by."""
    numbers = [(0, "nhs_number:1"), (1, "nhs_number:2")]
    pairs = [(2, 3, HIGH + 9), *((twin, rid, HIGH) for twin in (0, 1) for rid in (2, 3))]
    assert clusters(decide(4, pairs, numbers=numbers, more={2: ALI, 3: ALI})) == [0, 1, 2, 3]
    known = {0: ALI, 2: ALI, 3: ALI}
    better = [(a, b, w + (9 if a == 0 else 0)) for a, b, w in pairs]
    assert clusters(decide(4, better, numbers=numbers, more=known)) == [0, 1, 0, 0]


def test_one_forename_and_two_second_names_are_two_people_whatever_their_births() -> None:
    """The third record has no second name, and its date of birth is near both."""
    births = [date(2013, 11, 17), date(2016, 11, 17), date(2016, 11, 17)]
    more = {
        rid: {"date_of_birth": born, **names}
        for rid, (born, names) in enumerate(zip(births, (ALI, HASSAN, {}), strict=True))
    }
    pairs = [(0, 1, MARKS.review), (0, 2, HIGH), (1, 2, HIGH + 9)]
    assert clusters(decide(3, pairs, more=more)) == [0, 1, 1]
    assert clusters(decide(3, pairs[1:], more=more)) == [0, 0, 0]


def test_one_source_that_lists_two_numbers_of_a_kind_knows_two_people() -> None:
    """A second pupil number is outweighed where another source has it, see above."""
    numbers = [(0, "upn:1"), (1, "upn:2")]
    pairs = [(0, 1, 5 * HIGH)]
    school: dict[int, dict[str, Any]] = {rid: {"source": "school"} for rid in (0, 1)}
    got = decide(2, pairs, numbers=numbers, more=school)
    assert (clusters(got), refused(got)) == ([0, 1], {(0, 1, NUMBERS)})
    school[1] = {"source": "social care"}
    assert clusters(decide(2, pairs, numbers=numbers, more=school)) == [0, 0]


def test_a_record_with_a_possible_twins_number_joins_neither_by_a_score() -> None:
    number = [(0, 1, TWINS_NUMBER)]
    got = decide(3, [(1, 2, HIGH)], shared=number, more=OTHER_NAMES)
    assert (clusters(got), (1, 2, CONTESTED) in refused(got)) == ([0, 1, 2], True)


def test_two_spellings_that_are_two_names_stay_apart_unless_a_number_ties_both_to_one() -> None:
    more = {rid: {"forename": name, "forename_keys": ["LILY"]} for rid, name in
            enumerate(("LILY", "LILLY", "LILY"))}  # fmt: skip
    pair = decide(2, [(0, 1, HIGH)], twins=[(0, 1)], differ="spelling", more=more)
    assert refused(pair) == {(0, 1, TWINS)}
    tied = decide(
        3, [(0, 1, HIGH)], twins=[(0, 1)], differ="spelling", more=more, shared=[(1, 2, None)]
    )
    assert clusters(tied) == [0, 0, 0]
