"""The dataset's tables of people: persons, homes, families, mothers, numbers, workers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import Days
from kithkin.simulation.sending.case_files import CaseFiles
from kithkin.simulation.sending.case_files.cells import (
    Flags,
    Numbers,
    flags,
    joined,
    whole,
)
from kithkin.simulation.sending.case_files.files import FIRST_NUMBER
from kithkin.simulation.sending.case_files.health import disabilities
from kithkin.simulation.world import Index

OTHER_STATUSES = 1_000_000
"""Numbers of statuses that came with a referral begin here, those of children alone below."""
UPN_TYPE, FORMER_UPN_TYPE = "Unique Pupil Number", "Former Unique Pupil Number"


def people_tables(files: CaseFiles) -> dict[str, pa.Table]:
    """Give the tables by name."""
    mothers = _mothers(files)
    return {
        "ssd_person": _persons(files, mothers),
        "ssd_mother": mothers,
        "ssd_linked_identifiers": _identifiers(files),
        "ssd_address": _addresses(files),
        "ssd_family": _families(files),
        "ssd_professionals": _professionals(files),
        "ssd_disability": _disabilities(files),
        "ssd_immigration_status": _immigration(files),
        "ssd_send": _pupils(files),
    }


def _persons(files: CaseFiles, mothers: pa.Table) -> pa.Table:
    entry = files.entry
    born, died = files.birth(entry), files.described("date_of_death", entry)
    today = pa.scalar(files.extracted, pa.int32()).cast(pa.date32())
    unborn = pc.greater(born, today).fill_null(False)
    nothing = pa.scalar(None, pa.date32())
    sex = files.described("sex", entry)
    return pa.table(
        {
            "pers_person_id": pa.array(files.numbers),
            "pers_forename": files.described("forename", entry),
            "pers_surname": files.described("surname", entry),
            "pers_sex": sex,
            "pers_gender": sex,
            "pers_ethnicity": files.described("ethnicity", entry),
            "pers_dob": pc.if_else(unborn, nothing, born),
            "pers_common_child_id": files.described("nhs_number", entry),
            "pers_expected_dob": pc.if_else(unborn, born, nothing),
            "pers_death_date": pc.if_else(pc.greater(died, today).fill_null(True), nothing, died),
            "pers_restricted_flag": _restricted(files),
            "pers_is_mother": flags(_among(files.numbers, mothers["moth_person_id"])),
        }
    )


def _restricted(files: CaseFiles) -> pa.Array:
    """Mark the records of people whose whereabouts are protected."""
    if "protected" not in files.register.entries.column_names:
        return pa.nulls(len(files.entry), pa.string())
    return files.described("protected", files.entry).cast(pa.string())


def _among(numbers: Numbers, listed: pa.ChunkedArray) -> Flags:
    return np.isin(numbers, listed.to_numpy())


def _mothers(files: CaseFiles) -> pa.Table:
    """Give the mothers whom social care has on record, of children who were referred."""
    children = np.unique(files.care.referrals.child[files.referrals.rows])
    mother = files.county.world.people.mother[children]
    own, hers = files.number(children), files.number(mother)
    own, first = np.unique(np.where((own == hers) | (hers < 0), -1, own), return_index=True)
    first, own = first[own >= 0], own[own >= 0]
    children = children[first]
    return pa.table(
        {
            "moth_table_id": pa.array(np.arange(len(own)) + FIRST_NUMBER),
            "moth_person_id": pa.array(hers[first]),
            "moth_childs_person_id": pa.array(own),
            "moth_childs_dob": files.birth(files.record_of(children)),
        }
    )


def _identifiers(files: CaseFiles) -> pa.Table:
    """Give pupil numbers, present and former."""
    parts = [
        _numbers(files, "upn", UPN_TYPE),
        _numbers(files, "former_upn", FORMER_UPN_TYPE),
    ]
    linked = pa.concat_tables(parts)
    return linked.add_column(0, "link_table_id", pa.array(np.arange(len(linked)) + FIRST_NUMBER))


def _numbers(files: CaseFiles, field: str, kind: str) -> pa.Table:
    value = files.described(field, files.entry).cast(pa.string())
    linked = pa.table({"link_person_id": pa.array(files.numbers), "link_identifier_value": value})
    linked = linked.filter(pc.is_valid(value))
    return linked.append_column("link_identifier_type", pa.repeat(pa.scalar(kind), len(linked)))


def _pupils(files: CaseFiles) -> pa.Table:
    value = files.described("upn", files.entry).cast(pa.string())
    held = np.asarray(pc.is_valid(value))
    return pa.table(
        {
            "send_table_id": pa.array(np.arange(held.sum()) + FIRST_NUMBER),
            "send_person_id": pa.array(files.numbers[held]),
            "send_upn": value.filter(pa.array(held)),
        }
    )


def _addresses(files: CaseFiles) -> pa.Table:
    """Give the address of each record, known since the day it was entered."""
    entry = files.entry
    line = files.described("address", entry).cast(pa.string())
    since = files.described("address_from", entry).cast(pa.int32()).fill_null(0)
    held = np.asarray(pc.is_valid(line)) & (np.asarray(since) <= files.extracted)
    entry = entry[held]
    until = files.described("address_to", entry)
    today = pa.scalar(files.extracted, pa.int32()).cast(pa.date32())
    return pa.table(
        {
            "addr_table_id": pa.array(np.arange(len(entry)) + FIRST_NUMBER),
            "addr_person_id": pa.array(files.numbers[held]),
            "addr_address_type": pa.repeat(pa.scalar("Home"), len(entry)),
            "addr_address_start_date": files.described("address_from", entry),
            "addr_address_end_date": pc.if_else(
                pc.greater(until, today).fill_null(True), pa.scalar(None, pa.date32()), until
            ),
            "addr_address_postcode": files.described("postcode", entry),
            "addr_address_json": _json(files, entry),
        }
    )


def _json(files: CaseFiles, entry: Index) -> pa.Array:
    """Write an address as the dataset does: an object with a member for each part."""
    parts: list[pa.Array | str] = ["{"]
    fields = {"STREET": "address", "TOWN": "town", "POSTCODE": "postcode", "UPRN": "uprn"}
    for place, (member, field) in enumerate(fields.items()):
        text = files.described(field, entry).cast(pa.string()).fill_null("")
        text = pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), '"', '\\"')
        parts += [f'{", " if place else ""}"{member}": "', text, '"']
    return joined(*parts, "}")


def _families(files: CaseFiles) -> pa.Table:
    """Give who belongs to the family of each child in contact: the child and known parents."""
    contacts = files.care.contacts
    rows = files.contacts.rows[contacts.household[files.contacts.rows] >= 0]
    people = files.county.world.people
    child, household = contacts.child[rows], contacts.household[rows]
    order = files.county.streams.of("sending", "case_files", "family").permutation(
        len(files.county.world.households)
    )
    member = np.concatenate([child, people.mother[child], people.father[child]])
    family = np.tile(FIRST_NUMBER + order[household].astype(np.int64), 3)
    number = files.number(member.astype(np.int32))
    pairs = np.unique(np.stack([family, number])[:, number >= 0], axis=1)
    return pa.table(
        {
            "fami_table_id": pa.array(np.arange(pairs.shape[1]) + FIRST_NUMBER),
            "fami_family_id": pa.array(pairs[0]),
            "fami_person_id": pa.array(pairs[1]),
        }
    )


def _professionals(files: CaseFiles) -> pa.Table:
    numbers = files.worker_numbers[:-1]
    order = pa.array(np.argsort(numbers))
    number = pa.array(numbers)
    table = pa.table(
        {
            "prof_professional_id": number,
            "prof_staff_id": number,
            "prof_professional_name": files.worker_names,
            "prof_social_worker_registration_no": joined("SW", number.cast(pa.string())),
            "prof_professional_job_title": pa.repeat(pa.scalar("Social worker"), len(number)),
            "prof_professional_department": files.worker_teams,
        }
    )
    return table.take(order)


def _disabilities(files: CaseFiles) -> pa.Table:
    """Give the disabilities of children who were referred, up to two each."""
    children = np.unique(files.care.referrals.child[files.referrals.rows])
    children = children[files.owns(children)]
    children = children[np.argsort(files.number(children))]
    first, second = disabilities(files, children)
    number = pa.array(np.tile(files.number(children), 2))
    code = pa.concat_arrays([first, second])
    rows = pa.table({"disa_person_id": number, "disa_disability_code": code})
    rows = rows.filter(pc.is_valid(code))
    return rows.add_column(0, "disa_table_id", pa.array(np.arange(len(rows)) + FIRST_NUMBER))


def _immigration(files: CaseFiles) -> pa.Table:
    """Give who came alone, and which referred children have no recourse to public funds."""
    alone, destitute = _unaccompanied(files), _without_recourse(files)
    return pa.concat_tables([alone, destitute])


def _statuses(
    files: CaseFiles, number: Numbers, children: Index, status: str, since: Days
) -> pa.Table:
    return pa.table(
        {
            "immi_immigration_status_id": pa.array(number),
            "immi_person_id": whole(files.number(children)),
            "immi_immigration_status": pa.repeat(pa.scalar(status), len(children)),
            "immi_immigration_status_start_date": files.day(since),
        }
    )


def _unaccompanied(files: CaseFiles) -> pa.Table:
    periods, kept = files.care.care_periods, files.care_periods
    rows = kept.rows[periods.unaccompanied[kept.rows]]
    status = "Unaccompanied asylum seeking child"
    return _statuses(files, kept.numbers[rows], periods.child[rows], status, periods.start[rows])


def _without_recourse(files: CaseFiles) -> pa.Table:
    """Draw by family, since brothers and sisters share a status; by first language, not by group."""
    table, people = files.care.referrals, files.county.world.people
    rows = files.referrals.rows[~table.no_further_action[files.referrals.rows]]
    child = table.child[rows]
    luck = files.county.streams.of("sending", "case_files", "recourse").random(len(people))
    family = np.where(people.mother[child] >= 0, people.mother[child], child)
    without = ~people.mother_tongue_english[child] & (luck[family] < files.settings.no_recourse)
    without &= ~np.isin(child, files.care.care_periods.child[files.care.care_periods.unaccompanied])
    rows = rows[without]
    child, first = np.unique(table.child[rows], return_index=True)
    number = files.referrals.numbers[rows[first]]
    status = "No recourse to public funds"
    return _statuses(files, number + OTHER_STATUSES, child, status, table.day[rows[first]])
