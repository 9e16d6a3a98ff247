"""The children in need census: one XML file for the year that ended on 31 March.

`write_cin_census` writes it, valid by the DfE's schema of 2026; `planted_in_census` says which of
the sector's rules the file breaks on purpose, or through the register's mistakes.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kithkin.simulation.county import County
from kithkin.simulation.records import Delivery, Register
from kithkin.simulation.sending.case_files import open_case_files
from kithkin.simulation.sending.case_files.years import PlantedFault, ReturnYear
from kithkin.simulation.sending.cin_census.children import lay_out
from kithkin.simulation.sending.cin_census.xml import write_message
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.returns import ReturnSettings

__all__ = ["planted_in_census", "write_cin_census"]

GATEWAY = "children_act_1989"


def write_cin_census(
    folder: Path,
    county: County,
    register: Register,
    extracted: date,
    settings: ReturnSettings | None = None,
) -> Delivery:
    """Write the census of the year that had ended by `extracted` into `folder`/cin_census."""
    settings = settings or read_section(ReturnSettings)
    year = ReturnYear.before(extracted)
    files = open_case_files(county, register, year.ends_on, settings)
    name = f"cin_census/cin_{year.ends_on.year}.xml"
    write_message(
        folder / name, lay_out(files, year).fragments, year, extracted, settings.authority
    )
    return Delivery("cin_census", "social_care", "cin_census", (name,), extracted, GATEWAY)


def planted_in_census(
    county: County, register: Register, extracted: date, settings: ReturnSettings | None = None
) -> list[PlantedFault]:
    """Count what the census of the same arguments breaks, by rule."""
    year = ReturnYear.before(extracted)
    settings = settings or read_section(ReturnSettings)
    files = open_case_files(county, register, year.ends_on, settings)
    return lay_out(files, year).planted
