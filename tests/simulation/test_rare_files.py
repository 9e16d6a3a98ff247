"""Rare things that agencies send: who is put up, who flees, who faces a court, and shared work."""

from __future__ import annotations

import csv
import gc
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from kithkin.simulation.agencies.homelessness import homelessness_files
from kithkin.simulation.agencies.partners import partner_files
from kithkin.simulation.agencies.police_recorded import record
from kithkin.simulation.agencies.seeing import Watch
from kithkin.simulation.agencies.sharing import Shared
from kithkin.simulation.agencies.tenancies import social_tenancies
from kithkin.simulation.calendar import NEVER, whole_years
from kithkin.simulation.care import LEGAL_STATUSES
from kithkin.simulation.county import County
from kithkin.simulation.making import Plan, make_county
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.sending.ssd import write_ssd
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.settings.returns import ReturnSettings
from kithkin.simulation.settings.services import ServiceSettings
from kithkin.simulation.world import ADDRESS_KINDS, NOBODY, SEXES
from tests.simulation.hand_made_care import ENDS, hand_made_county, register_of


@cache
def county() -> County:
    return make_county(Plan(people=6000, years=3, seed=4))


@cache
def put_up() -> dict[str, AgencyFile]:
    settings = read_section(ServiceSettings).housing.model_copy(update={"placed": 1.0})
    files = homelessness_files(county(), settings, Watch(county()))
    return {file.file: file for file in files}


def test_whoever_is_put_up_has_no_social_tenancy_and_is_told_where() -> None:
    placed = put_up()["temporary_accommodation"]
    who, start = placed.column("person_id").values, placed.column("placed_from").values
    applicant = placed.column("role").values == 0
    assert applicant.sum() > 10
    assert (~applicant).any()
    applied = put_up()["homelessness"]
    days = zip(applied.column("person_id").values, applied.column("applied_on").values, strict=True)
    people, day = (np.array(each, dtype=np.int32) for each in zip(*days, strict=True))
    tenant = people[social_tenancies(county()).of(people, day) != NOBODY]
    single = np.setdiff1d(tenant, people[social_tenancies(county()).of(people, day) == NOBODY])
    assert not np.isin(who[applicant], single).any()
    kinds = county().world.addresses.kind[placed.column("address").values]
    assert (kinds == ADDRESS_KINDS.index("temporary")).all()
    assert (county().world.people.died[who] > start).all()


def test_women_flee_to_a_refuge_with_the_children_who_live_with_them() -> None:
    settings = read_section(JusticeSettings)
    settings = settings.model_copy(
        update={"partners": settings.partners.model_copy(update={"refuge": 1.0})}
    )
    files = {file.file: file for file in partner_files(county(), settings)}
    service = files["domestic_abuse_service"]
    refuge = service.column("service").values == 0
    who = service.column("person_id").values[refuge]
    start = service.column("started_on").values[refuge]
    people = county().world.people
    grown = whole_years(people.born[who], start) >= 18
    assert grown.sum() > 2
    assert (~grown).any()
    assert (people.sex[who[grown]] == SEXES.index("F")).all()
    assert np.isin(people.mother[who[~grown]], who[grown]).all()


def test_work_before_proceedings_ends_with_the_courts_order_or_steps_down(tmp_path: Path) -> None:
    made = hand_made_county()
    plans = made.care.plans
    protected = made.care.referrals.child[plans.referral[plans.protection]]
    periods, table = made.care.care_periods, made.care.placements
    care = replace(
        made.care,
        care_periods=replace(periods, child=protected[: len(periods)].astype(np.int32)),
        placements=replace(
            table, legal=np.full(len(table), LEGAL_STATUSES.index("C1"), dtype=np.int8)
        ),
    )
    made = replace(made, care=care)
    shares = {"pre_proceedings_to_court": 1.0, "pre_proceedings_else": 1.0}
    settings = read_section(ReturnSettings, changes={**shares, "pre_proceedings_from": 20})
    write_ssd(tmp_path, made, register_of(made), ENDS, settings)
    with (tmp_path / "ssd" / "ssd_pre_proceedings.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 3
    for row in rows:
        decided = row["prep_pre_pro_decision_date"]
        ended = row["prep_care_pro_letter_date"] or row["prep_agree_stepdown_issue_date"]
        assert decided <= ENDS.isoformat()
        assert not ended or decided < ended
        assert not (row["prep_care_pro_letter_date"] and row["prep_agree_stepdown_issue_date"])
    assert any(row["prep_agree_stepdown_issue_date"] for row in rows)


def test_police_work_is_done_once_for_a_county_and_settings() -> None:
    settings, other = read_section(JusticeSettings), read_section(JusticeSettings)
    once = record(county(), settings, Watch(county()))
    assert record(county(), other, Watch(county())) is once
    changed = settings.model_copy(
        update={"police": settings.police.model_copy(update={"charge_days": 1})}
    )
    anew = record(county(), changed, Watch(county()))
    assert anew is not once
    by_now = once.involved.charged[once.involved.charged < NEVER].mean()
    assert anew.involved.charged[anew.involved.charged < NEVER].mean() < by_now


def test_what_is_shared_goes_with_its_county() -> None:
    shared: Shared[int] = Shared()
    short_lived = replace(county())
    assert shared.of(short_lived, None, lambda: 1) == 1
    assert shared.of(short_lived, None, lambda: 2) == 1
    assert len(shared) == 1
    del short_lived
    gc.collect()
    assert len(shared) == 0
