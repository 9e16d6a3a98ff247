"""Reads a mapping file and finds every mistake in it: file, table, key, value, what is allowed."""

from __future__ import annotations

import tomllib
import types
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from kithkin.feeds.delivery import FeedError
from kithkin.feeds.mapping.models import FileMapping, Lookup, Mapping
from kithkin.feeds.mapping.uses import Use, uses_of
from kithkin.model.codes import code_set_names
from kithkin.policy.mistakes import Mistake, choose_from


class MappingError(FeedError):
    """A mapping that cannot be used, with every mistake in it, not just the first."""

    def __init__(self, file: str, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        heading = f"{count} {'mistake' if count == 1 else 'mistakes'} in the mapping:"
        listed = "\n".join(f"  {mistake}" for mistake in self.mistakes)
        super().__init__(file, f"{heading}\n{listed}\n", "Mend the mapping and read it again.")


def read_mapping(path: Path, name: str) -> Mapping:
    """Read the mapping file at `path`, which messages call `name`.

    Raises `MappingError` with all that is wrong: TOML that does not parse, unknown keys, values
    that are not allowed, columns that are not declared or not used, names that lead nowhere.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MappingError(name, [Mistake(name, "", "", None, "there is no such file")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(name, [Mistake(name, "", "", None, f"not TOML: {error}")]) from None
    mistakes = [*_shape_mistakes(raw, name), *_sense_mistakes(raw, name)]
    if mistakes:
        raise MappingError(name, mistakes)
    return Mapping.model_validate(raw)


def _shape_mistakes(raw: dict[str, Any], name: str) -> Iterator[Mistake]:
    try:
        Mapping.model_validate(raw)
    except ValidationError as error:
        for one in error.errors():
            yield _shape_mistake(one["type"], one["loc"], one["input"], one["msg"], name)


def _shape_mistake(
    kind: str, loc: Sequence[int | str], value: object, message: str, name: str
) -> Mistake:
    if loc and isinstance(loc[-1], int):
        loc = loc[:-1]  # of a list that has a bad item, the list is the key
    table, key = _table(loc[:-1]), str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        shown = None if isinstance(value, dict | list) else value
        keys = _keys_at(Mapping, loc[:-1])
        return Mistake(name, table, key, shown, f"no such key; {choose_from(key, keys)}")
    if kind == "missing":
        return Mistake(name, table, key, None, "is missing")
    return Mistake(name, table, key, value, f"not allowed: {message[:1].lower()}{message[1:]}")


def _table(loc: Sequence[int | str]) -> str:
    """Name a table as TOML does; an item of a list is counted from one."""
    text = ""
    for part in loc:
        text += f" #{part + 1}" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def _keys_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """List the keys that the table at `loc` may have."""
    kind: Any = model
    for part in loc:
        kind = _bare(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(part)].annotation
        else:
            kind = get_args(kind)[-1 if get_origin(kind) is dict else 0]
    kind = _bare(kind)
    return list(kind.model_fields) if hasattr(kind, "model_fields") else []


def _bare(kind: Any) -> Any:
    """Take off `Annotated` and `| None`."""
    while get_origin(kind) in (Annotated, Union, types.UnionType):
        kind = next(arg for arg in get_args(kind) if arg is not types.NoneType)
    return kind


def _sense_mistakes(raw: dict[str, Any], name: str) -> Iterator[Mistake]:
    """Check what names what, in every file table whose shape is right."""
    tables = raw.get("files")
    tables = tables if isinstance(tables, dict) else {}
    files: dict[str, FileMapping] = {}
    for key, table in tables.items():
        try:
            files[key] = FileMapping.model_validate(table)
        except ValidationError:
            continue
    shared = raw.get("values")
    shared_names = list(shared) if isinstance(shared, dict) else []
    for key, file in files.items():
        yield from _file_mistakes(key, file, files, list(tables), shared_names, name)
    yield from _circles(files, name)


def _file_mistakes(
    key: str,
    file: FileMapping,
    files: dict[str, FileMapping],
    file_names: list[str],
    shared_names: list[str],
    name: str,
) -> Iterator[Mistake]:
    table = f"files.{key}"
    uses = list(uses_of(file))
    known = [*file.columns, *_joined_columns(file, files)]
    for use in uses:
        whole = not any(_opaque(use.column, file, files))
        if whole and use.column not in known:
            yield Mistake(name, f"{table}.{use.table}", use.key, use.column,
                          f"no such column; {choose_from(use.column, known)}")  # fmt: skip
    yield from _unused(key, file, uses, files, name)
    yield from _names_that_lead_nowhere(table, file, file_names, name)
    for where, lookup in lookups_of(file):
        yield from _lookup_mistakes(f"{table}.{where}", lookup, shared_names, name)


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
                          f"not named here; {choose_from(value, list(allowed))}")  # fmt: skip


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
                      f"not named under [values]; {choose_from(lookup.values_named, shared)}")  # fmt: skip
    if lookup.codes is not None and lookup.codes not in code_set_names():
        yield Mistake(name, table, "codes", lookup.codes,
                      f"no such code set; {choose_from(lookup.codes, code_set_names())}")  # fmt: skip
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
