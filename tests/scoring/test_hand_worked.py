"""Ten people, thirty events, every number worked by hand: the working stands beside it.

Evidence is gravity x weight x what is left after its age; an index is 100 (1 - 2^(-S/halfway)).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from kithkin.engine import open_engine
from kithkin.model import dates
from kithkin.network import gravity_of, strengths_on
from kithkin.scoring import (
    Person,
    changes,
    contribution_table,
    contributions_of,
    index_of,
    index_on,
    reaches,
    score_table,
    scores_on,
    without_each,
)
from kithkin.scoring.indices import adults_on
from kithkin.scoring.reach import choice_of
from kithkin.scoring.scores import seeds_of
from scoring import family
from scoring.family import AS_OF, NAMES, Told

PLAN = family.plan()
VICTIM = PLAN.position("exploitation", "victim")
PERPETRATOR = PLAN.position("exploitation", "perpetrator")
NEED = PLAN.position("neglect", "victim")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with open_engine("duckdb") as engine:
        yield family.tell(engine, tmp_path_factory.mktemp("family"))


@pytest.fixture(scope="module")
def index(told: Told) -> Any:
    return index_on(told.stored, PLAN, told.born, [AS_OF])[:, 0]


def person(told: Told, name: str) -> Person:
    key = NAMES.index(name)
    return Person(key, int(told.born[key]), told.stored.rows_of(key), told.stored.sets)


def halves(evidence: float, halfway: float) -> float:
    return 100 * (1 - 2 ** (-evidence / halfway))


# --- gravity ---------------------------------------------------------------------------------


def test_gravity_goes_with_the_logarithm_of_harm() -> None:
    kinds = {kind.name: gravity_of(kind, family.SCORING) for kind in family.KINDS}
    assert kinds["police.crime.exploitation"] == 5.0  # 1 + 4 x log 10,000 / log 10,000
    assert kinds["police.crime.assault"] == pytest.approx(3.0)  # 1 + 4 x 2/4
    assert kinds["police.domestic"] == 3.0  # no crime: its grade


@pytest.mark.parametrize(
    ("days", "gravity"), [(1.0, 1.0), (10.0, 2.0), (20_000.0, 5.0), (0.1, 0.0), (0.001, 0.0)]
)
def test_gravity_is_never_below_0_or_above_5(days: float, gravity: float) -> None:
    kind = family.KINDS[0].model_copy(update={"harm_days": days})
    assert gravity_of(kind, family.SCORING) == pytest.approx(gravity)


# --- the index -------------------------------------------------------------------------------

# Ava, exploitation, victim: halfway 4.
#   missing: today 2, event 2 (100 days) 1, event 3 (200 days) 1/2 = 3.5, capped at 3;
#     event 4 was 365 days ago and the window holds today and 364 before; event 5 is known
#     tomorrow.
#   offences: event 6 (100 days) 5/2 = 2.5, event 7 (200 days) 5/4 = 1.25.
#   intelligence, weight 1/2: event 8 (100 days) 4/2/2 = 1, event 9 (300 days) 4/2/8 = 0.25.
#   S = 3 + 3.75 + 1.25 = 8, twice halfway: 75. Without unproven S = 6.75.
# Ben, exploitation, victim: event 10 was replaced 50 days ago; event 12 (200 days) 2/4 = 0.5.
#   Event 13 is an assault, which no component of the victim's counts. 0.5/4.
# Isla: events 2 and 11 (100 days each) 1 + 1 = 2; event 15 (200 days) 5/4 = 1.25. S = 3.25.
# Finn: event 28 (today) 2. He is 17: what he did (14, 15) gives no score at all.
# Joan: event 16, but nobody knows her age: no score.
EXPLOITED = {"Ava": (8, 8, 6.75), "Ben": (0.5,) * 3, "Isla": (3.25,) * 3, "Finn": (2,) * 3}

# Perpetrators of exploitation, halfway 2.5; offences fade by half in 200 days, window 600 days.
# Gus: event 6 (100 days) 5 x 2^(-1/2); event 26 was 600 days ago, a day too long; intelligence 9
#   (300 days) 4/2/8 = 0.25, unproven.
# Hal: event 6 as Gus, 7 (200 days) 5/2 = 2.5, 13 (400 days) 3/4 = 0.75, intelligence 27
#   (200 days) 4/2/4 = 0.5.
ROOT = 5 / 2**0.5
EXPLOITING = {
    "Gus": (ROOT + 0.25, ROOT + 0.25, ROOT),
    "Hal": (ROOT + 3.75, ROOT + 3.75, ROOT + 3.25),
}

# Need, halfway 2. Ben: absence 17, 18 (100 days) 1/2 + 1/2, 19 (200 days) 1/4 = 1.25, capped at 1;
#   domestic 22 (300 days) 3/8; arrears 24 (100 days): 2/2/2 = 0.5, a stand-in for poverty. Out of
#   school 29, since 600 days, and nobody closed it: taken to have ended after 500 days, which is
#   100 days ago, 2/2 = 1. S = 2.875.
# Cara: absence 20 (200 days) 1/4; domestic 21 (100 days) 3/2, 22 3/8; arrears 0.5; out of school 23
#   from 400 to 100 days ago, 2/2 = 1, since its end counts and it is within 200 days. S = 3.625.
# Finn: out of school 25, since 300 days and open: in full, 2.
# Ava: absence 30 (100 days) 1/2, sent twice and counted once.
NEEDING = {
    "Ben": (2.875, 2.375, 2.875),
    "Cara": (3.625, 3.125, 3.625),
    "Finn": (2.0,) * 3,
    "Ava": (0.5,) * 3,
}


@pytest.mark.parametrize(
    ("track", "halfway", "evidence"),
    [(VICTIM, 4.0, EXPLOITED), (PERPETRATOR, 2.5, EXPLOITING), (NEED, 2.0, NEEDING)],
)
def test_every_index_is_what_is_worked_by_hand(
    index: Any, track: int, halfway: float, evidence: dict[str, tuple[float, ...]]
) -> None:
    for key, name in enumerate(NAMES):
        expected = [halves(s, halfway) for s in evidence.get(name, (0.0,) * 3)]
        assert index[:, track, key].tolist() == pytest.approx(expected, abs=1e-9), name


def test_the_index_of_two_halfways_is_75(index: Any) -> None:
    assert index[0, VICTIM, NAMES.index("Ava")] == pytest.approx(75.0, abs=1e-9)


def test_finn_has_a_perpetrator_score_from_the_day_on_which_he_is_18(told: Told) -> None:
    finn, tomorrow = person(told, "Finn"), dates.add_days(AS_OF, 1)
    index = index_of(finn.rows, finn.sets, PLAN, finn.born, [AS_OF, tomorrow])[0]
    # Tomorrow events 14 and 15 are 201 days old: (3 + 5) x 2^(-201/200).
    assert index[0, [VICTIM, PERPETRATOR]].tolist() == pytest.approx([halves(2, 4), 0])
    left = 8 * 2 ** (-201 / 200)
    assert index[1, [VICTIM, PERPETRATOR]].tolist() == pytest.approx([0, halves(left, 2.5)])


# --- the network -----------------------------------------------------------------------------

# Ties: gravity / (people - 1) x 2^(-age/100), those of `family.RULES`.
#   Ava-Isla: missing together, event 2 (100 days): 2/1/2 = 1.
#   Ava-Gus: harm, event 6 (100 days, three people): 5/2/2 = 1.25. Ava-Hal the same, and event 7
#     (200 days, two people): 5/1/4 = 1.25; 2.5 together.
#   Gus-Hal: suspects of event 6: 5/1/2 = 2.5, and of event 26; capped at 2.5.
#   Ben-Finn: suspects of event 14 (200 days): 3/1/4 = 0.75. Finn-Isla: event 15: 5/1/4 = 1.25.
#   Ava-Cara: sisters, 1.
# All ties of a person together: Ava 5.75, Ben 0.75, Cara 1, Finn 2, Gus 3.75, Hal 5, Isla 2.25;
# and what each keeps stands for 1 more.
KEPT = {"Ava": 6.75, "Ben": 1.75, "Cara": 2.0, "Finn": 3.0, "Gus": 4.75, "Hal": 6.0, "Isla": 3.25}


def share(strength: float, giver: str) -> float:
    """What of a person's index reaches somebody along a tie."""
    return strength / KEPT[giver]


def added(index: float, attention: float) -> float:
    return (100 - index) / 100 * 25 * (1 - 2 ** (-attention / 20))


@pytest.fixture(scope="module")
def scores(told: Told, index: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """Give every score row, by person and track of exploitation."""
    reach = next(reaches(told.evidence, PLAN, told.born, [AS_OF], proven=True))
    rows = [
        row
        for track in scores_on(PLAN, index, told.born, AS_OF, reach)
        for row in score_table(track, AS_OF, pa.array(NAMES)).data.to_pylist()
    ]
    return {(r["person_id"], r["track"]): r for r in rows if r["theme"] == "exploitation"}


def seeds(variant: int) -> dict[str, float]:
    """What each carries on the victim's side; adults, what they did."""
    victims = {name: halves(s[variant], 4.0) for name, s in EXPLOITED.items()}
    return victims | {name: halves(s[variant], 2.5) for name, s in EXPLOITING.items()}


TIES = {
    ("Ava", "Isla"): 1.0, ("Ava", "Gus"): 1.25, ("Ava", "Hal"): 2.5, ("Gus", "Hal"): 2.5,
    ("Ben", "Finn"): 0.75, ("Finn", "Isla"): 1.25, ("Ava", "Cara"): 1.0,
}  # fmt: skip


def test_every_tie_is_what_is_worked_by_hand(told: Told) -> None:
    strengths = next(strengths_on(told.evidence, PLAN.policy, [AS_OF])).strength[0]
    pairs = zip(*told.evidence.pairs, strengths, strict=True)
    found = {(NAMES[a], NAMES[b]): s for a, b, s in pairs if s > 0}
    assert found == pytest.approx(TIES, abs=1e-9)
    for name, kept in KEPT.items():
        assert kept == 1 + sum(s for pair, s in TIES.items() if name in pair)


def avas_attention(x: dict[str, float]) -> float:
    # One step from Isla, Gus and Hal (Cara has nothing); by two from Finn through Isla, from Hal
    # through Gus and from Gus through Hal. Nothing of her own comes back.
    one = (
        share(1, "Isla") * x["Isla"] + share(1.25, "Gus") * x["Gus"] + share(2.5, "Hal") * x["Hal"]
    )
    through_isla = share(1, "Isla") * share(1.25, "Finn") * x["Finn"]
    through_gus = share(1.25, "Gus") * share(2.5, "Hal") * x["Hal"]
    through_hal = share(2.5, "Hal") * share(2.5, "Gus") * x["Gus"]
    return one + 0.5 * (through_isla + through_gus + through_hal)


def bens_attention(x: dict[str, float]) -> float:
    return share(0.75, "Finn") * (x["Finn"] + 0.5 * share(1.25, "Isla") * x["Isla"])


def finns_attention(x: dict[str, float]) -> float:
    of_isla = share(1.25, "Isla") * (x["Isla"] + 0.5 * share(1, "Ava") * x["Ava"])
    return share(0.75, "Ben") * x["Ben"] + of_isla


def caras_attention(x: dict[str, float]) -> float:
    # Her sister's points by one step; through her Isla, Gus and Hal.
    through = share(1, "Isla") * x["Isla"] + share(1.25, "Gus") * x["Gus"]
    return share(1, "Ava") * (x["Ava"] + 0.5 * (through + share(2.5, "Hal") * x["Hal"]))


def islas_attention(x: dict[str, float]) -> float:
    # One step from Ava and Finn; by two, half of what comes from Cara, Gus and Hal through Ava
    # (Cara has nothing) and from Ben through Finn.
    one = share(1, "Ava") * x["Ava"] + share(1.25, "Finn") * x["Finn"]
    through_ava = share(1.25, "Gus") * x["Gus"] + share(2.5, "Hal") * x["Hal"]
    through_finn = share(0.75, "Ben") * x["Ben"]
    return one + 0.5 * (share(1, "Ava") * through_ava + share(1.25, "Finn") * through_finn)


ATTENTION = {
    "Ava": avas_attention, "Ben": bens_attention, "Cara": caras_attention,
    "Finn": finns_attention, "Isla": islas_attention,
}  # fmt: skip


@pytest.mark.parametrize("name", ATTENTION)
def test_every_figure_of_a_score_is_what_is_worked_by_hand(scores: Any, name: str) -> None:
    row = scores[name, "victim"]
    evidence = EXPLOITED.get(name, (0.0,) * 3)
    index = [halves(s, 4.0) for s in evidence]
    attention = [ATTENTION[name](seeds(variant)) for variant in range(3)]
    whole = [i + added(i, a) for i, a in zip(index, attention, strict=True)]
    told = {
        "index": index[0], "attention": attention[0], "network_points": whole[0] - index[0],
        "score": whole[0], "without_network": index[0], "without_poverty_proxies": whole[1],
        "without_unproven": whole[2],
    }  # fmt: skip
    assert {key: row[key] for key in told} == pytest.approx(told, abs=1e-9)


def test_the_paths_by_which_anything_reaches_isla(told: Told, index: Any) -> None:
    x, reach = seeds(0), next(reaches(told.evidence, PLAN, told.born, [AS_OF]))
    network = PLAN.tracks[VICTIM].theme.network
    adult = adults_on(told.born, AS_OF, 18)
    mine = seeds_of(PLAN, VICTIM, index[0], adult)
    choice = choice_of(PLAN, VICTIM, proven=False)
    paths = reach.paths(choice, network, NAMES.index("Isla"), mine)
    found = {
        (NAMES[p.source], None if p.through is None else NAMES[p.through]): p.points for p in paths
    }
    ava, finn = share(1, "Ava"), share(1.25, "Finn")
    assert found == pytest.approx(
        {
            ("Ava", None): ava * x["Ava"],
            ("Finn", None): finn * x["Finn"],
            ("Hal", "Ava"): 0.5 * ava * share(2.5, "Hal") * x["Hal"],
            ("Gus", "Ava"): 0.5 * ava * share(1.25, "Gus") * x["Gus"],
            ("Ben", "Finn"): 0.5 * finn * share(0.75, "Ben") * x["Ben"],
        },
        abs=1e-9,
    )
    assert [p.points for p in paths] == sorted((p.points for p in paths), reverse=True)
    assert sum(found.values()) == pytest.approx(islas_attention(x), abs=1e-9)


def test_what_the_network_adds_to_isla(scores: Any) -> None:
    row, variants = scores["Isla", "victim"], [seeds(variant) for variant in range(3)]
    index, attention = halves(3.25, 4.0), [islas_attention(x) for x in variants]
    assert row["index"] == row["without_network"] == pytest.approx(index, abs=1e-9)
    assert row["attention"] == pytest.approx(attention[0], abs=1e-9)
    assert row["network_points"] == pytest.approx(added(index, attention[0]), abs=1e-9)
    assert row["score"] == pytest.approx(index + added(index, attention[0]), abs=1e-9)
    # Nothing here stands for poverty; without unproven information Ava, Gus and Hal carry less.
    assert row["without_poverty_proxies"] == pytest.approx(row["score"], abs=1e-9)
    without = index + added(index, attention[2])
    assert row["without_unproven"] == pytest.approx(without, abs=1e-9)
    assert without < row["score"] - 0.1


def test_cara_is_emerging_with_nothing_of_her_own(scores: Any) -> None:
    row, x = scores["Cara", "victim"], seeds(0)
    attention = caras_attention(x)
    assert x["Ava"] == pytest.approx(75)
    assert (row["index"], row["emerging"]) == (0.0, True)
    assert row["score"] == pytest.approx(added(0, attention), abs=1e-9)
    assert row["score"] > 5  # from which the policy says emerging
    near = [row[f"{age}_at_{steps}"] for age in ("under_18", "adults")
            for steps in ("one_step", "two_steps")]  # fmt: skip
    # Ava is next to her; beyond Ava Isla, and the men Gus and Hal. Finn and Ben are further.
    assert near == [1, 1, 0, 2]
    assert row["sum_under_18_at_one_step"] == pytest.approx(75.0)
    assert row["sum_adults_at_two_steps"] == pytest.approx(x["Gus"] + x["Hal"])
    assert row["nearest"] == 1


def test_perpetrators_get_only_what_suspects_carry_to_each_other(scores: Any) -> None:
    gus, hal = (halves(s[0], 2.5) for s in (EXPLOITING["Gus"], EXPLOITING["Hal"]))
    # Between adults by `co_suspects` alone: 2.5 of 2.5 + 1 kept; what comes back is not counted.
    for name, own, others in (("Gus", gus, hal), ("Hal", hal, gus)):
        row = scores[name, "perpetrator"]
        assert row["attention"] == pytest.approx(2.5 / 3.5 * others, abs=1e-9)
        assert row["score"] == pytest.approx(own + added(own, 2.5 / 3.5 * others), abs=1e-9)
    assert {name for name, track in scores if track == "perpetrator"} == {"Gus", "Hal"}


def test_nobody_but_those_who_have_something_has_a_row(scores: Any) -> None:
    victims = {name for name, track in scores if track == "victim"}
    assert victims == {"Ava", "Ben", "Cara", "Finn", "Isla"}


# --- its reasons -----------------------------------------------------------------------------


def test_avas_points_are_those_of_eight_events(told: Told) -> None:
    rows = contribution_table(
        person(told, "Ava"), PLAN, "exploitation", "victim", AS_OF, told.fact_event
    ).data.to_pylist()
    points = {(row["component"], row["row_id"]): row["points"] for row in rows}
    # Of 75 points each has the share of 8 that it counts: missing is scaled by 3/3.5.
    assert points == pytest.approx(
        {
            ("intelligence", "e08"): 75 * 1 / 8,
            ("intelligence", "e09"): 75 * 0.25 / 8,
            ("missing", "e01"): 75 * (2 * 3 / 3.5) / 8,
            ("missing", "e02"): 75 * (1 * 3 / 3.5) / 8,
            ("missing", "e03"): 75 * (0.5 * 3 / 3.5) / 8,
            ("offences", "e06"): 75 * 2.5 / 8,
            ("offences", "e07"): 75 * 1.25 / 8,
        }
    )
    assert sum(points.values()) == pytest.approx(75, abs=1e-9)


# Of each: component, event, gravity, weight, days for which it has faded, what is left, evidence.
# Counted as much, except where the line's cap cuts it: Ben's absences give 1.25 and count 1.
LINES: dict[tuple[str, str, str], list[tuple[str, str, float, float, int, float]]] = {
    ("Isla", "exploitation", "victim"): [
        ("missing", "e02", 2, 1, 100, 1 / 2), ("missing", "e11", 2, 1, 100, 1 / 2),
        ("offences", "e15", 5, 1, 200, 1 / 4),
    ],
    ("Finn", "exploitation", "victim"): [("missing", "e28", 2, 1, 0, 1)],
    ("Gus", "exploitation", "perpetrator"): [
        ("intelligence", "e09", 4, 0.5, 300, 1 / 8), ("offences", "e06", 5, 1, 100, 0.5**0.5),
    ],
    ("Hal", "exploitation", "perpetrator"): [
        ("intelligence", "e27", 4, 0.5, 200, 1 / 4), ("offences", "e06", 5, 1, 100, 0.5**0.5),
        ("offences", "e07", 5, 1, 200, 1 / 2), ("offences", "e13", 3, 1, 400, 1 / 4),
    ],
    ("Ben", "neglect", "victim"): [
        ("absence", "e17", 1, 1, 100, 1 / 2), ("absence", "e18", 1, 1, 100, 1 / 2),
        ("absence", "e19", 1, 1, 200, 1 / 4), ("arrears", "e24", 2, 0.5, 100, 1 / 2),
        ("domestic", "e22", 3, 1, 300, 1 / 8), ("out_of_school", "e29", 2, 1, 100, 1 / 2),
    ],
    ("Cara", "neglect", "victim"): [
        ("absence", "e20", 1, 1, 200, 1 / 4), ("arrears", "e24", 2, 0.5, 100, 1 / 2),
        ("domestic", "e21", 3, 1, 100, 1 / 2), ("domestic", "e22", 3, 1, 300, 1 / 8),
        ("out_of_school", "e23", 2, 1, 100, 1 / 2),
    ],
    ("Finn", "neglect", "victim"): [("out_of_school", "e25", 2, 1, 0, 1)],
    ("Ava", "neglect", "victim"): [("absence", "e30", 1, 1, 100, 1 / 2)],
}  # fmt: skip
HALFWAY = {"exploitation victim": 4.0, "exploitation perpetrator": 2.5, "neglect victim": 2.0}


@pytest.mark.parametrize("asked", LINES, ids=" ".join)
def test_every_line_of_evidence_is_what_is_worked_by_hand(
    told: Told, asked: tuple[str, str, Any]
) -> None:
    name, theme, track = asked
    rows = contribution_table(
        person(told, name), PLAN, theme, track, AS_OF, told.fact_event
    ).data.to_pylist()
    cut = 1 / 1.25 if asked == ("Ben", "neglect", "victim") else 1.0
    counted = {
        (component, event): gravity * weight * left * (cut if component == "absence" else 1.0)
        for component, event, gravity, weight, _, left in LINES[asked]
    }
    halfway, whole = HALFWAY[f"{theme} {track}"], sum(counted.values())
    for row, line in zip(
        sorted(rows, key=lambda row: (row["component"], row["row_id"])), LINES[asked], strict=True
    ):
        component, event, gravity, weight, age, left = line
        mine = counted[component, event]
        told_by = ("component", "row_id", "gravity", "weight", "age_days", "decay", "evidence",
                   "counted", "points")  # fmt: skip
        expected = (component, event, gravity, weight, age, left, gravity * weight * left, mine,
                    halves(whole, halfway) * mine / whole)  # fmt: skip
        assert [row[key] for key in told_by] == [
            value if isinstance(value, str) else pytest.approx(value, abs=1e-9)
            for value in expected
        ]
    # Without one record the others count anew, Ben's absences within their cap.
    sources = {row["event_no"]: (row["component"], row["row_id"]) for row in rows}
    for one in without_each(person(told, name), PLAN, theme, track, AS_OF):
        component, event = sources[one.event_no]
        rest = whole - counted[component, event]
        if cut < 1 and component == "absence":
            rest = whole - 1 + min(1.0, 1.25 - counted[component, event] / cut)
        assert one.index == one.score == pytest.approx(halves(rest, halfway), abs=1e-9)


def test_what_lasts_says_whether_it_is_open_has_ended_or_was_never_closed(told: Told) -> None:
    found = {}
    for name in ("Finn", "Cara", "Ben"):
        (row,) = [
            row for row in contribution_table(
                person(told, name), PLAN, "neglect", "victim", AS_OF, told.fact_event
            ).data.to_pylist() if row["component"] == "out_of_school"
        ]  # fmt: skip
        found[name] = (row["standing"], dates.days_between(AS_OF, row["fades_from_on"]))
    # Finn's is open, and would be taken to have ended in 200 days: 500 after it began.
    assert found == {"Finn": ("open", 200), "Cara": ("ended", -100), "Ben": ("unclosed", -100)}


def test_a_contribution_says_where_it_is_from_and_how_it_came_to_its_points(told: Told) -> None:
    (row,) = contribution_table(
        person(told, "Ben"), PLAN, "exploitation", "victim", AS_OF, told.fact_event
    ).data.to_pylist()
    index = halves(0.5, 4.0)
    assert row.pop("points") == pytest.approx(index, abs=1e-9)
    assert row.pop("event_no") >= 0
    assert row == {
        "as_of": AS_OF, "person_key": 1, "theme": "exploitation", "track": "victim",
        "component": "missing", "source": "s1", "batch_id": "s1-1", "table_name": "event",
        "row_id": "e12", "kind": "police.missing", "occurred_on": date(2025, 7, 15),
        "known_on": date(2025, 7, 15), "gravity": 2.0, "weight": 1.0,
        "standing": "passed", "fades_from_on": date(2025, 7, 15), "age_days": 200,
        "decay": 0.25, "evidence": 0.5, "counted": 0.5, "poverty_proxy": False,
        "unproven": False,
    }  # fmt: skip


def test_without_one_record_the_rest_count_anew(told: Told) -> None:
    without = without_each(person(told, "Ava"), PLAN, "exploitation", "victim", AS_OF)
    source = {
        one.event_no: row
        for one in contributions_of(person(told, "Ava"), PLAN, "exploitation", "victim", AS_OF)
        for row in [one.kind]
    }
    index = sorted((source[one.event_no], one.index) for one in without)
    # Without event 1, missing is 1.5 and S 6.5; without 2 or 3 it is still at or above its cap
    # or just below: 2 + 0.5 = 2.5 and 2 + 1 = 3.
    assert index == [
        (name, pytest.approx(halves(s, 4.0), abs=1e-9))
        for name, s in [
            ("police.crime.exploitation", 8 - 2.5),
            ("police.crime.exploitation", 8 - 1.25),
            ("police.intelligence", 8 - 1),
            ("police.intelligence", 8 - 0.25),
            ("police.missing", 8 - 1.5),
            ("police.missing", 8 - 0.5),
            ("police.missing", 8),
        ]
    ]


def test_what_the_network_adds_is_kept_when_a_record_goes(told: Told) -> None:
    # Finn has one event, S = 2 of halfway 4: 29.3. Attention of 20, which is halfway, adds half of
    # 25 points to what is left of 100; without the event, to all of it.
    (without,) = without_each(
        person(told, "Finn"), PLAN, "exploitation", "victim", AS_OF, attention=20.0
    )
    assert (without.index, without.score) == (0.0, pytest.approx(12.5))


# --- what changed ----------------------------------------------------------------------------


def test_what_changed_in_a_hundred_days_is_told_by_event(told: Told) -> None:
    before = dates.add_days(AS_OF, -100)
    moved = changes(person(told, "Isla"), PLAN, "exploitation", "victim", before, AS_OF)
    # A hundred days ago event 2 was not known (99 days), nor 11 (50 days), and 15 was not
    # (150 days ago it was: known): 5/2 of evidence then, 5/4 now, beside 1 and 1.
    then, now = halves(2.5, 4.0), halves(3.25, 4.0)
    told_by = sorted((one.why, one.before, one.after) for one in moved)
    assert told_by == [
        ("new", 0.0, pytest.approx(now * 1 / 3.25)),
        ("new", 0.0, pytest.approx(now * 1 / 3.25)),
        ("still counts", pytest.approx(then), pytest.approx(now * 1.25 / 3.25)),
    ]
    assert sum(one.change for one in moved) == pytest.approx(now - then, abs=1e-9)


def test_what_no_longer_counts_is_told(told: Told) -> None:
    before = dates.add_days(AS_OF, -1)  # event 4 was then 364 days old, and event 1 to come
    moved = changes(person(told, "Ava"), PLAN, "exploitation", "victim", before, AS_OF)
    why = {one.why for one in moved if one.kind == "police.missing"}
    assert why == {"new", "still counts", "no longer counts"}
    two = [contributions_of(person(told, "Ava"), PLAN, "exploitation", "victim", on)
           for on in (before, AS_OF)]  # fmt: skip
    gained = sum(one.points for one in two[1]) - sum(one.points for one in two[0])
    assert sum(one.change for one in moved) == pytest.approx(gained, abs=1e-9)
