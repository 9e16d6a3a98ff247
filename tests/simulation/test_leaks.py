"""Nothing that an agency sends tells more than what it says: numbers and order are drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise, permutations
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from kithkin.simulation.calendar import NEVER
from kithkin.simulation.care import PLACEMENT_TYPES
from kithkin.simulation.county import County
from kithkin.simulation.making import Plan, make_county
from kithkin.simulation.records import AgencyFile, Register
from kithkin.simulation.sending.deliveries import _as_known
from kithkin.simulation.sending.identifiers import nhs_numbers, pupil_numbers
from kithkin.simulation.sending.one_agency import AGENCIES, REGISTERS, first_known
from kithkin.simulation.sending.plain import layouts, people_table
from kithkin.simulation.sending.registers import make_register
from kithkin.simulation.settings.mistakes import RegisterFeed
from kithkin.simulation.settings.whole import Settings, read_settings

PLAN = Plan(people=5000, years=3, seed=11)
PLAIN = tuple(feed for feed in AGENCIES if feed not in ("ssd", "school_census"))
EARLIER = date(2024, 3, 31)


@dataclass(frozen=True)
class Sent:
    """What the agencies of one county hold."""

    county: County
    settings: Settings
    files: dict[str, tuple[AgencyFile, ...]]
    registers: dict[str, Register]


@pytest.fixture(scope="module")
def sent() -> Sent:
    settings, county = read_settings(None, {}), make_county(PLAN)
    files = {feed: tuple(AGENCIES[feed](county, settings)) for feed in AGENCIES}
    registers = {}
    for feed, held in files.items():
        known = first_known(feed, held, county)
        people = np.flatnonzero(known < NEVER).astype(np.int32)
        name = cast(RegisterFeed, REGISTERS.get(feed, feed))
        registers[feed] = make_register(
            name,
            people,
            known[people],
            county,
            settings.mistakes,
        )
    return Sent(county, settings, files, registers)


def rises(day: npt.NDArray[np.int32], who: npt.NDArray[np.int32]) -> tuple[int, int]:
    """Count, of rows that follow one another on one day, those whose person comes later."""
    pairs = (day[1:] == day[:-1]) & (who[1:] != who[:-1]) & (who[1:] >= 0) & (who[:-1] >= 0)
    return int((who[1:] > who[:-1])[pairs].sum()), int(pairs.sum())


def far_from_half(found: int, of: int) -> float:
    """Give how many standard errors a share is from a half."""
    return float(abs(found - of / 2) / np.sqrt(max(of, 1) / 4))


def test_rows_of_one_day_are_numbered_in_no_order(sent: Sent) -> None:
    for feed in PLAIN:
        for file in sent.files[feed]:
            people = [c for c in file.columns if c.kind == "person"]
            ids = [
                c for c in file.columns if c.kind == "id" and not c.name.startswith("occurrence")
            ]
            if not people or not ids or file.file.endswith("member"):
                continue
            order = np.lexsort((ids[0].values, file.known))
            assert far_from_half(*rises(file.known[order], people[0].values[order])) < 4.5, (
                f"{feed} {file.file}: numbers follow the order in which the county was made"
            )


def test_an_agencys_numbers_are_no_guide_to_who_its_people_are(sent: Sent) -> None:
    for feed, register in sent.registers.items():
        if len(register.person) < 300:
            continue
        world = sent.county.world
        home = np.full(len(world.people), -1)
        home[world.stays.person] = world.stays.household
        for truth in (register.person, home[register.person], world.people.born[register.person]):
            ranked = spearmanr(register.number, truth).statistic
            assert abs(ranked) < 4.5 / np.sqrt(len(register.number)), feed


def test_nobody_guesses_a_childs_troubles_from_numbers(sent: Sent) -> None:
    county = sent.county
    register = sent.registers["health"]
    child = county.lives.child_of[register.person]
    rows = np.flatnonzero(child >= 0)
    hidden = county.lives.hidden_child[child[rows]] > 0
    troubled = np.zeros(len(rows), dtype=bool)
    for state in county.lives.child.values():
        troubled |= state.max(axis=0)[child[rows]] > 0
    nhs = pc.cast(nhs_numbers(county, register.person[rows]), pa.int64()).to_numpy()
    number = register.number[rows]
    told = np.stack([number, number % 10, number % 97, nhs, nhs // 10 % 100, nhs % 97], axis=1)
    ranked = np.argsort(np.argsort(told, axis=0), axis=0) / len(told)
    for truth in (hidden, troubled):
        for model in (LogisticRegression(), DecisionTreeClassifier(max_depth=4, random_state=0)):
            guessed = cross_val_predict(model, ranked, truth, cv=5, method="predict_proba")[:, 1]
            assert roc_auc_score(truth, guessed) == pytest.approx(0.5, abs=0.06)


def test_property_and_pupil_numbers_follow_no_order_of_the_world(sent: Sent) -> None:
    world = sent.county.world
    homes = np.arange(len(world.addresses))
    assert abs(spearmanr(world.addresses.uprn, homes).statistic) < 4.5 / np.sqrt(len(homes))
    everybody = np.arange(len(world.people), dtype=np.int32)
    upn = pupil_numbers(sent.county, everybody)
    held = np.asarray(pc.is_valid(upn))
    serial = pc.cast(pc.utf8_slice_codeunits(upn.filter(pa.array(held)), 10, 13), pa.int64())
    year = pc.cast(pc.utf8_slice_codeunits(upn.filter(pa.array(held)), 1, 10), pa.int64())
    place, group, who = serial.to_numpy(), year.to_numpy(), everybody[held]
    order = np.lexsort((place, group))
    assert far_from_half(*rises(group[order].astype(np.int32), who[order])) < 4.5


def test_two_agencies_do_not_share_their_mistakes(sent: Sent) -> None:
    large = ("police", "health", "housing", "benefits", "school_census", "ssd")
    born = sent.county.world.people.born
    wrong = {}
    for feed in large:
        register = sent.registers[feed]
        told = register.entries["date_of_birth"].combine_chunks().cast(pa.int32())
        told = told.fill_null(NEVER).to_numpy()
        slip = np.zeros(len(born), dtype=bool)
        slip[register.person] = (told != born[register.person]) & (told != NEVER)
        known = np.zeros(len(born), dtype=bool)
        known[register.person] = True
        assert 0.002 < slip.sum() / known.sum() < 0.06, f"{feed} makes too few or too many slips"
        wrong[feed] = slip, known
    for one, other in permutations(large, 2):
        both = wrong[one][1] & wrong[other][1]
        first, second = wrong[one][0][both], wrong[other][0][both]
        by_chance = first.mean() * second.mean() * both.sum()
        assert (first & second).sum() <= by_chance + 5 * np.sqrt(by_chance) + 3, (one, other)


def test_an_earlier_extract_does_not_know_who_is_charged_later(sent: Sent) -> None:
    people = next(f for f in sent.files["police"] if f.file == "occurrence_person")
    role = people.column("role")
    then = _as_known(people, EARLIER).column("role").values
    charged = list(role.words).index("charged")
    assert role.changed is not None
    day = int(np.datetime64(EARLIER).astype(np.int64))
    later = (role.changed[0] > day) & (role.values == charged)
    assert later.sum() > 5
    assert (then[later] != charged).all()
    assert (then[~later] == role.values[~later]).all()


def test_an_earlier_extract_does_not_know_a_release_before_it_was_told(sent: Sent) -> None:
    probation = next(f for f in sent.files["other"] if f.file == "probation")
    then = _as_known(probation, EARLIER)
    told, due = then.column("release_told_on").values, then.column("release_due_on").values
    assert ((told == NEVER) <= (due == NEVER)).all()


def test_an_earlier_register_holds_no_number_that_was_issued_later(sent: Sent) -> None:
    county, last = sent.county, sent.registers["early_help"]
    people, first = np.unique(last.person, return_index=True)
    day = int(county.calendar.opens)
    then = make_register(
        "early_help", people, last.known[first], county, sent.settings.mistakes, day
    )
    enrolled = county.world.enrolments
    begun = np.full(len(county.world.people), NEVER, dtype=np.int64)
    np.minimum.at(begun, enrolled.person, enrolled.start)
    held = np.asarray(pc.is_valid(then.entries["upn"].combine_chunks()))
    assert held.any()
    single = np.append(True, then.number[1:] != then.number[:-1])
    assert (begun[then.person[held & single]] <= day).all()


def test_people_are_listed_in_order_of_record_alone(sent: Sent) -> None:
    last = sent.county.calendar.ends
    for feed in PLAIN:
        register = sent.registers[feed]
        number = people_table(layouts()[feed], register, last)[layouts()[feed].people.number]
        place = {int(n): int(k) for n, k in zip(register.number, register.known, strict=True)}
        listed = [(place[n], n) for n in number.to_pylist()]
        assert len({n for _, n in listed}) == len(listed)
        assert sum(a > b for a, b in pairwise(listed)) <= len(listed) // 20


def test_schools_learn_where_children_are_placed_and_never_of_adopters(sent: Sent) -> None:
    care = sent.county.care
    table, adopted = care.placements, PLACEMENT_TYPES.index("A6")
    child = care.care_periods.child[table.care]
    seen, of_adopters = 0, 0
    for file in sent.files["school_census"]:
        if not file.file.endswith("addressesonroll"):
            continue
        day = int(file.known[0]) - sent.settings.services.education.census_delay
        there = (table.start < day - 60) & (table.end > day) & (table.address >= 0)
        pupils, homes = file.columns[0].values.tolist(), file.column("address").values.tolist()
        told = dict(zip(pupils, homes, strict=True))
        for one, kind, home in zip(
            child[there].tolist(), table.kind[there].tolist(), table.address[there].tolist(),
            strict=True,
        ):  # fmt: skip
            if one in told:
                assert (told[one] == home) == (kind != adopted), (file.file, one)
                seen, of_adopters = seen + 1, of_adopters + (kind == adopted)
    assert seen > of_adopters
