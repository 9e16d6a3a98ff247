"""What stands on a person for a while: flags and orders; and encounters where people meet."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.justice_rows import Mask, chance, draw, logit, sent, within
from kithkin.simulation.agencies.police_absent import Absent, often_missing, weapon_offence
from kithkin.simulation.agencies.police_intelligence import DAYS_IN_MONTH, months_in
from kithkin.simulation.agencies.police_people import ADULT_FROM, RESPONSIBLE_FROM, SUSPECT
from kithkin.simulation.agencies.police_recorded import Recorded
from kithkin.simulation.agencies.seeing import YEAR, Watch, living
from kithkin.simulation.agencies.tables import day, person, word, yes_no
from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import GROUP_KINDS, NOBODY, SEXES, Index

FLAGS = (
    "cse", "cce", "gang", "ocg", "habitual missing", "registered sex offender",
    "registered violent offender", "risk to children", "weapons",
)  # fmt: skip
PROTECTIVE = (
    "domestic violence protection order", "non-molestation order", "restraining order",
    "bail conditions",
)  # fmt: skip
PROTECTIVE_WEIGHTS = (0.2, 0.25, 0.25, 0.3)
MANAGED = (
    "acceptable behaviour contract", "community protection warning",
    "community protection notice", "injunction", "criminal behaviour order",
)  # fmt: skip
MANAGED_WEIGHTS = (0.4, 0.35, 0.15, 0.05, 0.05)
HARM_TO_CHILDREN = (
    "physical_harm", "sexual_harm_in_family", "sexual_offence", "sexual_exploitation_sign",
)  # fmt: skip
AGES_MET = (10, 35)
Flagged = tuple[Index, npt.NDArray[np.int8], Days, Days]
"""Person, position in FLAGS, first and last day."""


# --- flags ----------------------------------------------------------------------------------------


def flag_file(
    county: County, settings: JusticeSettings, recorded: Recorded, absent: Absent, watch: Watch
) -> AgencyFile:
    """Give the flags that police put on persons, a flag once a person."""
    parts = [
        early_flags(county, settings, watch),
        _often_missing(settings, absent),
        _registered(county, settings),
        _risk_to_children(county, settings, recorded),
        _armed(county, settings, recorded),
    ]
    who, flag, start, end = (np.concatenate(each) for each in zip(*parts, strict=True))
    columns = [
        person("nominal_id", who),
        word("flag", flag, FLAGS),
        day("flagged_from", start),
        day("flagged_to", end),
    ]
    return sent(county, "police", "flags", start, columns, ("flag_id", "FL"))


def early_flags(county: County, settings: JusticeSettings, watch: Watch) -> Flagged:
    """Give the flags that follow from no occurrence: of those exploited, and of members of groups."""
    parts = [
        _exploited(county, settings, watch, "sexual_exploitation", "cse"),
        _exploited(county, settings, watch, "criminal_exploitation", "cce"),
        _grouped(county, settings, "street", "gang", settings.police.flags.street_member),
        _grouped(county, settings, "organised", "ocg", settings.police.flags.organised_member),
    ]
    who, flag, start, end = (np.concatenate(each) for each in zip(*parts, strict=True))
    return who, flag, start, end


def _flagged(flag: str, who: Index, start: Days, end: Days | int) -> Flagged:
    ends = np.broadcast_to(np.asarray(end, dtype=np.int32), start.shape)
    which = np.full(len(who), FLAGS.index(flag), dtype=np.int8)
    return who.astype(np.int32), which, start.astype(np.int32), ends


def _exploited(
    county: County, settings: JusticeSettings, watch: Watch, condition: str, flag: str
) -> Flagged:
    """Flag children in the first month in which police notice what is done to them."""
    rng = county.streams.of("police", "flag", flag)
    how = settings.police.flags
    month, child, state = months_in(county, condition)
    who = county.lives.children[child]
    on = county.calendar.month_starts[month] + rng.integers(0, DAYS_IN_MONTH, len(month))
    odds = logit(np.asarray(how.exploited_monthly)[state - 1]) + watch.odds(who, on)
    rows = np.flatnonzero((rng.random(len(who)) < chance(odds)) & living(county, who, on))
    people, first = np.unique(who[rows], return_index=True)
    start = on[rows][first]
    return _flagged(flag, people, start, start + _lasting(how.lasts_days, len(people), rng))


def _lasting(median: float, rows: int, rng: np.random.Generator) -> Days:
    return (1 + median * np.exp(rng.normal(0, 0.5, rows))).astype(np.int32)


def _grouped(
    county: County, settings: JusticeSettings, kind: str, flag: str, share: float
) -> Flagged:
    rng = county.streams.of("police", "flag", flag)
    world, how = county.world, settings.police.flags
    belongs = world.memberships
    ours = world.groups.kind[belongs.group] == GROUP_KINDS.index(kind)
    rows = np.flatnonzero(ours & (rng.random(len(belongs)) < share))
    begun = np.maximum(belongs.start[rows], county.calendar.opens)
    start = begun + rng.integers(0, 365, len(rows)).astype(np.int32)
    end = start + _lasting(how.lasts_days, len(rows), rng)
    grown = whole_years(world.people.born[belongs.person[rows]], start) >= RESPONSIBLE_FROM
    fits = grown & (start <= belongs.end[rows]) & living(county, belongs.person[rows], start)
    people, first = np.unique(belongs.person[rows][fits], return_index=True)
    return _flagged(flag, people, start[fits][first], end[fits][first])


def _often_missing(settings: JusticeSettings, absent: Absent) -> Flagged:
    who, on = often_missing(absent, settings.police.flags.missing_reports)
    return _flagged("habitual missing", who, on, on + int(settings.police.flags.lasts_days))


def _registered(county: County, settings: JusticeSettings) -> Flagged:
    """Flag registered offenders, mostly men; nobody's later life follows from it."""
    rng = county.streams.of("police", "flag", "registered")
    people, calendar = county.world.people, county.calendar
    grown = whole_years(people.born, calendar.opens) >= ADULT_FROM
    share = settings.police.flags.registered_per_1000 / 1000
    man = people.sex == SEXES.index("M")
    chosen = grown & (rng.random(len(people)) < np.where(man, 1.9, 0.1) * share)
    who = np.flatnonzero(chosen).astype(np.int32)
    start = rng.integers(calendar.opens, calendar.ends + 1, len(who)).astype(np.int32)
    here = living(county, who, start)
    sexual = rng.random(len(who)) < 0.75
    flag = np.where(
        sexual, FLAGS.index("registered sex offender"), FLAGS.index("registered violent offender")
    )
    forever = np.full(len(who), NEVER, dtype=np.int32)
    return who[here], flag.astype(np.int8)[here], start[here], forever[here]


def _risk_to_children(county: County, settings: JusticeSettings, recorded: Recorded) -> Flagged:
    learnt = recorded.learnt
    kinds = [HAPPENINGS.index(kind) for kind in HARM_TO_CHILDREN]
    people = learnt.involved
    rows = np.flatnonzero(
        (people.role == SUSPECT)
        & (people.age >= ADULT_FROM)
        & np.isin(learnt.seen.kind[people.occurrence], kinds)
    )
    luck = county.streams.of("police", "flag", "risk").random(len(rows))
    rows = rows[luck < settings.police.flags.risk_to_children]
    rows = rows[np.argsort(learnt.seen.known[people.occurrence[rows]], kind="stable")]
    who, first = np.unique(people.person[rows], return_index=True)
    return _flagged(
        "risk to children", who, learnt.seen.known[people.occurrence[rows]][first], NEVER
    )


def _armed(county: County, settings: JusticeSettings, recorded: Recorded) -> Flagged:
    """Warn of adults who were suspected of carrying a weapon."""
    people, table = recorded.involved, recorded.occurrences
    rows = np.flatnonzero((people.role == SUSPECT) & (people.age >= ADULT_FROM))
    rows = rows[weapon_offence(recorded, people.occurrence[rows])]
    luck = county.streams.of("police", "flag", "weapons").random(len(rows))
    rows = rows[luck < settings.police.flags.weapons]
    # occurrences are in order of record, so that the first row is the earliest
    rows = rows[np.argsort(people.occurrence[rows], kind="stable")]
    who, first = np.unique(people.person[rows], return_index=True)
    return _flagged("weapons", who, table.known[people.occurrence[rows]][first], NEVER)


# --- orders ---------------------------------------------------------------------------------------


def order_file(county: County, settings: JusticeSettings, recorded: Recorded) -> AgencyFile:
    """Give protective orders on suspects of domestic crime, and antisocial behaviour management."""
    people, table = recorded.involved, recorded.occurrences
    how, rng = settings.police.orders, county.streams.of("police", "orders")
    suspect = (people.role == SUSPECT) & (people.age >= RESPONSIBLE_FROM)
    domestic = table.domestic[people.occurrence] & (people.age >= ADULT_FROM)
    nuisance = table.antisocial[people.occurrence]
    share = np.where(domestic, how.protective, np.where(nuisance, how.antisocial, 0))
    rows = np.flatnonzero(suspect & (rng.random(len(share)) < share))
    granted = table.known[people.occurrence[rows]] + rng.integers(2, 60, len(rows))
    ends = granted + _lasting(how.median_days, len(rows), rng)
    breached = rng.random(len(rows)) < how.breached
    during = granted + (rng.random(len(rows)) * (ends - granted)).astype(np.int32)
    luck = rng.random(len(rows), dtype=np.float32)
    kind = np.where(
        domestic[rows],
        draw(PROTECTIVE_WEIGHTS, luck),
        len(PROTECTIVE) + draw(MANAGED_WEIGHTS, luck),
    )
    columns = [
        person("nominal_id", people.person[rows]),
        word("order_type", kind.astype(np.int8), (*PROTECTIVE, *MANAGED)),
        day("granted_on", granted),
        day("ends_on", ends),
        day("breached_on", np.where(breached, during, NEVER)),
    ]
    # an order says on what day it will end
    return sent(
        county, "police", "orders", granted.astype(np.int32), columns, ("order_id", "ORD"),
        planned=("ends_on",),
    )  # fmt: skip


# --- encounters -----------------------------------------------------------------------------------


def encounter_file(
    county: County, settings: JusticeSettings, recorded: Recorded, watch: Watch
) -> AgencyFile:
    """Give encounters: with those seen in the open, and stops of those who frequent places."""
    how, rng = settings.police.encounters, county.streams.of("police", "encounters")
    met, place, on = _stops(county, settings, watch, rng)
    seen = recorded.learnt.seen
    share = np.array([how.met.get(kind, 0.0) for kind in HAPPENINGS])[seen.kind]
    luck = county.streams.of("police", "encounters", "met").random(len(share))
    rows = np.flatnonzero((luck < share) & (seen.place >= 0) & within(seen.day, county))
    met = np.concatenate([seen.person[rows], met])
    place = np.concatenate([seen.place[rows], place])
    on = np.concatenate([seen.day[rows], on])
    night = rng.random(len(met)) < how.at_night
    columns = [
        person("nominal_id", met),
        day("encountered_on", on),
        yes_no("at_night", night),
        yes_no("high_harm_place", _high_harm(county, settings, place)),
    ]
    return sent(county, "police", "encounters", on, columns, ("encounter_id", "EN"))


def _high_harm(county: County, settings: JusticeSettings, place: Index) -> Mask:
    listed = county.world.places.danger >= settings.police.encounters.high_harm_danger
    if not len(listed):
        return np.zeros(len(place), dtype=bool)
    return np.where(place == NOBODY, False, listed[place])


def _stops(
    county: County, settings: JusticeSettings, watch: Watch, rng: np.random.Generator
) -> tuple[Index, Index, Days]:
    world, calendar = county.world, county.calendar
    middle = (calendar.opens + calendar.ends) // 2
    age = whole_years(world.people.born, middle)
    young = (age >= AGES_MET[0]) & (age < AGES_MET[1])
    years = (calendar.ends - calendar.opens + 1) / YEAR
    count = rng.poisson(settings.police.encounters.per_1000 * young.sum() / 1000 * years)
    visits = np.flatnonzero(young[world.haunts.person])
    if not len(visits):
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32)
    who, where = world.haunts.person[visits], world.haunts.place[visits]
    opens = np.full(len(who), calendar.opens, dtype=np.int32)
    child = settings.police.encounters.child
    often = np.where(age[who] < ADULT_FROM, child / _share(age[who] < ADULT_FROM), (1 - child))
    often = often * np.exp(world.places.danger[where] + watch.odds(who, opens))
    chosen = draw(often, rng.random(count, dtype=np.float32))
    on = rng.integers(calendar.opens, calendar.ends + 1, count).astype(np.int32)
    old_enough = whole_years(world.people.born[who[chosen]], on) >= RESPONSIBLE_FROM
    here = living(county, who[chosen], on) & old_enough
    return who[chosen][here], where[chosen][here], on[here]


def _share(mask: Mask) -> float:
    """Give the odds of the mask: its share over the rest's, kept away from nothing."""
    share = float(np.clip(mask.mean(), 0.01, 0.99))
    return share / (1 - share)
