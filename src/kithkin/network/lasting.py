"""Ties by what lasts: a home shared, a relationship stated, a place to which both belong.

How many people share a home or a place is counted for the day on which the tie became known, by
what was known on that day, so that it stays what it was whatever happens later.

Every expression here runs alike on DuckDB and Spark.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pyarrow as pa

from kithkin.engine import Engine
from kithkin.indicators.facts import bit_or
from kithkin.indicators.parts import EVER, CodedParts, Sources
from kithkin.model import dates
from kithkin.network.rules import NO_GRADE, Rules
from kithkin.policy.networks import HouseholdTie, MembershipTie, RelationshipTie

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts

BEFORE = -(2**30)  # the start of a stay that began before anything recorded


def _day(column: Any) -> Any:
    return column.delta(ibis.date("1970-01-01"), unit="day").cast("int32")


def _never(column: Any) -> Any:
    return _day(column).fill_null(EVER)


def _ties(rows: Table, rule: int) -> Table:
    """Complete the columns of evidence for a rule whose ties no kind of event makes."""
    return rows.mutate(
        rule=ibis.literal(rule, "int16"),
        grade=ibis.literal(NO_GRADE),
        proven=ibis.literal(NO_GRADE),
        people_proven=rows.people,
        direction=ibis.literal(0),
    )


def _too_many(rows: Table, rule: int) -> Table:
    """Give the columns that `left_out_occasions` asks for: a row a place and number of people."""
    places = rows.group_by(["occasion", "known", "superseded", "people"]).aggregate(
        occurred=rows.occurred.max()
    )
    return places.mutate(
        rule=ibis.literal(rule),
        on_first=places.people,
        on_other=places.people,
        on_both=places.people,
        grade=ibis.literal(NO_GRADE),
    )


def _within(rows: Table, most: int) -> tuple[Table, Table]:
    return rows.filter(rows.people <= most), rows.filter(rows.people > most)


# --- households ------------------------------------------------------------------------------


def household_ties(
    engine: Engine, sources: Sources, rules: Rules, as_of: date
) -> tuple[list[Table], list[Table]]:
    """Tie the people of one household, by rule; and what was too large.

    A tie is known once both stays are and have lasted together as long as the rule asks. Where
    they turn out to have parted before, it holds from when it was believed to when it was not.
    """
    asked = rules.of(HouseholdTie)
    if not asked:
        return [], []
    stays = engine.keep(known_stays(engine, sources, rules, as_of), "tie_stay")
    kept, too_many = [], []
    for code, rule in asked:
        pairs = _together(stays, rule.least_days, dates.day_number(as_of))
        few, many = _within(
            _with_people(engine, pairs, stays, f"tie_home_{code}"), rule.most_people
        )
        kept.append(_ties(few, code))
        too_many.append(_too_many(many, code))
    return kept, too_many


def known_stays(engine: Engine, sources: Sources, rules: Rules, as_of: date) -> Table:
    """Give every stay in a household with the day on which an agency first knew of it.

    `occasion` numbers the household. A stay is known when a residence of the person that began on
    its first day was, or, of somebody whose household an agency names instead, when that was; a
    stay that neither explains yet is not known. That somebody left for another home is known when
    the other home is; until then they are taken to live there still. Nothing here depends on what
    became known later, so that a past day is answered as it was then.
    """
    day = dates.day_number(as_of)
    told = _statements(sources, rules)
    told = engine.keep(told.filter(told.known <= day), "tie_told")
    stays = engine.keep(_stays(sources), "tie_stay_dated")
    came = told.select("subject", start="began", came_known="known", told_by="agencies")
    stays = stays.join(came, ["subject", "start"]).select(*stays.columns, "came_known", "told_by")
    arrived = told.select("subject", end="began", arrived_known="known").view()
    stays = stays.left_join(arrived, ["subject", "end"]).select(*stays.columns, "arrived_known")
    known = ibis.greatest(stays.came_known, stays.start)
    moved = (stays.ended_by == "moved").fill_null(ibis.literal(False))
    end_known = moved.ifelse(stays.arrived_known.fill_null(EVER), stays.end)
    rows = stays.select(
        "occasion", "subject", "start", known=known, end=stays.end,
        end_known=ibis.greatest(end_known, stays.end), agencies=stays.told_by,
    )  # fmt: skip
    return rows.filter(rows.start <= day).mutate(
        end=(rows.end_known <= day).ifelse(rows.end, EVER),
        end_known=(rows.end_known <= day).ifelse(rows.end_known, EVER),
    )


def _stays(sources: Sources) -> Table:
    """Give every stay in a household, which `occasion` numbers."""
    person = sources["person"].select("person_id", subject=ibis._.person_key.cast("int32"))
    member = sources["household_member"]
    numbers = member.select("household_id").distinct()
    over = ibis.window(order_by="household_id")
    numbers = numbers.mutate(occasion=ibis.row_number().over(over).cast("int64"))
    rows = member.join(numbers, "household_id").join(person, "person_id")
    return rows.select(
        "occasion", "subject", "ended_by",
        start=_day(rows.started_on).fill_null(BEFORE),
        end=_never(rows.ended_on),
    )  # fmt: skip


def _statements(sources: Sources, rules: Rules) -> Table:
    """Say when a person's home that began on a day was first known, and to which agencies then."""
    homes = _with_person(sources, sources["residence"], "record_id", "subject")
    own = homes.select("subject", "source", "started_on", "known_at")
    named = sources["relationship"].filter(ibis._.kind.isin(["household_member", "partner"]))
    named = _with_person(sources, named, "other_record_id", "subject").select(
        "source", "record_id", "subject", named_on="started_on", named_at="known_at"
    )
    theirs = sources["residence"].select("source", "record_id", "started_on", "known_at")
    shared = named.join(theirs, ["source", "record_id"])
    shared = shared.select(
        "subject", "source",
        started_on=ibis.greatest(shared.named_on, shared.started_on),
        known_at=ibis.greatest(shared.named_at, shared.known_at),
    )  # fmt: skip
    rows = own.union(shared).join(source_agencies(sources, rules), "source")
    rows = rows.mutate(began=_day(rows.started_on).fill_null(BEFORE), known=_day(rows.known_at))
    rows = rows.mutate(first=rows.known.min().over(group_by=["subject", "began"]))
    rows = rows.filter(rows.known == rows.first)
    return rows.group_by(["subject", "began"]).aggregate(
        known=rows.known.min(), agencies=bit_or(rows.agencies)
    )


def _with_person(sources: Sources, rows: Table, record: str, name: str) -> Table:
    """Add the person_key of a record of each row under a name."""
    link = sources["person_link"].select("source", "person_id", **{record: ibis._.record_id})
    person = sources["person"].select("person_id", **{name: ibis._.person_key.cast("int32")})
    return rows.join(link, ["source", record]).join(person, "person_id").drop("person_id")


def source_agencies(sources: Sources, rules: Rules) -> Table:
    """Give each source's agency as a bit: `source`, `agencies`."""
    records = sources["person_record"]
    by_source = records.group_by("source").aggregate(agency=records.agency.min())
    codes = {name: 1 << rules.policy.agency_code(name) for name in sorted(rules.policy.agencies)}
    bits = ibis.literal(0, "int64")
    for name, bit in codes.items():
        bits = (by_source.agency == name).ifelse(ibis.literal(bit, "int64"), bits)
    return by_source.select("source", agencies=bits)


def _together(stays: Table, least_days: int, day: int) -> Table:
    """Give each two overlapping stays of a household that were known together at some time."""
    one, other = stays.view(), stays.view()
    rows = one.join(other, ["occasion", one.subject < other.subject], rname="{name}_other")
    first_ends = rows.end <= rows.end_other
    rows = rows.mutate(
        both_known=ibis.greatest(rows.known, rows.known_other),
        began=ibis.greatest(rows.start, rows.start_other),
        ended=ibis.least(rows.end, rows.end_other),
        ended_known=first_ends.ifelse(rows.end_known, rows.end_known_other),
        both_agencies=rows.agencies | rows.agencies_other,
    )
    rows = rows.mutate(occurred=(rows.began == BEFORE).ifelse(rows.both_known, rows.began))
    rows = rows.filter(rows.began < rows.ended)
    enough = (rows.began == BEFORE).ifelse(rows.began, rows.began + least_days)
    believed = ibis.greatest(rows.both_known, enough, rows.occurred)
    rows = rows.select(
        "occasion", "ended", "occurred", "began",
        person_a="subject",
        person_b="subject_other",
        known=believed,
        superseded=(rows.ended >= enough).ifelse(EVER, rows.ended_known),
        end_known=rows.ended_known,
        agencies=rows.both_agencies,
    )  # fmt: skip
    return rows.filter(rows.known < rows.superseded, rows.known <= day)


def _with_people(engine: Engine, pairs: Table, stays: Table, name: str) -> Table:
    """Add how many lived there on the day on which each tie became known, or since it began."""
    pairs = engine.keep(pairs, name)
    days = pairs.select("occasion", "began", "known").distinct()
    theirs = stays.select("occasion", "subject", "start", "end", "end_known", stay_known="known")
    rows = days.join(theirs, "occasion")
    left = (rows.end_known <= rows.known) & (rows.end <= rows.began)
    there = rows.filter(rows.start <= rows.known, rows.stay_known <= rows.known, ~left)
    people = there.group_by(["occasion", "began", "known"]).aggregate(
        people=there.subject.nunique().cast("int32")
    )
    return pairs.join(people, ["occasion", "began", "known"])


# --- relationships ---------------------------------------------------------------------------


def relationship_ties(engine: Engine, sources: Sources, rules: Rules, as_of: date) -> list[Table]:
    """Tie two persons of whom an agency recorded that the one is this to the other.

    `occasion` numbers what one source says of the two.
    """
    asked = rules.of(RelationshipTie)
    if not asked:
        return []
    day = dates.day_number(as_of)
    rows = engine.keep(_relationships(sources, rules, day), "tie_relationship")
    found = []
    for code, rule in asked:
        mine = rows.filter(rows.kind.isin(list(rule.relationships)))
        mine = mine.drop("kind").distinct()
        found.append(_ties(mine.mutate(people=ibis.literal(2, "int32")), code))
    return found


def _relationships(sources: Sources, rules: Rules, day: int) -> Table:
    rows = _with_person(sources, sources["relationship"], "record_id", "one")
    rows = _with_person(sources, rows, "other_record_id", "other")
    rows = rows.join(source_agencies(sources, rules), "source")
    known = ibis.greatest(_day(rows.known_at), _day(rows.started_on).fill_null(BEFORE))
    rows = rows.select(
        "source", "kind", "agencies",
        person_a=ibis.least(rows.one, rows.other),
        person_b=ibis.greatest(rows.one, rows.other),
        known=known,
        occurred=_day(rows.started_on).fill_null(known),
        superseded=_never(rows.superseded_at),
        ended=_never(rows.ended_on),
    )  # fmt: skip
    rows = rows.filter(
        rows.person_a != rows.person_b, rows.known <= day, rows.known < rows.superseded
    )
    over = (rows.ended <= day) & (rows.ended > BEFORE)
    rows = rows.mutate(
        superseded=(rows.superseded <= day).ifelse(rows.superseded, EVER),
        ended=over.ifelse(rows.ended, EVER),
    )
    said = rows.select("source", "person_a", "person_b").distinct()
    order = ibis.window(order_by=["source", "person_a", "person_b"])
    said = said.mutate(occasion=ibis.row_number().over(order).cast("int64"))
    rows = rows.join(said, ["source", "person_a", "person_b"]).drop("source")
    return rows.mutate(end_known=ibis.greatest(rows.ended, rows.known))


# --- belonging to a place --------------------------------------------------------------------


def membership_ties(
    engine: Engine, sources: Sources, coded: CodedParts, ties: Table, rules: Rules
) -> tuple[list[Table], list[Table]]:
    """Tie pairs that other rules tie already by the places to which both belong; what was too large.

    `occasion` numbers the place: the code that lasting events of the rule's kinds carry.
    """
    kept: list[Table] = []
    too_many: list[Table] = []
    for code, rule in rules.of(MembershipTie):
        members = engine.keep(_members(engine, sources, coded, rule, rules), f"tie_member_{code}")
        pairs = engine.keep(_belonging(ties, members), f"tie_place_{code}")
        few, many = _within(_with_members(pairs, members), rule.most_people)
        kept.append(_ties(few, code))
        too_many.append(_too_many(many, code))
    return kept, too_many


def _members(
    engine: Engine, sources: Sources, coded: CodedParts, rule: MembershipTie, rules: Rules
) -> Table:
    """Give who belonged to which place from when to when, and when that was known."""
    events = sources["event"].filter(ibis._.kind.isin(list(rule.kinds)), ibis._.detail.notnull())
    events = events.select("source", "batch_id", "detail", row_id="event_id").distinct()
    numbered = coded.events.filter(coded.events.table_name == "event")
    places = numbered.join(events, ["source", "batch_id", "row_id"]).select("event_no", "detail")
    order = ibis.window(order_by="detail")
    numbers = places.select("detail").distinct()
    numbers = numbers.mutate(occasion=ibis.row_number().over(order).cast("int64"))
    places = places.join(numbers, "detail").drop("detail")
    agencies = {
        "agency": pa.array(range(len(rules.policy.agencies)), pa.int16()),
        "agencies": pa.array([1 << c for c in range(len(rules.policy.agencies))], pa.int64()),
    }
    parts = coded.parts.filter(coded.parts.known < coded.parts.superseded)
    rows = parts.join(places, "event_no")
    rows = rows.join(engine.table(pa.table(agencies), "tie_agency"), "agency")
    return rows.select(
        "occasion", "subject", "occurred", "known", "superseded", "ended", "end_known", "agencies"
    ).distinct()


def _belonging(ties: Table, members: Table) -> Table:
    """Give each two spells at one place, of two persons whom something else ties, that overlap."""
    pairs = ties.select("person_a", "person_b").distinct()
    one = pairs.join(members, pairs.person_a == members.subject).drop("subject")
    other = members.view()
    rows = one.join(other, [one.person_b == other.subject, "occasion"], rname="{name}_other")
    first_ends = rows.ended <= rows.ended_other
    rows = rows.select(
        "person_a", "person_b", "occasion",
        occurred=ibis.greatest(rows.occurred, rows.occurred_other),
        known=ibis.greatest(rows.known, rows.known_other),
        superseded=ibis.least(rows.superseded, rows.superseded_other),
        ended=ibis.least(rows.ended, rows.ended_other),
        end_known=first_ends.ifelse(rows.end_known, rows.end_known_other),
        agencies=rows.agencies | rows.agencies_other,
    )  # fmt: skip
    return rows.filter(rows.occurred < rows.ended, rows.known < rows.superseded)


def _with_members(pairs: Table, members: Table) -> Table:
    """Add how many belonged to the place on the day on which each tie became known."""
    there = members.group_by(["occasion", "subject"]).aggregate(
        came=members.known.min(),
        left=ibis.least(members.superseded, ibis.greatest(members.ended, members.end_known)).max(),
    )
    asked = pairs.select("occasion", day="known").distinct()
    changes = there.select("occasion", day="came", change=ibis.literal(1))
    changes = changes.union(there.select("occasion", day="left", change=ibis.literal(-1)))
    changes = changes.union(asked.select("occasion", "day", change=ibis.literal(0)))
    days = changes.group_by(["occasion", "day"]).aggregate(change=changes.change.sum())
    so_far = ibis.window(group_by="occasion", order_by="day", preceding=None, following=0)
    counted = days.select(
        "occasion", known="day", people=days.change.sum().over(so_far).cast("int32")
    )
    # Both may have left before their belonging was known; then they are counted all the same.
    rows = pairs.join(counted, ["occasion", "known"])
    return rows.mutate(people=ibis.greatest(rows.people, 2))
