"""The canonical tables as typed table classes: what each holds, column by column.

A table class wraps an Arrow table and checks its columns and types when it is built, so that a
function which takes an `EventTable` need not ask again. Every source table carries provenance:
the source, the batch, and the file and row that a person can open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

import pyarrow as pa

TEXT, DAY, WHOLE, NUMBER, TRUTH = pa.string(), pa.date32(), pa.int32(), pa.float64(), pa.bool_()

Columns = dict[str, pa.DataType]

PROVENANCE: Columns = {
    "source": TEXT,  # the feed's name in feeds.toml
    "batch_id": TEXT,  # content hash of the delivery
    "file": TEXT,  # path inside the feeds folder
    "row": WHOLE,  # 1-based row of the file as a person would count it, header included
    "known_at": DAY,  # the day on which the partnership's agency knew it
    "known_basis": TEXT,  # recorded | occurred | extract: how known_at was found
}


class TableError(ValueError):
    """A table lacks a column, has one too many, or one of another type."""


class TypedTable:
    """An Arrow table whose columns are exactly those that its class names."""

    name: ClassVar[str]
    columns: ClassVar[Columns]

    def __init__(self, data: pa.Table) -> None:
        wanted = self.schema()
        if data.schema.names != wanted.names:
            raise TableError(_columns_differ(self.name, data.schema.names, wanted.names))
        for field in wanted:
            if data.schema.field(field.name).type != field.type:
                raise TableError(
                    f"table {self.name}: column {field.name} is "
                    f"{data.schema.field(field.name).type}, expected {field.type}"
                )
        self.data = data

    @classmethod
    def schema(cls) -> pa.Schema:
        """Give the Arrow schema: column names and types, in order."""
        return pa.schema(list(cls.columns.items()))

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """Build from one mapping a row; a column that a row lacks is null."""
        rows = list(rows)
        for row in rows:
            if unknown := row.keys() - cls.columns.keys():
                raise TableError(f"table {cls.name}: no column {sorted(unknown)}")
        arrays = [
            pa.array([row.get(name) for row in rows], type=kind)
            for name, kind in cls.columns.items()
        ]
        return cls(pa.Table.from_arrays(arrays, schema=cls.schema()))

    def __len__(self) -> int:
        return int(self.data.num_rows)


def _columns_differ(name: str, got: list[str], wanted: list[str]) -> str:
    missing = [column for column in wanted if column not in got]
    extra = [column for column in got if column not in wanted]
    return f"table {name}: missing columns {missing}, unexpected columns {extra}"


class PersonRecordTable(TypedTable):
    """One person as one agency knows them; key (source, record_id)."""

    name = "person_record"
    columns: ClassVar[Columns] = {
        "source": TEXT,
        "record_id": TEXT,
        "agency": TEXT,
        "forename": TEXT,
        "middle_names": TEXT,
        "surname": TEXT,
        "former_surname": TEXT,
        "preferred_name": TEXT,
        "date_of_birth": DAY,
        "expected_date_of_birth": DAY,
        "date_of_death": DAY,
        "sex": TEXT,  # M, F or null when not known
        "gender": TEXT,  # as the agency words it, when it records gender apart from sex
        "ethnicity": TEXT,  # the 20-group code
        "ethnicity_raw": TEXT,
        "unborn": TRUTH,
        "seal": TEXT,  # S0 ordinary, S1 restricted, S2 sealed, S3 protected identity
        **{name: kind for name, kind in PROVENANCE.items() if name != "source"},
    }


class IdentifierTable(TypedTable):
    """A number by which an agency knows a person; `check` says if its check digit holds."""

    name = "identifier"
    columns: ClassVar[Columns] = {
        "record_id": TEXT,
        "scheme": TEXT,  # upn, former_upn, nhs_number, uln, nino, pnc, case_id ...
        "value": TEXT,
        "check": TEXT,  # passed | failed | unchecked
        "valid_from": DAY,
        "valid_to": DAY,
        **PROVENANCE,
    }


class AddressTable(TypedTable):
    """A place with an address; `address_id` is a hash of its normalised parts."""

    name = "address"
    columns: ClassVar[Columns] = {
        "address_id": TEXT,
        "uprn": TEXT,
        "line": TEXT,
        "town": TEXT,
        "postcode": TEXT,
        "postcode_valid": TRUTH,
        "easting": NUMBER,
        "northing": NUMBER,
        **PROVENANCE,
    }


class ResidenceTable(TypedTable):
    """That a person lived at an address, from and to."""

    name = "residence"
    columns: ClassVar[Columns] = {
        "record_id": TEXT,
        "address_id": TEXT,
        "kind": TEXT,  # home | placement | tenancy | temporary | declared
        "started_on": DAY,
        "ended_on": DAY,
        **PROVENANCE,
    }


class RelationshipTable(TypedTable):
    """What `other_record_id` is to `record_id`: that person's mother, sibling, partner ..."""

    name = "relationship"
    columns: ClassVar[Columns] = {
        "record_id": TEXT,
        "other_record_id": TEXT,  # same source
        "kind": TEXT,  # mother father parent sibling partner carer household_member family_member
        "started_on": DAY,
        "ended_on": DAY,
        **PROVENANCE,
    }


class ProfessionalTable(TypedTable):
    """Someone who works with families, as an agency lists them."""

    name = "professional"
    columns: ClassVar[Columns] = {
        "professional_id": TEXT,
        "full_name": TEXT,
        "job_title": TEXT,
        "team": TEXT,
        "organisation": TEXT,
        "phone": TEXT,
        "email": TEXT,
        **PROVENANCE,
    }


class ServiceInvolvementTable(TypedTable):
    """That a service worked with a person, from and to, and who led."""

    name = "service_involvement"
    columns: ClassVar[Columns] = {
        "involvement_id": TEXT,
        "record_id": TEXT,
        "service": TEXT,  # the last part of an involvement.* kind in the policy
        "professional_id": TEXT,
        "role": TEXT,
        "started_on": DAY,
        "ended_on": DAY,
        "end_reason": TEXT,
        **PROVENANCE,
    }


class EventTable(TypedTable):
    """Something that happened; a lasting one (an episode) has an end as well."""

    name = "event"
    columns: ClassVar[Columns] = {
        "event_id": TEXT,  # unique inside its source
        "kind": TEXT,  # a dotted name of the policy
        "agency": TEXT,
        "occurred_on": DAY,
        "ended_on": DAY,
        "end_known_at": DAY,  # the day on which its end was known
        "value": NUMBER,  # in the unit that the kind states
        "group_id": TEXT,  # events of one occurrence share it
        "address_id": TEXT,
        "detail": TEXT,  # the agency's own code, short; never free text about a person
        **PROVENANCE,
    }


class EventPersonTable(TypedTable):
    """The part that a person took in an event."""

    name = "event_person"
    columns: ClassVar[Columns] = {
        "event_id": TEXT,
        "record_id": TEXT,
        "role": TEXT,
        "age_at_event": WHOLE,  # whole years, as the agency recorded it; null when it did not
        **PROVENANCE,
    }


class ContactTable(TypedTable):
    """A contact at the front door about a child, with the referrer's words."""

    name = "contact"
    columns: ClassVar[Columns] = {
        "contact_id": TEXT,
        "record_id": TEXT,
        "received_on": DAY,
        "referral_source": TEXT,  # CIN census code 1A-10
        "outcome": TEXT,
        "text": TEXT,
        **PROVENANCE,
    }


class FindingTable(TypedTable):
    """A problem met in a file: where, which rule, and what to do about it."""

    name = "finding"
    columns: ClassVar[Columns] = {
        "source": TEXT,
        "batch_id": TEXT,
        "file": TEXT,
        "row": WHOLE,  # null when it concerns the file
        "column": TEXT,
        "value": TEXT,
        "rule": TEXT,
        "severity": TEXT,  # error: set aside | warning: loaded, trust lowered | note
        "message": TEXT,
        "remedy": TEXT,
    }


class SetAsideTable(TypedTable):
    """A source row that was not loaded, whole, and why."""

    name = "set_aside"
    columns: ClassVar[Columns] = {
        "source": TEXT,
        "batch_id": TEXT,
        "file": TEXT,
        "row": WHOLE,
        "rule": TEXT,
        "reason": TEXT,
        "content": TEXT,  # the row as JSON
    }


class FileAccountTable(TypedTable):
    """The account of one file: rows in = loaded + set aside, always."""

    name = "file_account"
    columns: ClassVar[Columns] = {
        "source": TEXT,
        "agency": TEXT,
        "contract": TEXT,
        "batch_id": TEXT,
        "file": TEXT,
        "sha256": TEXT,
        "rows_in": WHOLE,
        "loaded": WHOLE,
        "set_aside": WHOLE,
    }


SOURCE_TABLES: tuple[type[TypedTable], ...] = (
    PersonRecordTable,
    IdentifierTable,
    AddressTable,
    ResidenceTable,
    RelationshipTable,
    ProfessionalTable,
    ServiceInvolvementTable,
    EventTable,
    EventPersonTable,
    ContactTable,
    FindingTable,
    SetAsideTable,
    FileAccountTable,
)
