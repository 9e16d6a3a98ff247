"""Reads a mapping file and finds every mistake in it: file, table, key, value, what is allowed."""

from __future__ import annotations

import tomllib
import types
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from kithkin.feeds.delivery import FeedError
from kithkin.feeds.mapping.models import Mapping
from kithkin.feeds.mapping.sense import choose, sense_mistakes
from kithkin.policy.mistakes import Mistake


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
    mistakes = [*_shape_mistakes(raw, name), *sense_mistakes(raw, name)]
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
        return Mistake(name, table, key, shown, f"no such key; {choose(key, keys)}")
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
