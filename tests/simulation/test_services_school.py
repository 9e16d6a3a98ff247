"""Schools: one source of absence, the census's modules, and the streams of everyday rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from kithkin.feeds.school_census.layout import EXCLUSIONS, MODULES, PROVISION, PUPILS
from kithkin.model.codes import code_set
from kithkin.model.dates import day_number
from kithkin.simulation.agencies.attendance import Week, attendance, draws_table
from kithkin.simulation.agencies.education import education_files, split
from kithkin.simulation.agencies.everyday import STREAMS, everyday_streams
from kithkin.simulation.agencies.pupils import Pupils, care_status, pupils_of
from kithkin.simulation.agencies.school_year import censuses, school_weeks
from kithkin.simulation.agencies.seeing import living
from kithkin.simulation.calendar import NEVER, Calendar, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.services import ServiceSettings
from shared_data import shared_data
from simulation.service_counties import drawn_county

SETTINGS = read_section(ServiceSettings)
SCHOOL = SETTINGS.education
AUTUMN = "2024_autumn"


@cache
def county() -> County:
    return drawn_county(4000)


@cache
def sent() -> dict[str, AgencyFile]:
    return {file.file: file for file in education_files(county(), SETTINGS)}


@cache
def pupils() -> Pupils:
    return pupils_of(county(), SCHOOL, 0)


@cache
def weeks() -> tuple[Week, ...]:
    return tuple(attendance(county(), SCHOOL, pupils()))


def column(file: AgencyFile, name: str) -> np.ndarray:
    return file.column(name).values


def keys(file: AgencyFile) -> list[tuple[int, int]]:
    person = next(each for each in file.columns if each.kind == "person")
    return list(zip(person.values.tolist(), column(file, "NativeId").tolist(), strict=True))


def test_a_school_year_has_a_hundred_and_ninety_days() -> None:
    calendar = Calendar.ending(date(2026, 3, 31), 3, 24)
    whole = [w for w in school_weeks(calendar, SCHOOL.holidays) if w.academic_year == 2024]
    assert sum(week.sessions for week in whole) == pytest.approx(380, abs=6)
    assert {week.monday % 7 for week in whole} == {day_number(date(2024, 9, 2)) % 7}


def test_every_census_received_in_the_window_is_sent_with_each_of_its_modules() -> None:
    stems = {name.split("_", 2)[2] for name in sent()}
    allowed = set(PUPILS) | {f"{m}{end}" for m in MODULES for end in ("onroll", "offroll")}
    assert stems <= allowed
    held = {f"{c.year}_{c.term}" for c in censuses(county().calendar, SCHOOL.census_delay)}
    assert {name.rsplit("_", 1)[0] for name in sent()} == held
    assert len(held) == 9
    for name in ("addressesonroll", "fsmperiodsonroll", "senneedsonroll", "termlyexclusionsonroll",
                 "termlysessiondetailsonroll", "summerhalfterm2sessiondetailsonroll"):  # fmt: skip
        assert len(sent()[f"{AUTUMN}_{name}"]), name


@pytest.mark.parametrize("module", ["pupilonroll", "pupilnolongeronroll", "fsmperiodsonroll",
                                    "termlyexclusionsonroll", "termlysessiondetailsonroll"])  # fmt: skip
def test_columns_have_the_names_of_the_files_that_authorities_receive(module: str) -> None:
    header = shared_data(f"school_census/{AUTUMN}_{module}.csv").read_text().split("\n")[0]
    names = {each.name for each in sent()[f"{AUTUMN}_{module}"].columns}
    assert names - {"youngcarer"} <= set(header.strip().split(","))


def test_codes_are_the_censuses_own() -> None:
    words = {
        "senprovision": set(PROVISION), "category": set(EXCLUSIONS),
        "reason1": {c.code for c in code_set("exclusion_reason").codes},
        "attendancereason": {c.code for c in code_set("attendance_2024").codes},
    }  # fmt: skip
    seen = set()
    for file in sent().values():
        for each in file.columns:
            if each.name in words:
                assert {str(word) for word in each.words} <= words[each.name]
                seen.add(each.name)
    assert seen == set(words)


def test_every_row_of_a_module_joins_a_pupil_of_the_same_census() -> None:
    for name, file in sent().items():
        census, module = name.rsplit("_", 1)
        whole = "pupilonroll" if module.endswith("onroll") else "pupilnolongeronroll"
        if module == "pupilnolongeronroll":
            continue
        assert set(keys(file)) <= set(keys(sent()[f"{census}_{whole}"])), name


def test_termly_totals_are_the_sums_of_the_weeks() -> None:
    file = sent()["2025_spring_pupilonroll"]
    first, last = day_number(date(2024, 9, 1)), day_number(date(2024, 12, 31))
    total = {part: np.zeros(len(pupils())) for part in ("possible", "authorised", "unauthorised")}
    for week in weeks():
        if first <= week.week.monday <= last:
            for part, sums in total.items():
                sums[week.pupil] += getattr(week, part)
    day = day_number(date(2025, 1, 16))
    on = np.flatnonzero((pupils().start <= day) & (pupils().end >= day))
    on = on[np.lexsort((pupils().start[on], pupils().person[on]))]
    listed = np.lexsort((column(file, "entrydate"), file.columns[0].values))
    for part, sums in total.items():
        told = column(file, f"termlysessions{part}")[listed]
        counted = total["possible"][on] > 0
        assert np.array_equal(told[counted], sums[on][counted])
        assert np.isnan(told[~counted]).all()
    assert np.nansum(column(file, "termlysessionsunauthorised")) > 0


def test_sessions_by_code_come_to_the_totals_of_the_pupil() -> None:
    whole, parts = sent()[f"{AUTUMN}_pupilonroll"], sent()[f"{AUTUMN}_termlysessiondetailsonroll"]
    absent = np.nan_to_num(
        column(whole, "termlysessionsauthorised") + column(whole, "termlysessionsunauthorised")
    )
    by_pupil = dict.fromkeys(keys(whole), 0.0)
    for key, sessions in zip(keys(parts), column(parts, "sessions"), strict=True):
        by_pupil[key] += float(sessions)
    assert list(by_pupil.values()) == absent.tolist()


def test_a_part_time_timetable_has_its_code_only_since_there_is_one() -> None:
    def codes(term: str) -> set[str]:
        file = sent()[f"{term}_termlysessiondetailsonroll"]
        words = np.array(file.column("attendancereason").words)
        return set(words[np.unique(column(file, "attendancereason"))])

    assert "C2" not in codes("2024_spring")
    assert "C" in codes("2024_spring")
    assert "C2" in codes("2025_spring")


def test_nobody_misses_more_sessions_than_there_were() -> None:
    for week in weeks():
        assert (week.authorised.astype(int) + week.unauthorised <= week.possible).all()
        assert (week.authorised >= week.suspended).all()
        assert (week.unauthorised >= 0).all()
        assert (week.possible <= week.week.sessions).all()


def test_a_suspension_is_sent_once_and_its_sessions_are_missed_in_its_week() -> None:
    suspended = sum(int(week.suspended.sum()) for week in weeks())
    assert suspended == sum(int(week.suspensions.sessions.sum()) for week in weeks()) > 0
    rows = [
        (key, int(start), float(sessions))
        for name, file in sent().items() if "exclusions" in name
        for key, start, sessions in zip(
            keys(file), column(file, "startdate"), column(file, "sessions"), strict=True
        )
    ]  # fmt: skip
    assert len(rows) == len(set(rows)) > 0
    for week in weeks():
        last = week.week.monday + week.week.sessions // 2 - 1
        ends = week.suspensions.start + (week.suspensions.sessions + 1) // 2 - 1
        assert (ends <= last).all()


def test_attendance_is_the_same_whichever_pupils_it_is_asked_for() -> None:
    late = county().calendar.ends - 364
    fewer = pupils_of(county(), SCHOOL, late)
    after = [w for w in attendance(county(), SCHOOL, fewer) if w.week.monday >= late]
    before = [w for w in weeks() if w.week.monday >= late]
    for a, b in zip(after, before, strict=True):
        assert np.array_equal(a.authorised, b.authorised)
        assert np.array_equal(fewer.person[a.pupil], pupils().person[b.pupil])
    all_of_them = np.flatnonzero(pupils().end >= late)
    assert np.array_equal(fewer.meals_from, pupils().meals_from[all_of_them])


def test_shares_of_meals_support_and_plans_are_as_set() -> None:
    day = county().calendar.ends
    on = (pupils().start <= day) & (pupils().end >= day)
    meals = ((pupils().meals_from <= day) & (pupils().meals_to > day))[on].mean()
    assert meals == pytest.approx(SCHOOL.free_meals, abs=0.09)  # families share it: few draws
    assert (pupils().support_from[on] <= day).mean() == pytest.approx(SCHOOL.support, abs=0.05)
    assert (pupils().plan_from[on] <= day).mean() == pytest.approx(SCHOOL.plan, abs=0.03)


def test_children_in_need_and_of_poor_homes_miss_more() -> None:
    def share(effects: dict[str, float]) -> float:
        values = SCHOOL.absence_effects.model_copy(update=effects)
        changed = SCHOOL.model_copy(update={"absence_effects": values})
        status = care_status(county(), county().calendar.opens + 200)[pupils().person] > 0
        missed, possible = 0, 0
        for week in attendance(county(), changed, pupils()):
            mine = status[week.pupil]
            missed += int(week.authorised[mine].sum() + week.unauthorised[mine].sum())
            possible += int(week.possible[mine].sum())
        return missed / possible

    usual = share({})
    assert 0.03 < usual < 0.4
    assert share({"in_need": 2.0, "protection": 2.0, "looked_after": 2.0}) > 1.1 * usual
    assert share({"poor": 2.5}) > 1.1 * usual


def test_draws_of_a_week_have_the_mean_that_they_are_asked_for() -> None:
    draws = draws_table(0.35).reshape(256, -1)
    share = np.exp(np.linspace(-7, -0.03, 256))
    assert draws.mean(axis=1) / 10 == pytest.approx(share, abs=0.004)
    assert (np.diff(draws.mean(axis=1)) >= 0).all()


def test_splitting_keeps_the_total_and_follows_the_shares() -> None:
    total = np.full(4000, 7, dtype=np.int16)
    draw = np.random.default_rng(1).random(4000).astype(np.float32)
    given = split(total, {"a": 0.6, "b": 0.3, "c": 0.1}, draw)
    assert (given.sum(axis=1) == 7).all()
    assert (given >= 0).all()
    assert given.mean(axis=0) / 7 == pytest.approx([0.6, 0.3, 0.1], abs=0.01)


def test_a_move_into_a_referral_unit_is_a_permanent_exclusion_when_all_such_are() -> None:
    usual = county()
    enrolments, schools = usual.world.enrolments, usual.world.schools
    unit = len(schools) - 1
    phase = schools.phase.copy()
    phase[unit] = 4
    day = day_number(date(2024, 11, 12))
    there = (enrolments.start < day) & (enrolments.end > day + 400) & (enrolments.school != unit)
    there = np.flatnonzero(there)[:3]
    moved, end = enrolments.person[there], enrolments.end.copy()
    end[there] = day
    joined = replace(
        enrolments,
        person=np.append(enrolments.person, moved),
        school=np.append(enrolments.school, np.full(3, unit, np.int32)),
        start=np.append(enrolments.start, np.full(3, day + 10, np.int32)),
        end=np.append(end, np.full(3, NEVER, np.int32)),
        form=np.append(enrolments.form, np.zeros(3, np.int8)),
    )
    world = replace(usual.world, enrolments=joined, schools=replace(schools, phase=phase))
    always = SCHOOL.model_copy(update={"exclusion_on_move": 1.0})
    chosen = SETTINGS.model_copy(update={"education": always})
    found = []
    for file in education_files(replace(usual, world=world), chosen):
        if "exclusions" in file.file:
            permanent = np.array(file.column("category").words)[column(file, "category")] == "PERM"
            person = next(each for each in file.columns if each.kind == "person").values
            found += person[permanent & (column(file, "startdate") == day)].tolist()
    assert sorted(found) == sorted(moved.tolist())


# --- everyday -------------------------------------------------------------------------------------


@cache
def streams() -> dict[str, pa.Table]:
    return {
        name: pa.Table.from_batches(list(batches), schema=STREAMS[name])
        for name, batches in everyday_streams(county(), SETTINGS)
    }


def test_streams_have_their_columns_and_lie_in_the_window() -> None:
    calendar = county().calendar
    assert set(streams()) == set(STREAMS)
    for name, rows in streams().items():
        day = "week" if name == "attendance" else "day"
        if name != "not_in_education":
            days = rows[day].cast(pa.int32()).to_numpy()
            assert days.min() >= calendar.opens
            assert days.max() <= calendar.ends
            assert len(rows) > 0


def test_the_weekly_stream_is_what_the_census_adds_up() -> None:
    rows, opens = streams()["attendance"], county().calendar.opens
    for part in ("possible", "authorised", "unauthorised"):
        total = sum(int(getattr(w, part).sum()) for w in weeks() if w.week.monday >= opens)
        assert rows[part].to_numpy().astype(int).sum() == total


def test_people_consult_and_come_to_hospital_as_often_as_set_for_their_age() -> None:
    calendar, people = county().calendar, county().world.people
    age = whole_years(people.born, calendar.opens + 500)
    everyone = np.arange(len(people), dtype=np.int32)
    stayed = living(county(), everyone, calendar.opens) & living(county(), everyone, calendar.ends)
    adults = (age >= 45) & (age < 55) & stayed
    for name, rates in (
        ("consultations", SETTINGS.everyday.consultations),
        ("emergencies", SETTINGS.everyday.emergencies),
    ):
        person = streams()[name]["person"].to_numpy()
        a_year = np.bincount(person, minlength=len(people))[adults].mean() / 3
        usual = np.average(rates[7:10], weights=[0.1, 0.8, 0.1])
        assert a_year == pytest.approx(usual, rel=0.15)


def test_nobody_consults_before_birth_or_after_death() -> None:
    usual = county()
    died = usual.world.people.died.copy()
    died[:500] = usual.calendar.opens + 40
    gone = replace(usual, world=replace(usual.world, people=replace(usual.world.people, died=died)))
    for name, batches in everyday_streams(gone, SETTINGS):
        if name == "consultations":
            rows = pa.Table.from_batches(list(batches))
            person, day = rows["person"].to_numpy(), rows["day"].cast(pa.int32()).to_numpy()
            month_after = usual.calendar.opens + 75
            assert not ((person < 500) & (day > month_after)).any()
            assert (usual.world.people.born[person] <= day).all()


def test_rent_is_told_of_every_social_tenancy_each_month_and_of_some_arrears() -> None:
    rows = streams()["rent"]
    weeks_owed = rows["weeks"].to_numpy()
    assert len(rows.group_by("day").aggregate([])) == 36
    assert 0.05 < (weeks_owed > 0).mean() < 0.6
    assert 0.005 < (weeks_owed > SETTINGS.housing.notice_weeks).mean() < 0.15


def test_young_people_out_of_education_are_sixteen_to_eighteen_and_about_as_many_as_set() -> None:
    rows, calendar = streams()["not_in_education"], county().calendar
    people = county().world.people
    person = rows["person"].to_numpy()
    start = rows["started"].cast(pa.int32()).to_numpy()
    end = rows["ended"].cast(pa.int32()).to_numpy()
    age = whole_years(people.born[person], start)
    assert ((age >= 16) & (age <= 18)).all()
    days = range(calendar.opens, calendar.ends, 90)
    everyone = np.arange(len(people), dtype=np.int32)
    out = sum(int(((start <= d) & (end >= d)).sum()) for d in days)
    of_age = sum(
        int((np.isin(whole_years(people.born, d), (16, 17)) & living(county(), everyone, d)).sum())
        for d in days
    )
    assert out / of_age == pytest.approx(SCHOOL.neet, abs=0.035)


def test_a_stream_is_the_same_whether_or_not_the_others_were_drawn() -> None:
    for name, batches in everyday_streams(county(), SETTINGS):
        if name in ("emergencies", "rent"):
            assert pa.Table.from_batches(list(batches)).equals(streams()[name])


def test_the_same_seed_gives_the_same_weeks_and_another_seed_others() -> None:
    def absences(seed: int) -> np.ndarray:
        drawn = drawn_county(800, seed=seed)
        given = attendance(drawn, SCHOOL, pupils_of(drawn, SCHOOL, 0))
        return np.concatenate([week.authorised for week in given])

    assert np.array_equal(absences(5), absences(5))
    assert absences(5).tolist() != absences(6).tolist()
