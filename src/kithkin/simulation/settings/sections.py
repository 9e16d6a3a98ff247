"""How a section of settings is read from its file and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
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
        raise SettingsError("\n".join(_mistakes(str(source), error))) from None


def _mistakes(source: str, error: ValidationError) -> list[str]:
    return [
        f"{source}: {'.'.join(map(str, mistake['loc']))} = {mistake['input']!r}: "
        f"{mistake['msg']}. Change it, or leave it out to have the shipped value."
        for mistake in error.errors()
    ]
