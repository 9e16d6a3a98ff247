"""The SSDA903 return: ten CSV files on children looked after in the year that ended on 31 March.

`write_ssda903` writes them; `planted_in_return` says which of the sector's rules the files break on
purpose, or through the register's mistakes.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kithkin.simulation.county import County
from kithkin.simulation.records import Delivery, Register
from kithkin.simulation.sending.case_files import open_case_files
from kithkin.simulation.sending.case_files.cells import write_tables
from kithkin.simulation.sending.case_files.years import PlantedFault, ReturnYear
from kithkin.simulation.sending.ssda903.tables import Layout, lay_out
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.returns import ReturnSettings

__all__ = ["planted_in_return", "write_ssda903"]

GATEWAY = "children_act_1989"


def write_ssda903(
    folder: Path,
    county: County,
    register: Register,
    extracted: date,
    settings: ReturnSettings | None = None,
) -> Delivery:
    """Write the return of the year that had ended by `extracted` into `folder`/ssda903."""
    layout = _layout(county, register, extracted, settings)
    named = ((f"{name}.csv", table) for name, table in layout.tables.items())
    written = write_tables(folder / "ssda903", named)
    return Delivery(
        "ssda903", "social_care", "ssda903", tuple(f"ssda903/{name}" for name in written),
        extracted, GATEWAY, {"year_ending": str(ReturnYear.before(extracted).ends_on.year)},
    )  # fmt: skip


def planted_in_return(
    county: County, register: Register, extracted: date, settings: ReturnSettings | None = None
) -> list[PlantedFault]:
    """Count what the return of the same arguments breaks, by rule."""
    return _layout(county, register, extracted, settings).planted


def _layout(
    county: County, register: Register, extracted: date, settings: ReturnSettings | None
) -> Layout:
    year = ReturnYear.before(extracted)
    settings = settings or read_section(ReturnSettings)
    return lay_out(open_case_files(county, register, year.ends_on, settings), year)
