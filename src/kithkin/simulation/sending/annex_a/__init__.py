"""Ofsted's Annex A: the workbook of eleven lists, as prepared for an inspection on a day.

`write_annex_a` writes it from the case files. Lists of work cover the six months before the day,
lists of cases those that were open in them; list 11 is empty, since adopters are not simulated.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kithkin.simulation.county import County
from kithkin.simulation.records import Delivery, Register
from kithkin.simulation.sending.annex_a.cases import case_lists
from kithkin.simulation.sending.annex_a.lists import work_lists
from kithkin.simulation.sending.annex_a.workbook import write_workbook
from kithkin.simulation.sending.case_files import open_case_files
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.returns import ReturnSettings

__all__ = ["write_annex_a"]

GATEWAY = "children_act_1989"


def write_annex_a(
    folder: Path,
    county: County,
    register: Register,
    extracted: date,
    settings: ReturnSettings | None = None,
) -> Delivery:
    """Write the workbook of the day `extracted` into `folder`/annex_a."""
    files = open_case_files(county, register, extracted, settings or read_section(ReturnSettings))
    name = f"annex_a/annex_a_{extracted.isoformat()}.xlsx"
    write_workbook(folder / name, {**work_lists(files), **case_lists(files)})
    return Delivery("annex_a", "social_care", "annex_a", (name,), extracted, GATEWAY)
