"""How a section of settings is read from its file and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class SettingsError(ValueError):
    """A setting that cannot be used: names the file, the key, the value and the remedy."""


class Section(BaseModel):
    """One section of the settings, kept in `<FILE>` of this package."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    FILE: ClassVar[str]


Model = TypeVar("Model", bound=Section)


def read_section(
    section: type[Model], folder: Path | None = None, changes: Mapping[str, Any] | None = None
) -> Model:
    """Read one section: the shipped file, or the one of the same name in `folder`; then `changes`.

    Raises `SettingsError` naming each key that is unknown, missing or out of range.
    """
    source = files(__package__).joinpath(section.FILE)
    if folder is not None and (folder / section.FILE).exists():
        source = folder / section.FILE
    try:
        values = tomllib.loads(source.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{source}: not TOML: {error}. Mend the line that it names.") from None
    try:
        return section.model_validate({**values, **(changes or {})})
    except ValidationError as error:
        raise SettingsError("\n".join(_mistakes(str(source), section, error))) from None


def _mistakes(source: str, section: type[Section], error: ValidationError) -> list[str]:
    return [
        f"{source}: {'.'.join(map(str, mistake['loc']))} = {mistake['input']!r}: "
        + _remedy(section, mistake["type"], mistake["loc"], mistake["msg"])
        for mistake in error.errors()
    ]


def _remedy(section: type[Section], kind: str, place: tuple[int | str, ...], words: str) -> str:
    """Name the settings that there are for one that there is not, the likeliest alone if any."""
    if kind == "extra_forbidden" and len(place) == 1:
        names = list(section.model_fields)
        near = get_close_matches(str(place[0]), names, n=1, cutoff=0.5)
        return f"there is no such setting; use {near[0] if near else 'one of ' + ', '.join(names)}."
    return f"{words}. Change it, or leave it out to have the shipped value."
