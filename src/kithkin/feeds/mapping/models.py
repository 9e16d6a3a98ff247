"""What a mapping file may say: how one agency's files become canonical rows, with no Python.

A mapping is TOML. Every column that the files may have is named under `columns`, with what it
means; the rest of the file says where each one goes. `reading.py` finds every mistake at once.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

DateLayout = Literal["iso", "uk", "us", "census", "excel"]
SEALS = ("S0", "S1", "S2", "S3")  # ordinary, restricted, sealed, protected identity
ResidenceKind = Literal["home", "placement", "tenancy", "temporary", "declared"]


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Make words comparable: case, spacing and punctuation do not count."""
    return "".join(c for c in word.casefold() if c.isalnum()) or word.strip()


class Strict(BaseModel):
    """A table of the mapping: no key but those that it names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _fixed(value: Any) -> Any:
    return {"fixed": value} if isinstance(value, str) else value


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _coded(codes: str) -> BeforeValidator:
    """Read a column that is given by its name alone through this code set."""
    return BeforeValidator(
        lambda value: {"column": value, "codes": codes} if isinstance(value, str) else value
    )


def _condition(value: Any) -> Any:
    if isinstance(value, bool):
        return {"truth": value}
    return {"any_of": _many(value)} if isinstance(value, str | list) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_many), Field(default=())]


class ColumnSpec(Strict):
    """A column of the agency's file: what it means, its other names, whether it must be there.

    `stored = false` says that Kithkin reads past it on purpose (free text about a person).
    """

    means: str
    also: Columns
    required: bool = False
    stored: bool = True


class Lookup(Strict):
    """A value that is fixed, or is found from a column.

    Without `values` or `codes` the cell stands as it is. `values` is a table from the agency's
    words to ours (or the name of a shared one under `[values]`); the empty word means that there
    is nothing to say. `codes` names a code set, and `attribute` what to take from its code.
    `otherwise` stands in for a word that neither knows, `blank` for an empty cell; `split`
    parts a cell that holds several words.
    """

    fixed: str | None = None
    column: str | None = None
    values: dict[str, str] | None = None
    values_named: str | None = None
    codes: str | None = None
    attribute: str = "code"
    prefix: str = ""
    otherwise: str | None = None
    blank: str | None = None
    split: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _shared_values(cls, table: Any) -> Any:
        if isinstance(table, dict) and isinstance(table.get("values"), str):
            table = {**table, "values_named": table["values"]}
            del table["values"]
        return table

    @cached_property
    def by_word(self) -> dict[str, str] | None:
        """The values by folded word; None when the cell stands as it is."""
        return self.values and {fold(word): ours for word, ours in self.values.items()}


class Condition(Strict):
    """What a cell must say; all that is said here must hold. `truth = false` holds unless it says yes."""

    any_of: Columns
    none_of: Columns
    truth: bool | None = None
    blank: bool | None = None
    at_least: float | None = None
    at_most: float | None = None
    later_day_than: str | None = None  # a column: this cell's day lies after that one's

    @cached_property
    def any_words(self) -> frozenset[str]:
        """The words of `any_of`, folded."""
        return frozenset(map(fold, self.any_of))

    @cached_property
    def none_words(self) -> frozenset[str]:
        """The words of `none_of`, folded."""
        return frozenset(map(fold, self.none_of))


Fixed = Annotated[Lookup, BeforeValidator(_fixed)]
When = Annotated[dict[str, Annotated[Condition, BeforeValidator(_condition)]], Field(default={})]


class Value(Strict):
    """The number an event carries: a column's, a fixed one, one for a word, or hours between."""

    column: str | None = None
    fixed: float | None = None
    values: dict[str, float] | None = None
    hours_from: str | None = None
    hours_to: str | None = None

    @cached_property
    def by_word(self) -> dict[str, float]:
        """The values by folded word."""
        return {fold(word): number for word, number in (self.values or {}).items()}


class Place(Strict):
    """An address, from whichever of its parts the file has."""

    lines: Columns
    postcode_in_last_line: bool = False
    town: str | None = None
    postcode: str | None = None
    uprn: str | None = None
    easting: str | None = None
    northing: str | None = None


class Residence(Place):
    """That the person lived at an address, from and to."""

    kind: ResidenceKind = "home"
    when: When
    started_on: Columns
    ended_on: Columns


class Person(Strict):
    """A person whom a row names. One with a `record_id` alone is named in another file."""

    record_id: Annotated[tuple[str, ...], BeforeValidator(_many)]
    optional: bool = False  # a row without this person is whole (a partner, a co-tenant)
    forename: str | None = None
    middle_names: str | None = None
    surname: str | None = None
    former_surname: str | None = None
    preferred_name: str | None = None
    gender: str | None = None
    date_of_birth: Columns
    expected_date_of_birth: Columns
    date_of_death: Columns
    sex: Annotated[Lookup | None, _coded("sex")] = None
    ethnicity: Annotated[Lookup | None, _coded("ethnicity_20")] = None
    seal: Annotated[Lookup | None, BeforeValidator(_column)] = None
    age_at_event: str | None = None
    identifiers: Annotated[dict[str, str], Field(default={})]
    residences: tuple[Residence, ...] = ()


class Relationship(Strict):
    """What person `other` is to person `of`: that person's mother, partner ..."""

    of: str
    other: str
    kind: Fixed
    when: When
    started_on: Columns
    ended_on: Columns


class Professional(Strict):
    """Someone who works with families; without an `id`, known by name and organisation."""

    id: Columns
    full_name: str
    job_title: Annotated[Lookup | None, BeforeValidator(_column)] = None
    team: str | None = None
    organisation: str | None = None
    phone: str | None = None
    email: str | None = None


class Involvement(Strict):
    """That a service worked with a person."""

    person: str
    service: Fixed
    when: When
    key: Columns
    professional: str | None = None
    role: Annotated[Lookup | None, BeforeValidator(_fixed)] = None
    started_on: Columns
    ended_on: Columns
    end_reason: str | None = None


class Event(Strict):
    """A rule that makes an event of a row for which `when` holds.

    `optional` says that without a date nothing happened; else such a row is set aside. `parts`
    turns the roles of people who join it from another file into those that this kind knows;
    the empty word keeps them out. `name` tells two rules of one kind apart in the event's key.
    """

    kind: Fixed
    name: str = ""
    when: When
    occurred_on: Annotated[tuple[str, ...], BeforeValidator(_many)]
    ended_on: Columns
    recorded_on: Columns
    end_recorded_on: Columns
    optional: bool = False
    key: Columns
    group: Columns
    value: Annotated[Value | None, BeforeValidator(_column)] = None
    detail: str | None = None
    at: str | None = None
    people: Annotated[dict[str, Fixed], Field(default={})]
    parts: Annotated[dict[str, str], Field(default={})]


class Join(Strict):
    """A row of another file of this mapping, found by its key and read first.

    Its columns are then called `<join>.<column>`. Without one the row is set aside, unless the
    join is optional.
    """

    file: str
    on: Annotated[tuple[str, ...], BeforeValidator(_many)]
    key: Annotated[tuple[str, ...], BeforeValidator(_many)]
    optional: bool = False


class TakesPart(Strict):
    """That people of this row take part in the events which the joined row made."""

    join: str
    people: Annotated[dict[str, Fixed], Field(min_length=1)]


class OlderCoParticipant(Strict):
    """An event for the younger of two people who took part together, `years` or more apart.

    Ages are the person's `age_at_event`, else reckoned from the date of birth.
    """

    join: str
    person: str
    roles: tuple[str, ...]
    years: Annotated[int, Field(ge=1)]
    kind: str
    occurred_on: Annotated[tuple[str, ...], BeforeValidator(_many)]
    recorded_on: Columns
    role: str


class FileMapping(Strict):
    """How one kind of file, or one sheet of a workbook, becomes canonical rows."""

    title: str
    names: Annotated[tuple[str, ...], BeforeValidator(_many), Field(min_length=1)]
    sheet: str | None = None
    note: str = ""
    layouts: tuple[DateLayout, ...] = ("iso", "uk")
    columns: Annotated[dict[str, ColumnSpec], Field(min_length=1)]
    joins: Annotated[dict[str, Join], Field(default={})]
    people: Annotated[dict[str, Person], Field(default={})]
    places: Annotated[dict[str, Place], Field(default={})]
    professionals: Annotated[dict[str, Professional], Field(default={})]
    relationships: tuple[Relationship, ...] = ()
    involvements: tuple[Involvement, ...] = ()
    events: tuple[Event, ...] = ()
    takes_part: tuple[TakesPart, ...] = ()
    older_co_participants: tuple[OlderCoParticipant, ...] = ()


class Header(Strict):
    """What the mapping is for."""

    name: str
    title: str
    description: str = ""


class Mapping(Strict):
    """A whole mapping file. Made by `read_mapping`."""

    mapping: Header
    values: Annotated[dict[str, dict[str, str]], Field(default={})]
    files: Annotated[dict[str, FileMapping], Field(min_length=1)]

    @cached_property
    def values_by_word(self) -> dict[str, dict[str, str]]:
        """The shared value maps, each by folded word."""
        return {
            name: {fold(word): ours for word, ours in table.items()}
            for name, table in self.values.items()
        }
