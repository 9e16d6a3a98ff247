"""Recorded crime, and children new to youth justice."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from kithkin.model.codes import code_set
from kithkin.simulation.calibration.measures.counting import Count, Year, per

SUBGROUPS: Mapping[str, str] = {
    "violence_with_injury": "Violence with injury",
    "violence_without_injury": "Violence without injury",
    "stalking_harassment": "Stalking and harassment",
    "rape": "Rape offences",
    "other_sexual": "Other sexual offences",
}
"""Our names of the Home Office's subgroups, as the offence codes give them."""


def crime(year: Year, of: str) -> Count:
    """Crimes of a subgroup recorded in the year, for each 1,000 people."""
    file = year.files["police", "occurrence"]
    codes = file.column("ho_code")
    wanted = np.array([_subgroup(str(code)) == SUBGROUPS[of] for code in codes.words])
    hits = (codes.values >= 0) & wanted[codes.values] & year.during(file.known)
    return per(int(np.count_nonzero(hits)), year.population, 1_000)


def _subgroup(code: str) -> str:
    known = code_set("offence").match(code)
    return known.more["subgroup"] if known else ""


def first_time_entrants(year: Year, _of: str) -> Count:
    """Children given a first caution or conviction in the year, per 100,000 aged 10 to 17."""
    file = year.files["youth_justice", "outcome"]
    first = file.column("first_time_entrant").values.astype(bool)
    when = year.during(file.column("outcome_on").values)
    return per(int(np.count_nonzero(first & when)), year.aged(10, 17), 100_000)


MEASURES: Mapping[str, Callable[[Year, str], Count]] = {
    measure.__name__: measure for measure in (crime, first_time_entrants)
}
