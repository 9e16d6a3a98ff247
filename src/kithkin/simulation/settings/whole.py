"""All sections of the settings together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from kithkin.simulation.settings.county import CountySettings
from kithkin.simulation.settings.front_door import FrontDoorSettings
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.lives import LifeSettings
from kithkin.simulation.settings.mistakes import MistakeSettings
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.settings.returns import ReturnSettings
from kithkin.simulation.settings.sections import Section, SettingsError, read_section
from kithkin.simulation.settings.services import ServiceSettings
from kithkin.simulation.settings.text import TextSettings


@dataclass(frozen=True)
class Settings:
    """Every setting of a county."""

    county: CountySettings
    knobs: Knobs
    population: PopulationSettings
    lives: LifeSettings
    front_door: FrontDoorSettings
    justice: JusticeSettings
    services: ServiceSettings
    mistakes: MistakeSettings
    returns: ReturnSettings
    text: TextSettings

    def fingerprint(self) -> str:
        """Give the SHA-256 of all settings in a fixed order."""
        text = "\n".join(getattr(self, name).model_dump_json() for name in SECTIONS)
        return sha256(text.encode()).hexdigest()


SECTIONS: dict[str, type[Section]] = {
    "county": CountySettings,
    "knobs": Knobs,
    "population": PopulationSettings,
    "lives": LifeSettings,
    "front_door": FrontDoorSettings,
    "justice": JusticeSettings,
    "services": ServiceSettings,
    "mistakes": MistakeSettings,
    "returns": ReturnSettings,
    "text": TextSettings,
}


def read_settings(
    folder: Path | None = None, changes: Mapping[str, Mapping[str, Any]] | None = None
) -> Settings:
    """Read every section: ours, or the file of the same name in `folder`; then `changes`.

    Raises `SettingsError` for a folder without any settings file and for each value that is not
    allowed.
    """
    if folder is not None and not any((folder / s.FILE).exists() for s in SECTIONS.values()):
        names = ", ".join(section.FILE for section in SECTIONS.values())
        raise SettingsError(f"{folder}: holds no settings file. Put one of these in it: {names}.")
    changes = changes or {}
    sections: dict[str, Any] = {
        name: read_section(section, folder, changes.get(name)) for name, section in SECTIONS.items()
    }
    return Settings(**sections)
