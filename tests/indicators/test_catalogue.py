"""What the policy's indicators compile to."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from indicators import worlds
from kithkin.indicators import Catalogue, CatalogueError, sweep
from kithkin.indicators.catalogue import FOREVER, Accumulator, Measure
from kithkin.policy import read_policy
from kithkin.policy.models import Part

ONE, TWO = ("a.plain.one",), ("a.plain.two",)
OPEN = ("a.lasting.one",)


def compiled(*asked: Any) -> Catalogue:
    return Catalogue(worlds.policy_of(list(asked)), "person")


def test_the_default_policy_compiles_at_both_levels_in_the_order_of_codes() -> None:
    policy = read_policy()
    for level in ("person", "family"):
        catalogue = Catalogue(policy, level)
        assert catalogue.codes == sorted(
            code for code, i in policy.indicators.items() if level in i.levels
        )
        assert len(catalogue.codes) > {"person": 100, "family": 50}[level]
        assert len(set(catalogue.accumulators)) == len(catalogue.accumulators)


def test_only_the_codes_asked_for_are_compiled() -> None:
    assert Catalogue(read_policy(), "person", ["EDU-01"]).codes == ["EDU-01"]


def test_two_indicators_that_ask_the_same_share_an_accumulator() -> None:
    count = worlds.indicator("T-1", "count", kinds=ONE, window_days=90)
    again = worlds.indicator("T-2", "count", kinds=ONE, window_days=90)
    longer = worlds.indicator("T-3", "count", kinds=ONE, window_days=365)
    catalogue = compiled(count, again, longer)
    assert [question.uses for question in catalogue.questions] == [(0,), (0,), (1,)]
    assert len(catalogue.selections) == 1
    assert catalogue.reach == [365]


def test_a_count_by_value_is_the_sum_of_a_ratios_part_and_no_whole_number() -> None:
    part = Part(kinds=ONE, weigh="value")
    count = worlds.indicator("T-1", "count", kinds=ONE, weigh="value", window_days=90)
    ratio = worlds.indicator(
        "T-2", "ratio", numerator=part, denominator=part, minimum_denominator=1.0, window_days=90
    )
    catalogue = compiled(count, ratio)
    assert catalogue.accumulators == [Accumulator(Measure.SUM, 0, 0, 90)]
    assert [question.uses for question in catalogue.questions] == [(0,), (0, 0)]
    assert sweep.wide_schema(catalogue).field("T-1").type == pa.float64()


def test_a_flag_uses_what_accompanies_and_what_undoes_it() -> None:
    flag = worlds.indicator(
        "T-1", "flag", kinds=ONE, window_days=90, with_kinds=OPEN, with_state="open",
        unless_later=TWO, settled_days=30,
    )  # fmt: skip
    (question,) = compiled(flag).questions
    accumulators = compiled(flag).accumulators
    assert accumulators[question.uses[0]] == Accumulator(Measure.LAST, 0, 0, 90)
    assert accumulators[question.with_use].measure == Measure.OPEN
    assert accumulators[question.unless_use].measure == Measure.LAST
    assert (question.with_is_open, question.settled_days, question.state) == (True, 30, False)


def test_an_open_flag_reaches_back_for_ever_and_waits_its_days() -> None:
    flag = worlds.indicator(
        "T-1", "flag", kinds=OPEN, window_days=1, state="open", open_at_least_days=42
    )
    catalogue = compiled(flag)
    assert catalogue.accumulators == [Accumulator(Measure.OPEN, 0, 42, FOREVER)]
    assert catalogue.reach == [FOREVER]
    assert catalogue.questions[0].state


def test_a_change_compares_two_periods_that_touch() -> None:
    part = Part(kinds=ONE, weigh="value")
    change = worlds.indicator(
        "T-1", "change", numerator=part, denominator=Part(kinds=TWO, weigh="events"),
        minimum_denominator=2.0, recent_days=90, earlier_days=275, compare="quotient",
    )  # fmt: skip
    catalogue = compiled(change)
    (question,) = catalogue.questions
    periods = [(catalogue.accumulators[u].newest, catalogue.accumulators[u].oldest)
               for u in question.uses]  # fmt: skip
    assert periods == [(0, 90), (0, 90), (90, 365), (90, 365)]
    assert question.scale == pytest.approx(1 / 1000)  # thousandths above, events below
    assert question.minimum == 2.0
    assert question.quotient


def test_least_values_are_told_apart_in_thousandths() -> None:
    catalogue = compiled(
        worlds.indicator("T-1", "count", kinds=ONE, window_days=9, value_at_least=2.0),
        worlds.indicator("T-2", "count", kinds=ONE, window_days=9, value_at_least=0.5),
        worlds.indicator("T-3", "count", kinds=ONE, window_days=9),
    )
    assert catalogue.value_steps == [500, 2000]
    assert catalogue.words == 1


def test_more_kinds_than_can_be_told_apart_are_refused_with_a_remedy() -> None:
    policy = read_policy()
    kinds = tuple(sorted(policy.kinds))[:63]
    many = worlds.indicator("T-1", "distinct", kinds=kinds, window_days=9, of="kinds")
    crowded = policy.model_copy(update={"indicators": {"T-1": many}})
    with pytest.raises(CatalogueError, match=r"T-1: counts different kinds, 63.*at most 62.*fewer"):
        Catalogue(crowded, "person")
