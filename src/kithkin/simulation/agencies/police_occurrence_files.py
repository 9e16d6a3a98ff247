"""The files of occurrences and of the people in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.justice_rows import draw, sent
from kithkin.simulation.agencies.police_occurrences import MARKERS
from kithkin.simulation.agencies.police_offences import NO_CRIME
from kithkin.simulation.agencies.police_people import CHARGED, ROLES
from kithkin.simulation.agencies.police_recorded import Recorded
from kithkin.simulation.agencies.tables import (
    FIRST_NUMBER,
    address,
    day,
    ident,
    number,
    person,
    word,
    yes_no,
)
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile, Column
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import Float, Index

OCCURRENCE = "OCC"
GRADES = ("standard", "medium", "high")
HIGH = GRADES.index("high")
QUESTIONS = 27
"""Questions of the DASH."""


def occurrence_number(row: Index) -> npt.NDArray[np.int64]:
    """Give the force's number of each occurrence by its row; -1 for NOBODY."""
    return np.where(row >= 0, row.astype(np.int64) + FIRST_NUMBER, -1)


def occurrence_file(county: County, settings: JusticeSettings, recorded: Recorded) -> AgencyFile:
    """Give the occurrences of the window."""
    table = recorded.occurrences
    row = np.arange(len(table), dtype=np.int32)
    columns = [
        ident("occurrence_id", occurrence_number(row), OCCURRENCE),
        day("reported_on", table.known),
        day("committed_from", table.day),
        word("ho_code", table.code, recorded.learnt.offences.codes),
        yes_no("domestic_abuse", table.domestic),
        *_dash(county, settings, recorded),
        _markers(table.markers),
        yes_no("antisocial_behaviour", table.antisocial),
        yes_no("order_breached", table.breach),
        address(table.address),
        Column("postcode", "postcode", table.postcode),
        number("easting", _metres(county.world.postcodes.easting, table.postcode)),
        number("northing", _metres(county.world.postcodes.northing, table.postcode)),
    ]
    return _as_it_stands("occurrence", columns, recorded)


def occurrence_person_file(county: County, recorded: Recorded) -> AgencyFile:
    """Give the people of the occurrences; who is charged was a suspect until that day."""
    people = recorded.involved
    by_now = people.charged <= county.calendar.ends
    role = np.where(by_now, CHARGED, people.role).astype(np.int8)
    columns = [
        ident("occurrence_id", occurrence_number(people.occurrence), OCCURRENCE),
        person("nominal_id", people.person),
        replace(word("role", role, ROLES), changed=(people.charged, people.role)),
        number("age", people.age),
    ]
    known = recorded.occurrences.known[people.occurrence]
    return sent(county, "police", "occurrence_person", known, columns)


def _as_it_stands(file: str, columns: list[Column], recorded: Recorded) -> AgencyFile:
    """Make a file of rows that are already in order of record, and in the window."""
    return AgencyFile("police", file, tuple(columns), recorded.occurrences.known)


def dash_answers(county: County, settings: JusticeSettings, recorded: Recorded) -> Float:
    """Give the positive DASH answers of each occurrence; NaN where none was made."""
    table, dash = recorded.occurrences, settings.police.dash
    rng = county.streams.of("police", "dash")
    mean = dash.answers_at_severity_1 + dash.answers_by_severity * (table.severity - 1)
    answers = rng.binomial(QUESTIONS, np.clip(mean / QUESTIONS, 0, 1)).astype(np.float32)
    made = table.domestic & (rng.random(len(table), dtype=np.float32) < dash.done)
    return np.where(made, answers, np.nan).astype(np.float32)


def dash_grade(
    county: County, settings: JusticeSettings, recorded: Recorded
) -> npt.NDArray[np.int8]:
    """Give the DASH grade of each occurrence: a position in GRADES, -1 where none was made."""
    answers, dash = dash_answers(county, settings, recorded), settings.police.dash
    medium, high = answers >= dash.medium_from, answers >= dash.high_from
    return np.where(np.isnan(answers), -1, medium.astype(np.int8) + high).astype(np.int8)


def _dash(county: County, settings: JusticeSettings, recorded: Recorded) -> list[Column]:
    table, dash = recorded.occurrences, settings.police.dash
    answers = dash_answers(county, settings, recorded)
    rng = county.streams.of("police", "dash severe")
    severe = np.asarray(dash.high_severity_answer, dtype=np.float32)[table.severity - 1]
    severe_too = ~np.isnan(answers) & (rng.random(len(table), dtype=np.float32) < severe)
    return [
        number("domestic_gravity", _gravity(county, settings, recorded)),
        word("dash_grade", dash_grade(county, settings, recorded), GRADES),
        number("dash_answers", answers),
        yes_no("dash_high_severity", severe_too),
    ]


def _gravity(county: County, settings: JusticeSettings, recorded: Recorded) -> Float:
    table = recorded.occurrences
    rng = county.streams.of("police", "gravity")
    step = draw([0.2, 0.6, 0.2], rng.random(len(table), dtype=np.float32)) - 1
    graded = rng.random(len(table), dtype=np.float32) < settings.police.dash.graded_gravity
    gravity = np.clip(table.severity + step, 1, 5)
    return np.where(table.domestic & graded, gravity, np.nan).astype(np.float32)


def _markers(bits: npt.NDArray[np.int32]) -> Column:
    """Write each combination of markers once, as one word."""
    found, place = np.unique(bits, return_inverse=True)
    words = tuple(
        "; ".join(word for i, word in enumerate(MARKERS) if combination >> i & 1)
        for combination in found.tolist()
    )
    blank = np.where(bits == 0, NO_CRIME, place.reshape(-1))
    return word("markers", blank.astype(np.int32), words)


def _metres(values: Index, postcode: Index) -> Float:
    if not len(values):
        return np.full(len(postcode), np.nan, dtype=np.float32)
    return np.where(postcode >= 0, values[postcode].astype(np.float32), np.nan).astype(np.float32)
