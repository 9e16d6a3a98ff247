"""What police learn of, and what youth justice and panels make of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from kithkin.simulation.agencies.homes import Homes, deprivation
from kithkin.simulation.agencies.partners import partner_files
from kithkin.simulation.agencies.police import police_files
from kithkin.simulation.agencies.police_intelligence import CONDITIONS, GRADES, Reports, reports
from kithkin.simulation.agencies.police_offences import NO_CRIME, Offences
from kithkin.simulation.agencies.police_people import CHARGED, SUSPECT
from kithkin.simulation.agencies.police_rates import population
from kithkin.simulation.agencies.police_recorded import Learnt, learn
from kithkin.simulation.agencies.police_seen import Seen, seen_by_police
from kithkin.simulation.agencies.seeing import Watch, child_state, living
from kithkin.simulation.agencies.youth_justice import youth_justice_files
from kithkin.simulation.calendar import NEVER, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings import SettingsError, read_section
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import ETHNICITIES
from simulation.justice_counties import justice_county, with_police_contacts

SETTINGS = read_section(JusticeSettings)


@cache
def county() -> County:
    return justice_county(6000, each=6)


@cache
def police() -> dict[str, AgencyFile]:
    return {file.file: file for file in police_files(county(), SETTINGS)}


def seen(of: County, settings: JusticeSettings = SETTINGS) -> Seen:
    return seen_by_police(of, settings, Watch(of))


def learnt(of: County) -> Learnt:
    return learn(of, SETTINGS, Watch(of))


# --- help, knobs and delays -----------------------------------------------------------------------


def test_what_help_prevents_is_not_recorded_and_the_rest_is_as_it_was() -> None:
    whole = county()
    survives = np.arange(len(whole.happenings)) % 2 == 0
    helped = replace(whole, care=replace(whole.care, survives=survives))
    before, after = seen(whole), seen(helped)
    assert not np.isin(after.happening, np.flatnonzero(~survives)).any()
    np.testing.assert_array_equal(after.happening, before.happening[survives[before.happening]])


def test_a_happening_that_police_always_see_is_an_occurrence_and_one_prevented_is_not() -> None:
    of = justice_county(2000, kinds=("weapon_found",), each=2)
    always = SETTINGS.happenings["weapon_found"].model_copy(update={"seen": 1.0, "by_severity": 0})
    settings = SETTINGS.model_copy(
        update={"happenings": {"weapon_found": always}, "background": {}}
    )
    happened = of.happenings.day >= of.calendar.opens
    none = replace(of, care=replace(of.care, survives=np.zeros(len(happened), dtype=bool)))
    marked = [
        int((np.array([*column.words, ""])[column.values] != "").sum())
        for each in (of, none)
        for file in police_files(each, settings)
        if file.file == "occurrence"
        for column in [file.column("markers")]
    ]
    assert marked[0] > 0.6 * happened.sum()
    assert marked[1] == 0


def test_surveillance_of_areas_raises_what_is_recorded_in_deprived_areas_only() -> None:
    usual, watched = (justice_county(6000, each=4, surveillance_area=x) for x in (0.0, 1.0))
    home = Homes(usual.world)

    def recorded(of: County) -> tuple[int, int]:
        found = seen(of)
        z = deprivation(of.world, home.address(found.person, found.day))
        return int((z > 0.3).sum()), int((z < -0.3).sum())

    (poor, well_off), (poor_watched, well_off_watched) = recorded(usual), recorded(watched)
    assert poor_watched > 1.2 * poor
    assert well_off_watched <= well_off


def test_surveillance_of_groups_raises_what_is_recorded_of_minorities_only() -> None:
    usual, watched = (justice_county(6000, each=4, surveillance_group=x) for x in (0.0, 1.5))
    white = ETHNICITIES.index("WBRI")

    def recorded(of: County) -> tuple[int, int]:
        majority = of.world.people.ethnicity[seen(of).person] == white
        return int((~majority).sum()), int(majority.sum())

    (minority, majority), (minority_watched, majority_watched) = recorded(usual), recorded(watched)
    assert minority_watched > 1.5 * minority
    assert majority_watched == majority


def test_without_delays_everything_seen_is_known_on_its_day() -> None:
    found = seen(justice_county(2000, delays=0.0))
    np.testing.assert_array_equal(found.known, found.day)
    slow = seen(justice_county(2000, delays=3.0))
    usual = seen(justice_county(2000))
    assert (slow.known - slow.day).mean() > 2 * (usual.known - usual.day).mean() > 0


def test_graver_happenings_are_seen_more_often() -> None:
    found, happened = seen(county()), county().happenings
    share = [(found.severity == s).sum() / (happened.severity == s).sum() for s in (1, 3, 5)]
    assert share[0] < share[1] < share[2]


# --- notices --------------------------------------------------------------------------------------


def test_a_contact_that_police_made_stands_on_a_notice_of_that_day() -> None:
    of = county()
    calendar = of.calendar
    quiet = of.happenings.kind == HAPPENINGS.index("child_not_brought")  # police never see these
    late = (of.happenings.day > calendar.opens) & (of.happenings.day < calendar.ends - 10)
    rows = np.flatnonzero(quiet & late)[:20].tolist()
    told = with_police_contacts(of, rows, days_later=3)
    assert not np.isin(rows, seen(of).happening).any()
    assert np.isin(rows, seen(told).happening).all()
    notice = next(f for f in police_files(told, SETTINGS) if f.file == "vulnerability_notice")
    child, shared = notice.column("nominal_id").values, notice.column("shared_on").values
    contacts = told.care.contacts
    for who, on in zip(contacts.child, contacts.day, strict=True):
        assert ((child == who) & (shared == on)).any(), who


def test_schools_are_told_on_a_weekday_after_the_report() -> None:
    told = police()["encompass"].known
    assert set(((told + 3) % 7).tolist()) <= {0, 1, 2, 3, 4}  # day 0 of 1970 was a Thursday
    born = county().world.people.born[police()["encompass"].column("nominal_id").values]
    assert (whole_years(born, told) <= 19).all()


# --- roles and codes ------------------------------------------------------------------------------


def test_no_child_under_ten_is_a_suspect_or_charged() -> None:
    people = police()["occurrence_person"]
    role, age = people.column("role"), people.column("age").values
    blamed = np.isin(role.values, [SUSPECT, CHARGED])
    assert blamed.any()
    assert age[blamed].min() >= 10
    assert (age[~blamed] < 10).any()


def test_nobody_is_charged_without_a_crime_or_before_the_report() -> None:
    made = learnt(county())
    charged = made.involved.charged < NEVER
    of = made.involved.occurrence[charged]
    assert charged.any()
    assert (made.occurrences.code[of] != NO_CRIME).all()
    assert (made.involved.charged[charged] >= made.seen.known[of]).all()


def test_codes_of_sexual_offences_follow_the_victims_sex_and_age() -> None:
    offences = Offences(SETTINGS)
    rape = offences.drawn({"rape": 1.0}, np.zeros(6, dtype=np.float32))
    sex = np.array([0, 0, 0, 1, 1, 1], dtype=np.int8)
    age = np.array([12, 13, 16, 12, 15, 40], dtype=np.int16)
    codes = [offences.codes[i] for i in offences.settled(rape, sex, age)]
    assert codes == ["19E", "19D", "19C", "19H", "19G", "19F"]
    theft = offences.drawn({"46": 1.0}, np.zeros(1, dtype=np.float32))
    assert [offences.codes[i] for i in offences.settled(theft, sex[:1], age[:1])] == ["46"]


@pytest.mark.parametrize("each", [0, 1])
def test_recorded_crime_comes_to_the_published_rates_with_few_happenings_or_none(
    each: int,
) -> None:
    of = justice_county(20_000, kinds=("domestic_assault", "theft"), each=each)
    few = np.arange(len(of.happenings)) % 10 < 2
    of = replace(of, care=replace(of.care, survives=few))
    file = next(file for file in police_files(of, SETTINGS) if file.file == "occurrence")
    code = file.column("ho_code")
    subgroup = Offences(SETTINGS).subgroup
    of_word = np.array([subgroup[word] for word in code.words] + [""])
    found = of_word[code.values]
    years = 2
    people = population(of) / 1000 * years
    for name in ("violence_with_injury", "violence_without_injury", "stalking_and_harassment"):
        how = SETTINGS.background[name]
        rate = np.isin(found, how.subgroups).sum() / people
        assert rate == pytest.approx(how.published, rel=0.15), name
    assert (code.values >= 0).sum() / people == pytest.approx(84.6, rel=0.15)
    domestic = file.column("domestic_abuse").values & (code.values >= 0)
    assert domestic.sum() / people == pytest.approx(13.5, rel=0.2)


# --- intelligence ---------------------------------------------------------------------------------


@cache
def found() -> Reports:
    return reports(county(), SETTINGS, Watch(county()))


def test_intelligence_of_nothing_exists_and_is_marked_in_the_countys_truth() -> None:
    nothing = ~found().founded
    assert 0.1 < nothing.mean() < 0.5
    for condition in CONDITIONS:
        state = child_state(county(), condition, found().person[nothing], found().day[nothing])
        assert not state.any(), condition
    empty = np.setdiff1d(found().report[nothing], found().report[~nothing])
    assert 0.1 < len(empty) / len(np.unique(found().report)) < 0.5


def test_intelligence_of_nothing_is_seldom_graded_reliable_and_is_sent_like_any_other() -> None:
    reliable = found().grade == GRADES.index("reliable")
    assert reliable[~found().founded].mean() < reliable[found().founded].mean()
    file = police()["intelligence"]
    assert 0.9 * len(found()) < len(file) <= len(found())
    assert "founded" not in {column.name for column in file.columns}


def test_exploited_children_are_named_in_intelligence_as_victims_subjects_and_suspects() -> None:
    role = police()["intelligence"].column("role")
    assert {role.words[i] for i in np.unique(role.values)} == {"subject", "suspect", "victim"}


# --- youth justice and panels ---------------------------------------------------------------------


@cache
def youths() -> County:
    return justice_county(4000, kinds=("weapon_found", "drug_possession", "theft"), each=6)


@cache
def youth_justice() -> dict[str, AgencyFile]:
    changed = SETTINGS.youth_justice.model_copy(update={"entrants_per_100000": 2000})
    settings = SETTINGS.model_copy(update={"youth_justice": changed})
    return {file.file: file for file in youth_justice_files(youths(), settings)}


def test_youth_justice_knows_only_children_whom_police_charged() -> None:
    involved = learnt(youths()).involved
    young = (involved.age >= 10) & (involved.age < 18) & (involved.charged < NEVER)
    for name, file in youth_justice().items():
        assert np.isin(file.column("person_id").values, involved.person[young]).all(), name


def test_a_child_is_a_first_time_entrant_once_and_never_by_a_diversion() -> None:
    file = youth_justice()["outcome"]
    first = file.column("first_time_entrant").values
    entrants = file.column("person_id").values[first]
    assert len(entrants) > 2
    assert len(np.unique(entrants)) == len(entrants)
    disposal = file.column("disposal")
    names = np.array(disposal.words)[disposal.values]
    assert set(names[first]) <= set(SETTINGS.youth_justice.formal)


@pytest.mark.parametrize("published", [500, 1500])
def test_entrants_are_as_many_as_published_and_the_rest_are_diverted(published: int) -> None:
    changed = SETTINGS.youth_justice.model_copy(update={"entrants_per_100000": published})
    settings = SETTINGS.model_copy(update={"youth_justice": changed})
    file = next(file for file in youth_justice_files(youths(), settings) if file.file == "outcome")
    first = file.column("first_time_entrant").values.sum()
    middle = (youths().calendar.opens + youths().calendar.ends) // 2
    age = whole_years(youths().world.people.born, middle)
    here = living(youths(), np.arange(len(age), dtype=np.int32), middle)
    wanted = published / 100_000 * ((age >= 10) & (age < 18) & here).sum() * 2
    assert abs(first - wanted) < 3 * np.sqrt(wanted)
    assert len(file) > 1.5 * first


def test_a_child_has_one_worker_whose_number_and_address_lead_nowhere() -> None:
    order = youth_justice()["order"]
    child, worker = order.column("person_id").values, order.column("worker_name").values
    assert len(np.unique(np.stack([child, worker]), axis=1).T) == len(np.unique(child))
    phones = order.column("worker_phone").words.to_pylist()
    assert all(phone.startswith("01632 960") and len(phone) == 12 for phone in phones)
    mails = order.column("worker_email").words.to_pylist()
    assert all(mail.endswith("@example.org") and mail.count("@") == 1 for mail in mails)


@cache
def partners() -> dict[str, AgencyFile]:
    return {file.file: file for file in partner_files(county(), SETTINGS)}


def test_cases_heard_have_a_victim_and_children_are_never_suspects() -> None:
    of = justice_county(2000, kinds=("domestic_assault",), each=3)
    marac = next(file for file in partner_files(of, SETTINGS) if file.file == "marac")
    role, case = marac.column("role"), marac.column("case_id").values
    born = of.world.people.born[marac.column("person_id").values]
    young = whole_years(born, marac.known) < 17
    assert (role.values == role.words.index("child")).any()
    assert set(np.unique(role.values[young])) <= {role.words.index("child"), 0}
    assert len(np.unique(case)) < len(case)


def test_probation_is_of_adults_only() -> None:
    file = partners()["probation"]
    born = county().world.people.born[file.column("person_id").values]
    assert whole_years(born, file.column("started_on").values).min() >= 18


def test_severely_exploited_children_score_higher_when_screened() -> None:
    file = partners()["exploitation"]
    screened = file.column("record_type").values < 0
    who, on = file.column("person_id").values[screened], file.known[screened]
    score = file.column("screening_score").values[screened]
    severe = child_state(county(), "sexual_exploitation", who, on) == 3
    severe |= child_state(county(), "criminal_exploitation", who, on) == 3
    assert severe.any()
    assert (~severe).any()
    assert score[severe].mean() > score[~severe].mean() + 5


# --- settings -------------------------------------------------------------------------------------


def test_an_unknown_kind_of_happening_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="no kind of happening is called burglary"):
        read_section(JusticeSettings, changes={"happenings": {"burglary": {"seen": 0.1}}})


def test_a_crime_without_a_code_is_refused() -> None:
    with pytest.raises(SettingsError, match="no offences are given"):
        read_section(JusticeSettings, changes={"happenings": {"theft": {"seen": 1, "crime": 0.5}}})


def test_an_order_of_no_disposal_is_refused_by_name() -> None:
    how = SETTINGS.youth_justice.model_dump() | {"custodial": ["borstal"]}
    with pytest.raises(SettingsError, match="borstal: not among the disposals"):
        read_section(JusticeSettings, changes={"youth_justice": how})
