"""How a list moves when constants are varied: two people by hand, and what holds of any list."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kithkin.engine import Engine, open_engine
from kithkin.network import Evidence
from kithkin.network.tables import LeftOutOccasionTable, TieEvidenceTable
from kithkin.policy import Policy, read_policy
from kithkin.policy.themes import Track
from kithkin.policy.varying import GROUPS, Sensitivity
from kithkin.scoring import Plan, index_on, reaches, scores_on
from kithkin.scoring.living import of_the_living
from kithkin.scoring.sensitivity import Constant, Scorer, Sensitive, constants_of, varied, vary
from kithkin.scoring.sensitivity.varying import alike, draw, ranks_of
from scoring import family, worlds
from scoring.family import AS_OF, NAMES, Told

STILL = dict.fromkeys(GROUPS, (1.0, 1.0))


def ranges(**more: Any) -> Sensitivity:
    plain: dict[str, Any] = {"draws": 40, "seed": 1, "list_size": 1, "mostly": 0.9, "basis": "test"}
    return Sensitivity(**(plain | STILL | more))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


# --- two people by hand ----------------------------------------------------------------------

# Evidence: the first was missing today, gravity 2; of the second there is intelligence of 180 days
# ago, gravity 3, of which half is left: 1.5. The list is for one: the first.
TWO = worlds.theme(
    "exploitation",
    victim=Track(ages=(0, 17), halfway=4.0, components={
        "heard": worlds.component(["police.intelligence"], title="Heard"),
        "missing": worlds.component(["police.missing"], title="Missing"),
    }),
)  # fmt: skip


def part(subject: int, number: int, kind: str, days: int) -> dict[str, Any]:
    day = worlds.TODAY - days
    return {"subject": subject, "role": "subject", "age": 12, "event_no": number, "occurred": day,
            "known": day, "superseded": worlds.EVER, "ended": day, "end_known": day, "value": 0,
            "kind": kind, "agency": "police"}  # fmt: skip


@pytest.fixture(scope="module")
def two(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    policy = worlds.policy_of(themes={"exploitation": TWO})
    parts = [part(0, 0, "police.missing", 0), part(1, 1, "police.intelligence", 180)]
    stored = worlds.stored_in(tmp_path_factory.mktemp("two"), engine, parts, Plan(policy), 2)
    nothing = Evidence(TieEvidenceTable.from_rows([]), LeftOutOccasionTable.from_rows([]), worlds.AS_OF)  # fmt: skip
    born = worlds.born(worlds.BORN[:2])
    return Scorer(policy, "exploitation", "victim", stored, nothing, born, worlds.AS_OF)


def told(scorer: Scorer, **more: Any) -> Sensitive:
    wanted = ranges(**more)
    theme = scorer.policy.themes[scorer.theme]
    return vary(scorer, constants_of(scorer.policy, theme, scorer.track, wanted), wanted)


def leaving(found: Sensitive) -> dict[str, tuple[int, int]]:
    return {
        one.constant.title: (one.leave_low, one.leave_high) for one in found.moved if one.most
    }  # fmt: skip


def test_one_at_a_time_the_first_leaves_where_the_second_overtakes_by_hand(two: Scorer) -> None:
    factors = (0.5, 2.0)
    found = told(two, weights=factors, half_lives=factors, caps=factors, halfways=factors)
    # 2 against 1.5. Missing at half its weight is 1; heard at twice its weight is 3. With a
    # half-life of 360 days 3 x 2^(-1/2) = 2.12 is left of what was heard; with 90, 0.75. What was
    # today does not fade, the caps of 5 to 20 are not reached, and halfway is the same for both.
    assert leaving(found) == {
        "Half-life: Heard": (0, 1), "Weight: Heard": (0, 1), "Weight: Missing": (1, 0)
    }  # fmt: skip
    (missing,) = (one for one in found.moved if one.constant.title == "Weight: Missing")
    assert (missing.constant.low, missing.constant.value, missing.constant.high) == (0.5, 1, 2)
    assert (missing.ranks_low, missing.ranks_high) == pytest.approx((-1, 1))
    assert len(found.moved) == 7  # two lines of three constants, and halfway


def test_how_often_the_first_stays_is_what_the_ranges_say_by_hand(two: Scorer) -> None:
    found = told(two, weights=(0.5, 2.0), draws=2000)
    # The first stays when 2 x f > 1.5 x g, so when log2 f - log2 g > log2 0.75 = -0.415. The
    # difference of two that are even on -1 to 1 is below -0.415 with (2 - 0.415)^2 / 8 = 0.314.
    (first,) = found.people
    assert first.share == pytest.approx(1 - (2 - np.log2(4 / 3)) ** 2 / 8, abs=0.03)
    assert (found.always, found.mostly, found.sometimes, found.newcomers) == (0, 0, 1, 0)
    assert (first.number, first.rank, first.best, first.worst) == (1, 1, 1, 2)
    assert (found.listed, found.scored, found.kept.low, found.kept.high) == (1, 2, 0, 1)


def test_who_stays_in_most_draws_but_not_in_all_stays_mostly(two: Scorer) -> None:
    # What was heard overtakes with a half-life above 180 / log2 1.5 = 308 days, 1.71 times the
    # policy's. Evenly on the logarithm from 0.01 to 2, that is log 1.17 / log 200 = 3% of draws.
    found = told(two, half_lives=(0.01, 2.0), draws=200)
    assert (found.always, found.mostly, found.sometimes) == (0, 1, 0)
    share = np.log(180 / np.log2(1.5) / 1.8) / np.log(200)
    assert found.people[0].share == pytest.approx(share, abs=0.03)
    seldom = told(two, half_lives=(0.01, 2.0), draws=200, mostly=0.999)
    assert (seldom.always, seldom.mostly, seldom.sometimes) == (0, 0, 1)


def test_who_never_leaves_stays_always(two: Scorer) -> None:
    # 2 x 1 against 1.5 x 1.1 = 1.65: nobody is overtaken.
    found = told(two, weights=(1.0, 1.1))
    assert (found.always, found.mostly, found.sometimes) == (1, 0, 0)
    assert leaving(found) == {}


def test_no_range_moves_nothing(two: Scorer) -> None:
    found = told(two, list_size=2)
    assert (found.always, found.listed) == (2, 2)
    assert (found.kept.low, found.ranks.low) == (2, 1.0)
    assert leaving(found) == {}
    for person in found.people:
        assert person.best == person.worst == person.rank
        assert person.share == 1


def test_the_same_seed_draws_the_same_and_another_does_not(two: Scorer) -> None:
    one, again, other = (told(two, weights=(0.5, 2.0), seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one.people != other.people


def test_every_set_of_constants_is_counted_as_it_is_done(two: Scorer) -> None:
    wanted, seen = ranges(draws=3), list[tuple[int, int]]()
    constants = constants_of(two.policy, TWO, "victim", wanted)
    vary(two, constants, wanted, lambda done, whole: seen.append((done, whole)))
    assert seen == [(done, 17) for done in range(1, 18)]  # 3 draws and 2 ends of 7 constants


# --- the family of ten -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def ten(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return family.tell(engine, tmp_path_factory.mktemp("family"))


def scorer_of(ten: Told, policy: Policy | None = None, track: Any = "victim") -> Scorer:
    chosen = policy or family.policy()
    return Scorer(chosen, "exploitation", track, ten.stored, ten.evidence, ten.born, AS_OF)


def ordinary(ten: Told, policy: Policy, track: str = "victim") -> Any:
    """Score everybody as a run does, with all themes."""
    plan = Plan(policy)
    index = index_on(ten.stored, plan, ten.born, [AS_OF])[:, 0]
    reach = next(reaches(ten.evidence, plan, ten.born, [AS_OF], proven=True))
    living = of_the_living(ten.born, ten.stored.gone, AS_OF)
    return next(
        one.score[0] for one in scores_on(plan, index, living, AS_OF, reach)
        if (one.theme.name, one.track) == ("exploitation", track)
    )  # fmt: skip


def constant(group: str, *place: str, track: Any = "victim") -> Constant:
    policy = family.policy()
    wide = ranges(**dict.fromkeys(GROUPS, (0.1, 10.0)))
    found = constants_of(policy, policy.themes["exploitation"], track, wide)
    return next(one for one in found if (one.group, one.place) == (group, place))


@pytest.mark.parametrize("track", ["victim", "perpetrator"])
def test_with_the_policys_constants_scores_are_those_of_a_run(ten: Told, track: Any) -> None:
    found = scorer_of(ten, track=track).scores()
    assert found.tolist() == ordinary(ten, family.policy(), track).tolist()
    assert (found > 0).any()


def test_the_dead_have_no_score_under_any_constants(engine: Engine, tmp_path: Path) -> None:
    gone = family.tell(engine, tmp_path, deaths={"Ava": AS_OF})
    found = scorer_of(gone).scores({constant("network_most"): 50.0})
    assert found[NAMES.index("Ava")] == 0
    assert scorer_of(gone).scores().tolist() == ordinary(gone, family.policy()).tolist()


def test_half_the_networks_bound_halves_what_it_adds_to_who_has_nothing_else(ten: Told) -> None:
    scorer, cara = scorer_of(ten), NAMES.index("Cara")
    bound = constant("network_most")
    assert scorer.scores({bound: 12.5})[cara] == pytest.approx(scorer.scores()[cara] / 2)


@pytest.mark.parametrize(
    ("chosen", "value"),
    [
        (("weights", "victim", "missing"), 0.5), (("half_lives", "victim", "offences"), 50.0),
        (("caps", "victim", "missing"), 1.0), (("halfways", "victim"), 8.0),
        (("weights", "perpetrator", "offences"), 3.0), (("network_halfway",), 5.0),
        (("tie_weights", "sibling"), 4.0), (("tie_half_lives", "harm"), 20.0),
    ],
    ids=lambda each: each if isinstance(each, float) else " ".join(each),
)  # fmt: skip
def test_another_constant_gives_what_a_policy_with_it_gives(
    ten: Told, chosen: tuple[str, ...], value: float
) -> None:
    one = constant(*chosen)
    policy = family.policy()
    alone = varied(policy, "exploitation", {one: value})
    other = policy.model_copy(update={
        "themes": dict(policy.themes) | dict(alone.themes), "ties": alone.ties
    })  # fmt: skip
    found = scorer_of(ten).scores({one: value})
    assert found.tolist() == pytest.approx(ordinary(ten, other).tolist(), abs=1e-12)
    assert found.tolist() != scorer_of(ten).scores().tolist()


def test_of_a_perpetrator_list_no_constant_of_a_victims_bears(ten: Told) -> None:
    policy = family.policy()
    found = constants_of(policy, policy.themes["exploitation"], "perpetrator", ranges())
    assert {one.place[0] for one in found if one.group in ("weights", "caps", "halfways")} == {
        "perpetrator"
    }
    assert {one.place for one in found if one.group == "tie_weights"} == {("co_suspects",)}


def test_a_theme_without_a_network_has_neither_its_constants_nor_those_of_ties() -> None:
    policy = family.policy()
    found = constants_of(policy, policy.themes["neglect"], "victim", ranges())
    assert {one.group for one in found} == {"weights", "half_lives", "caps", "halfways"}


# --- every list ------------------------------------------------------------------------------


@cache
def default_policy() -> Policy:
    return read_policy()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), low=st.floats(0.01, 1.0), high=st.floats(1.0, 100.0))
def test_what_is_drawn_is_within_its_range_and_a_half_life_within_its_window(
    seed: int, low: float, high: float
) -> None:
    policy = default_policy()
    wide = ranges(seed=seed, draws=3, **dict.fromkeys(GROUPS, (low, high)))
    theme = policy.themes["cse"]
    constants = constants_of(policy, theme, "victim", wide)
    for values in draw(constants, wide):
        assert list(values) == constants
        for one, value in values.items():
            assert one.low <= value <= one.high
            assert one.low <= one.held(one.value) == one.value <= one.high
            if one.group == "half_lives":
                track, component = one.place
                window = theme.tracks()[track].components[component].window_days  # type: ignore[index]
                assert value == int(value)
                assert 1 <= value <= window
            if one.group == "network_most":
                assert value <= 100
        Plan(varied(policy, "cse", values))


@given(scores=st.lists(st.sampled_from([0.0, 1.0, 2.0, 2.5, 7.0]), min_size=1))
def test_a_rank_is_one_more_than_how_many_are_above(scores: list[float]) -> None:
    found = ranks_of(np.array(scores))
    for score, rank in zip(scores, found, strict=True):
        assert rank == (1 + sum(other > score for other in scores) if score > 0 else 0)


@given(order=st.permutations(range(1, 8)))
def test_orders_are_as_alike_as_their_correlation_says(order: list[int]) -> None:
    one, other = np.arange(1, 8), np.array(order)
    # Without ties Spearman's is 1 - 6 x sum of squared differences / (n (n^2 - 1)).
    expected = 1 - 6 * ((one - other) ** 2).sum() / (7 * 48)
    assert alike(one, other) == pytest.approx(expected)
    assert alike(one, one) == pytest.approx(1)


def test_who_ties_with_the_last_is_on_the_list_too(
    engine: Engine, tmp_path: Path, two: Scorer
) -> None:
    parts = [part(0, 0, "police.missing", 0), part(1, 1, "police.missing", 0)]
    stored = worlds.stored_in(tmp_path, engine, parts, Plan(two.policy), 2)
    scorer = Scorer(two.policy, "exploitation", "victim", stored, two.ties, two.born, two.on)
    found = told(scorer, weights=(0.5, 2.0))
    assert (found.asked, found.listed, found.always) == (1, 2, 2)
    assert [person.rank for person in found.people] == [1, 1]


def test_of_a_list_without_anybody_nothing_is_told(
    engine: Engine, tmp_path: Path, two: Scorer
) -> None:
    stored = worlds.stored_in(tmp_path, engine, [], Plan(two.policy), 2)
    scorer = Scorer(two.policy, "exploitation", "victim", stored, two.ties, two.born, two.on)
    found = told(scorer, weights=(0.5, 2.0))
    assert (found.listed, found.people, found.always, found.ranks.median) == (0, (), 0, 1.0)
