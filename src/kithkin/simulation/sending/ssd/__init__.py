"""Social care's case files as the Standard Safeguarding Dataset: one CSV file for each table.

`write_ssd` writes a dump of one day. Column names are those of the specification, release 1.4.5.
Tables of which the county says nothing (education, health and care plans, convictions, permanence
before this care) are left out, as a council without them leaves them out.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kithkin.simulation.county import County
from kithkin.simulation.records import Delivery, Register
from kithkin.simulation.sending.case_files import open_case_files
from kithkin.simulation.sending.case_files.cells import write_tables
from kithkin.simulation.sending.ssd.before_court import before_court_tables
from kithkin.simulation.sending.ssd.looked_after import looked_after_tables
from kithkin.simulation.sending.ssd.people import people_tables
from kithkin.simulation.sending.ssd.work import work_tables
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.returns import ReturnSettings

__all__ = ["write_ssd"]

GATEWAY = "children_act_1989"


def write_ssd(
    folder: Path,
    county: County,
    register: Register,
    extracted: date,
    settings: ReturnSettings | None = None,
) -> Delivery:
    """Write what social care knew by the end of the day `extracted` into `folder`/ssd.

    `register` is social care's own. The same county and day give the same bytes.
    """
    files = open_case_files(county, register, extracted, settings or read_section(ReturnSettings))
    tables = {
        **people_tables(files),
        **work_tables(files),
        **looked_after_tables(files),
        **before_court_tables(files),
    }
    named = ((f"{name}.csv", table) for name, table in tables.items())
    written = write_tables(folder / "ssd", named)
    return Delivery(
        name="ssd",
        agency="social_care",
        contract="standard_safeguarding_dataset",
        files=tuple(f"ssd/{name}" for name in written),
        extracted_on=extracted,
        gateway=GATEWAY,
    )
