"""The county's settings: rates, customs, delays and mistakes, as data that anybody may change.

Each section is a TOML file beside a frozen model that checks it. Every rate says what it is per,
and where it comes from.
"""

from kithkin.simulation.settings.sections import Section, SettingsError, read_section

__all__ = ["Section", "SettingsError", "read_section"]
