"""The source tables that agencies' registers come to, and whose each record truly is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.model.dates import from_day_number
from kithkin.model.identifiers import check
from kithkin.model.tables import (
    AddressTable,
    IdentifierTable,
    PersonRecordTable,
    RelationshipTable,
    ResidenceTable,
    TypedTable,
)
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.hard_pairs.newcomers import Joined, Newcomers
from kithkin.simulation.records import Register
from kithkin.simulation.sending.addresses import (
    StayFinder,
    address_lines,
    postcode_of,
    take,
    town_of,
)
from kithkin.simulation.sending.one_agency import REGISTERS
from kithkin.simulation.sending.plain import layouts
from kithkin.simulation.sending.registers import dates, make_register
from kithkin.simulation.settings.mistakes import MistakeSettings, RegisterFeed
from kithkin.simulation.world import NOBODY, Index

TRUTH = pa.schema(
    [(name, pa.string()) for name in ("source", "record_id", "person", "hypothesis", "group")]
)
"""One row for each record and person whom it stands for: two where an agency merged two people."""

BACKGROUND = "background"
Row = dict[str, Any]
_SCHEMES = {
    "nhs_number": "nhs_number", "upn": "upn", "former_upn": "former_upn",
    "national_insurance_number": "nino", "pnc_id": "pnc",
}  # fmt: skip
_NOT_PLAIN = {"ssd": "social_care", "school_census": "education"}
_KIN = ("ssd", "early_help", "housing")  # feeds that tell who is a child's mother
_OF_TENANCIES = {"housing": "tenancy", "benefits": "declared"}
"""Feeds whose register holds no address: their files of tenancies and claims do."""


@dataclass(frozen=True)
class HardTables:
    """Source tables of a county with hard pairs or hypotheses, and the truth about them."""

    tables: Mapping[str, pa.Table]
    """By name: person_record, identifier, address, residence, relationship."""
    truth: pa.Table
    """Columns of `TRUTH`. `hypothesis` is the kind of hard pair, the hypothesis, or `background`;
    `group` the pair, or the group of the hypothesis."""


@dataclass(frozen=True)
class _Sent:
    """What one agency sent, a row a number that it uses."""

    feed: str
    county: County
    register: Register
    rows: npt.NDArray[np.int64]
    births: Mapping[int, int]

    def column(self, name: str) -> list[Any]:
        held = self.register.entries[name].combine_chunks()
        return held.take(pa.array(self.rows)).to_pylist()

    def numbers(self) -> list[str]:
        return [str(number) for number in self.register.number[self.rows].tolist()]

    def people(self) -> Index:
        return self.register.person[self.rows]


def send_all(
    county: County,
    known: Mapping[str, Days],
    newcomers: Newcomers,
    joined: Joined,
    settings: MistakeSettings,
    phone: tuple[float, tuple[str, ...]],
    rng: np.random.Generator,
) -> HardTables:
    """Make every agency's register of a county and its newcomers, and lay it out as source tables.

    Parameters
    ----------
    known
        By feed, the day on which each of the county's own people became known to it.
    phone
        Share of newcomers' records with their home's telephone, and the feeds that take one.

    """
    sent = [_register(feed, known, joined, settings) for feed in sorted(joined.counties)]
    records: list[Row] = []
    numbers: list[Row] = []
    residences: list[Row] = []
    kin: list[Row] = []
    truth: list[Row] = []
    addresses: dict[str, Row] = {}
    for one in sent:
        records += list(_person_records(one))
        numbers += [*_identifiers(one), *_phones(one, joined, phone, rng)]
        for address, residence in _residences(one):
            addresses.setdefault(address["address_id"], address)
            residences.append(residence)
        kin += list(_mothers(one, joined.first))
        truth += list(_truth(one, newcomers, joined.first))
    last_day = county.calendar.day(county.calendar.ends)
    laid_out = (
        _table(PersonRecordTable, records, last_day),
        _table(IdentifierTable, numbers, last_day),
        _table(AddressTable, addresses.values(), last_day),
        _table(ResidenceTable, residences, last_day),
        _table(RelationshipTable, kin, last_day),
    )
    tables = {table.name: table.data for table in laid_out}
    return HardTables(tables, pa.Table.from_pylist(truth, schema=TRUTH))


def _table(kind: type[TypedTable], rows: Any, last_day: Any) -> TypedTable:
    given = {"batch_id": "hard_pairs", "known_at": last_day, "known_basis": "extract"}
    return kind.from_rows(
        {**given, "file": f"{row['source']}.csv", "row": place, **row}
        for place, row in enumerate(rows, 2)
    )


def _register(
    feed: str, known: Mapping[str, Days], joined: Joined, settings: MistakeSettings
) -> _Sent:
    everybody = np.concatenate([known[feed], joined.known[feed]])
    people = np.flatnonzero(everybody < NEVER).astype(np.int32)
    name = cast(RegisterFeed, REGISTERS.get(feed, feed))
    county = joined.counties[feed]
    register = make_register(name, people, everybody[people], county, settings)
    _, rows = np.unique(register.number, return_index=True)
    return _Sent(feed, county, register, rows, joined.births[feed])


def _person_records(sent: _Sent) -> Iterator[Row]:
    agency = _NOT_PLAIN.get(sent.feed) or layouts()[sent.feed].agency
    same = (
        "forename", "middle_names", "surname", "former_surname", "date_of_birth",
        "expected_date_of_birth", "date_of_death", "sex", "ethnicity",
    )  # fmt: skip
    columns = {name: sent.column(name) for name in same}
    columns |= {"preferred_name": sent.column("known_as"), "record_id": sent.numbers()}
    for place, person in enumerate(sent.people().tolist()):
        row = {name: values[place] for name, values in columns.items()}
        row["sex"] = None if row["sex"] == "U" else row["sex"]
        row["unborn"] = row["expected_date_of_birth"] is not None
        if row["date_of_birth"] and (told := sent.births.get(person)) is not None:
            row["date_of_birth"] = None if told == NEVER else from_day_number(told)
        yield {"source": sent.feed, "agency": agency, "seal": "S0", **row}


def _identifiers(sent: _Sent) -> Iterator[Row]:
    for column, scheme in _SCHEMES.items():
        for record_id, value in zip(sent.numbers(), sent.column(column), strict=True):
            if value:
                outcome = check(scheme, value)
                yield _number(sent.feed, record_id, scheme, value, outcome)


def _number(feed: str, record_id: str, scheme: str, value: str, outcome: str) -> Row:
    key = {"source": feed, "record_id": record_id}
    return {**key, "scheme": scheme, "value": value, "check": outcome}


def _phones(
    sent: _Sent, joined: Joined, phone: tuple[float, tuple[str, ...]], rng: np.random.Generator
) -> Iterator[Row]:
    """Give some records the telephone of their home; it has a figure too many for anybody's."""
    share, feeds = phone
    if sent.feed not in feeds:
        return
    for record_id, person in zip(sent.numbers(), sent.people().tolist(), strict=True):
        if person >= joined.first and rng.random() < share:
            home = int(joined.home[person - joined.first])
            yield _number(sent.feed, record_id, "phone", f"07700 9{home:06d}", "unchecked")


# --- addresses -----------------------------------------------------------------------------------


def _residences(sent: _Sent) -> Iterator[tuple[dict[str, Any], Row]]:
    if sent.feed in _OF_TENANCIES:
        kind, columns = _OF_TENANCIES[sent.feed], _true_addresses(sent)
    else:
        names = ("address", "town", "postcode", "uprn", "address_from", "address_to")
        kind, columns = "home", {name: sent.column(name) for name in names}
    for place, record_id in enumerate(sent.numbers()):
        line, town, postcode, uprn, since, until = (values[place] for values in columns.values())
        if address_id := _address_id(line, town, postcode):
            where = {"line": line, "town": town, "postcode": postcode, "uprn": uprn}
            valid = postcode is not None
            address = {"source": sent.feed, "address_id": address_id, "postcode_valid": valid}
            key = {"source": sent.feed, "record_id": record_id, "address_id": address_id}
            yield address | where, {**key, "kind": kind, "started_on": since, "ended_on": until}


def _true_addresses(sent: _Sent) -> dict[str, list[Any]]:
    """Give the address at which each person lived on the last day, as a tenancy file has it."""
    world, people = sent.county.world, sent.people()
    days = np.full(len(people), sent.county.calendar.ends, dtype=np.int32)
    lived = StayFinder(world).on(people, days)
    uprn = world.addresses.uprn[np.maximum(lived.address, 0)]
    return {
        "address": address_lines(world, lived.address).to_pylist(),
        "town": town_of(world, lived.address).to_pylist(),
        "postcode": take(world.postcodes.text, postcode_of(world, lived.address)).to_pylist(),
        "uprn": pa.array(uprn, mask=lived.address < 0).cast(pa.string()).to_pylist(),
        "address_from": dates(lived.start).to_pylist(),
        "address_to": [None] * len(people),
    }


def _address_id(line: str | None, town: str | None, postcode: str | None) -> str:
    """Hash an address as the feeds do: the line with the postcode, else what there is."""
    if not (line or town or postcode):
        return ""
    parts = [line or "place", (postcode or town or "")]
    folded = "|".join(" ".join(re.sub(r"[^A-Z0-9]+", " ", one.upper()).split()) for one in parts)
    return blake2b(folded.encode(), digest_size=8).hexdigest()


# --- kin and truth -------------------------------------------------------------------------------


def _mothers(sent: _Sent, first: int) -> Iterator[Row]:
    """Tell the mothers of newcomers where an agency knows both."""
    if sent.feed not in _KIN:
        return
    people, mother = sent.people().tolist(), sent.county.world.people.mother
    number = dict(zip(people, sent.numbers(), strict=True))
    for person in people:
        if person >= first and (other := int(mother[person])) in number and other != NOBODY:
            key = {"source": sent.feed, "record_id": number[person]}
            yield {**key, "other_record_id": number[other], "kind": "mother"}


def _truth(sent: _Sent, newcomers: Newcomers, first: int) -> Iterator[Row]:
    pairs = np.unique(np.stack([sent.register.number, sent.register.person]), axis=1)
    for number, person in pairs.T.tolist():
        row = {"source": sent.feed, "record_id": str(number), "person": str(person)}
        if person < first:
            yield {**row, "hypothesis": BACKGROUND, "group": BACKGROUND}
        else:
            one = newcomers.people[person - first]
            yield {**row, "hypothesis": one.kind, "group": one.group}
