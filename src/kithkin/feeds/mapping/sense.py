"""Checks that a mapping makes sense: that names lead somewhere, and columns are declared and used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Table
from typing import Any

from pydantic import ValidationError

from kithkin.feeds.mapping.kinds import words_of
from kithkin.feeds.mapping.models import SEALS, FileMapping, Lookup
from kithkin.feeds.mapping.uses import Use, uses_of
from kithkin.model.codes import code_set_names
from kithkin.policy.mistakes import Mistake, suggestion

KIND = r"[a-z0-9_]+(\.[a-z0-9_]+)+"
ROLE = r"[a-z_]+"
# What `RelationshipTable` holds; a child is told by who its parent is.
RELATIONSHIPS = (
    "mother",
    "father",
    "parent",
    "sibling",
    "partner",
    "carer",
    "household_member",
    "family_member",
)


def sense_mistakes(raw: Table[str, Any], name: str) -> Iterator[Mistake]:
    """Check what names what, in every file table whose shape is right.

    `raw` is the mapping as TOML gives it; `name` is what messages call the file.
    """
    tables = raw.get("files")
    tables = tables if isinstance(tables, dict) else {}
    files: dict[str, FileMapping] = {}
    for key, table in tables.items():
        try:
            files[key] = FileMapping.model_validate(table)
        except ValidationError:
            continue
    shared = _well_formed_values(raw.get("values"))
    for key, file in files.items():
        yield from _file_mistakes(key, file, files, list(tables), shared, name)
    yield from _circles(files, name)


def _well_formed_values(shared: object) -> dict[str, dict[str, str]]:
    """Give the shared value maps; of one that is no table of words, its name alone."""
    if not isinstance(shared, dict):
        return {}
    return {
        str(key): {word: ours for word, ours in table.items() if isinstance(ours, str)}
        if isinstance(table, dict)
        else {}
        for key, table in shared.items()
    }


def _file_mistakes(
    key: str,
    file: FileMapping,
    files: dict[str, FileMapping],
    file_names: list[str],
    shared: dict[str, dict[str, str]],
    name: str,
) -> Iterator[Mistake]:
    table = f"files.{key}"
    uses = list(uses_of(file))
    known = [*file.columns, *_joined_columns(file, files)]
    for use in uses:
        whole = not any(_opaque(use.column, file, files))
        if whole and use.column not in known:
            yield Mistake(name, f"{table}.{use.table}", use.key, use.column,
                          f"no such column; {choose(use.column, known)}")  # fmt: skip
    yield from _unused(key, file, uses, files, name)
    yield from _names_that_lead_nowhere(table, file, file_names, name)
    for where, lookup in lookups_of(file):
        yield from _lookup_mistakes(f"{table}.{where}", lookup, list(shared), name)
    for where, lookup, allowed in _allowed_words(file):
        if lookup.values_named is None or lookup.values_named in shared:
            for word in sorted(words_of(lookup, shared)):
                if not re.fullmatch(allowed, word):
                    yield Mistake(name, f"{table}.{where}", "word", word,
                                  f"not allowed: {_worded(allowed)}")  # fmt: skip


def _allowed_words(file: FileMapping) -> Iterator[tuple[str, Lookup, str]]:
    """Yield each lookup whose words must have a form, with that form."""
    for number, event in enumerate(file.events, 1):
        yield f"events #{number}.kind", event.kind, KIND
        for person, role in event.people.items():
            yield f"events #{number}.people.{person}", role, ROLE
    for number, part in enumerate(file.takes_part, 1):
        for person, role in part.people.items():
            yield f"takes_part #{number}.people.{person}", role, ROLE
    for number, tie in enumerate(file.relationships, 1):
        yield f"relationships #{number}.kind", tie.kind, "|".join(RELATIONSHIPS)
    for name, one in file.people.items():
        if one.seal is not None:
            yield f"people.{name}.seal", one.seal, "|".join(SEALS)


def _worded(form: str) -> str:
    if form == KIND:
        return 'a kind is written like "police.crime.rape", and the policy lists them'
    if form == ROLE:
        return 'a role is written like "household_member", and the policy lists them'
    return f"use one of {form.replace('|', ', ')}"


def _joined_columns(file: FileMapping, files: dict[str, FileMapping]) -> Iterator[str]:
    for name, join in file.joins.items():
        if join.file in files:
            yield from (f"{name}.{column}" for column in files[join.file].columns)


def _opaque(column: str, file: FileMapping, files: dict[str, FileMapping]) -> Iterator[bool]:
    """Say whether the column is of a joined file that has mistakes of its own."""
    for name, join in file.joins.items():
        yield column.startswith(f"{name}.") and join.file not in files


def _unused(
    key: str, file: FileMapping, uses: list[Use], files: dict[str, FileMapping], name: str
) -> Iterator[Mistake]:
    used = {use.column for use in uses} | set(_used_by_joins(key, files))
    for column, spec in file.columns.items():
        table = f"files.{key}.columns"
        if spec.stored and column not in used:
            yield Mistake(name, table, column, None,
                          "is not used: say where it goes, or `stored = false`")  # fmt: skip
        if not spec.stored and column in used:
            yield Mistake(name, table, column, None, "is used, and yet says `stored = false`")


def _used_by_joins(key: str, files: dict[str, FileMapping]) -> Iterator[str]:
    for other in files.values():
        for name, join in other.joins.items():
            if join.file == key:
                yield from join.key
                starts = f"{name}."
                yield from (
                    use.column.removeprefix(starts)
                    for use in uses_of(other)
                    if use.column.startswith(starts)
                )


def _names_that_lead_nowhere(
    table: str, file: FileMapping, file_names: list[str], name: str
) -> Iterator[Mistake]:
    for where, key, value, allowed in _references(file, file_names):
        if value not in allowed:
            yield Mistake(name, f"{table}.{where}", key, value,
                          f"not named here; {choose(value, list(allowed))}")  # fmt: skip


def _references(
    file: FileMapping, file_names: list[str]
) -> Iterator[tuple[str, str, str, Iterable[str]]]:
    """Yield every name by which a table of the file refers to another table."""
    people, joins = list(file.people), list(file.joins)
    for name, join in file.joins.items():
        yield f"joins.{name}", "file", join.file, file_names
    for number, event in enumerate(file.events, 1):
        where = f"events #{number}"
        yield from ((where, "people", person, people) for person in event.people)
        if event.at is not None:
            yield where, "at", event.at, list(file.places)
    for number, part in enumerate(file.takes_part, 1):
        yield f"takes_part #{number}", "join", part.join, joins
        yield from ((f"takes_part #{number}", "people", one, people) for one in part.people)
    for number, older in enumerate(file.older_co_participants, 1):
        yield f"older_co_participants #{number}", "join", older.join, joins
        yield f"older_co_participants #{number}", "person", older.person, people
    for number, tie in enumerate(file.relationships, 1):
        yield f"relationships #{number}", "of", tie.of, people
        yield f"relationships #{number}", "other", tie.other, people
    for number, work in enumerate(file.involvements, 1):
        yield f"involvements #{number}", "person", work.person, people
        if work.professional is not None:
            yield (
                f"involvements #{number}",
                "professional",
                work.professional,
                list(file.professionals),
            )


def lookups_of(file: FileMapping) -> Iterator[tuple[str, Lookup]]:
    """Yield every lookup of a file mapping, and the table and key at which it stands."""
    for name, person in file.people.items():
        for key in ("sex", "ethnicity", "seal"):
            if (lookup := getattr(person, key)) is not None:
                yield f"people.{name}.{key}", lookup
    for number, event in enumerate(file.events, 1):
        yield f"events #{number}.kind", event.kind
        yield from ((f"events #{number}.people.{one}", role) for one, role in event.people.items())
    for number, part in enumerate(file.takes_part, 1):
        yield from ((f"takes_part #{number}.people.{o}", role) for o, role in part.people.items())
    for number, tie in enumerate(file.relationships, 1):
        yield f"relationships #{number}.kind", tie.kind
    for number, work in enumerate(file.involvements, 1):
        yield f"involvements #{number}.service", work.service
        if work.role is not None:
            yield f"involvements #{number}.role", work.role
    for name, one in file.professionals.items():
        if one.job_title is not None:
            yield f"professionals.{name}.job_title", one.job_title


def _lookup_mistakes(table: str, lookup: Lookup, shared: list[str], name: str) -> Iterator[Mistake]:
    if (lookup.fixed is None) == (lookup.column is None):
        yield Mistake(name, table, "column", None, "say either a fixed word or a `column`")
    if lookup.values_named is not None and lookup.values_named not in shared:
        yield Mistake(name, table, "values", lookup.values_named,
                      f"not named under [values]; {choose(lookup.values_named, shared)}")  # fmt: skip
    if lookup.codes is not None and lookup.codes not in code_set_names():
        yield Mistake(name, table, "codes", lookup.codes,
                      f"no such code set; {choose(lookup.codes, code_set_names())}")  # fmt: skip
    told = [lookup.codes, lookup.values, lookup.values_named]
    if sum(one is not None for one in told) > 1:
        yield Mistake(name, table, "codes", lookup.codes, "say either `values` or `codes`")


def _circles(files: dict[str, FileMapping], name: str) -> Iterator[Mistake]:
    """Find files that wait for each other: no order of reading would do."""
    waits = {key: {join.file for join in file.joins.values()} for key, file in files.items()}
    done: Counter[str] = Counter()
    while ready := [key for key in waits if not done[key] and _ready(waits[key], waits, done)]:
        done.update(ready)
    stuck = [key for key in waits if not done[key]]
    if stuck:
        yield Mistake(name, f"files.{stuck[0]}", "joins", None,
                      f"files wait for each other: {', '.join(stuck)}")  # fmt: skip


def _ready(needs: set[str], waits: dict[str, set[str]], done: Counter[str]) -> bool:
    return all(done[need] or need not in waits for need in needs)


def choose(wrong: str, allowed: Iterable[str]) -> str:
    """Say what to write instead: the nearest allowed name, and all of them."""
    names = sorted(allowed)
    return f"{suggestion(wrong, names)}use one of {', '.join(names)}"
