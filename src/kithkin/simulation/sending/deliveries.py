"""Successive deliveries of one agency: earlier extracts, since corrected, and files sent twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.dates import day_number
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile, Column, Delivery, Register
from kithkin.simulation.sending.misspelling import mistyped
from kithkin.simulation.sending.plain import write_plain
from kithkin.simulation.sending.registers import make_register
from kithkin.simulation.settings.mistakes import MistakeSettings, RegisterFeed

_CORRECTED = ("day", "word", "number", "yes_no")
_DAYS_WRONG = 10
_TIMES = ("day", "minute")
_MINUTES = 24 * 60


def send_plain(
    folder: Path,
    feed: RegisterFeed,
    files: Iterable[AgencyFile],
    register: Register,
    county: County,
    settings: MistakeSettings,
) -> list[Delivery]:
    """Write all deliveries of an agency, the earliest first; the last is of the county's last day.

    Earlier extracts hold what was known by then, with some values that were corrected afterwards.
    Agencies that send successive extracts send all that they have. `register` is the agency's on
    the last day.
    """
    custom = settings.deliveries
    uprn_missing = settings.rates(feed, county.knobs.mistakes)["place_uprn_missing"]
    last_day = county.calendar.day(county.calendar.ends)
    days = _earlier_days(feed, county, settings)
    if days:
        files = list(files)
    deliveries = [
        write_plain(
            folder,
            feed,
            (
                _before_correction(_as_known(file, day), county, custom.rows_corrected, day)
                for file in files
            ),
            _earlier_register(feed, register, county, settings, day),
            county,
            day,
            full_extract=True,
            uprn_missing=uprn_missing,
        )
        for day in days
    ]
    last = write_plain(
        folder,
        feed,
        files,
        register,
        county,
        last_day,
        full_extract=bool(days),
        uprn_missing=uprn_missing,
    )
    again = [_again(folder, last)] if feed in custom.sent_twice else []
    return [*deliveries, last, *again]


def _earlier_days(feed: RegisterFeed, county: County, settings: MistakeSettings) -> list[date]:
    """Give the last days of the months after which an earlier extract was sent, in order."""
    calendar = county.calendar
    months = sorted(settings.deliveries.earlier_months.get(feed, ()), reverse=True)
    starts = [int(calendar.month_starts[-1 - back]) for back in months if back < calendar.months]
    return [calendar.day(start - 1) for start in starts if start > calendar.opens]


def _earlier_register(
    feed: RegisterFeed, last: Register, county: County, settings: MistakeSettings, day: date
) -> Register:
    """Give the register as it stood on a day, with names that have been corrected since."""
    people, first = np.unique(last.person, return_index=True)
    then = make_register(feed, people, last.known[first], county, settings, day_number(day))
    rng = county.streams.of("sending", feed, "corrected names", day.isoformat())
    # An entry of a number is one row of the file, so entries of one number are struck together.
    _, number = np.unique(then.number, return_inverse=True)
    struck = (rng.random(len(number)) < settings.deliveries.entries_corrected)[number]
    struck &= pc.is_valid(then.entries["surname"]).to_numpy()
    surname = then.entries["surname"].combine_chunks()
    wrong = mistyped(surname.filter(pa.array(struck)), rng)
    place = then.entries.schema.get_field_index("surname")
    changed = pc.replace_with_mask(surname, pa.array(struck), wrong)
    return replace(then, entries=then.entries.set_column(place, "surname", changed))


def _as_known(file: AgencyFile, day: date) -> AgencyFile:
    """Give a file without the ends, and what else came later, that nobody knew on a day.

    The first day of a row is never left out, nor is one on which something falls due.
    """
    file = replace(file, columns=tuple(_before(column, day_number(day)) for column in file.columns))
    times = [column for column in file.columns if column.kind in _TIMES]
    ends = [column for column in times[1:] if "due" not in column.name]
    later = {column.name: _is_later(column, day_number(day)) for column in ends}
    ended = np.logical_or.reduce([np.zeros(len(file), dtype=bool), *later.values()])
    known = {column.name: _without(column, later[column.name]) for column in ends}
    columns = (known.get(column.name, column) for column in file.columns)
    return replace(file, columns=tuple(_without_reason(column, ended) for column in columns))


def _before(column: Column, last: int) -> Column:
    """Give a column with the values that stood in it at the end of a day."""
    if column.changed is None:
        return column
    since, earlier = column.changed
    return replace(column, values=np.where(since > last, earlier, column.values), changed=None)


def _is_later(column: Column, last: int) -> npt.NDArray[np.bool_]:
    """Say which days or minutes lie after a day; blanks do not."""
    values = column.values
    if column.kind == "day":
        return (values > last) & (values != NEVER)
    later: npt.NDArray[np.bool_] = values >= (last + 1) * _MINUTES
    return later


def _without(column: Column, rows: npt.NDArray[np.bool_]) -> Column:
    blank = NEVER if column.kind == "day" else -1
    return replace(column, values=np.where(rows, blank, column.values))


def _without_reason(column: Column, ended: npt.NDArray[np.bool_]) -> Column:
    """Leave out why something ended where its end was not known."""
    if column.kind != "word" or not column.name.startswith("end_"):
        return column
    return _without(column, ended)


def _before_correction(file: AgencyFile, county: County, share: float, day: date) -> AgencyFile:
    """Give a file as it stood before some rows were corrected, one value in each."""
    can = [column.name for column in file.columns if _may_be_corrected(column)]
    if not can or not share:
        return file
    rng = county.streams.of("sending", file.feed, file.file, "corrected", day.isoformat())
    rows = np.flatnonzero(rng.random(len(file)) < share)
    which = rng.integers(len(can), size=len(rows))
    wrong = {
        name: _wrong(file.column(name), rows[which == place], rng) for place, name in enumerate(can)
    }
    columns = tuple(wrong.get(column.name, column) for column in file.columns)
    return replace(file, columns=columns)


def _may_be_corrected(column: Column) -> bool:
    return column.kind in _CORRECTED and not column.name.endswith("_id")


def _wrong(column: Column, rows: npt.NDArray[np.int64], rng: np.random.Generator) -> Column:
    """Put a day some days too early, and another row's value in the place of any other.

    Blanks stay blank.
    """
    values = column.values.copy()
    if column.kind == "day":
        rows = rows[values[rows] != NEVER]
        values[rows] -= rng.integers(1, _DAYS_WRONG + 1, size=len(rows)).astype(values.dtype)
    else:
        filled = np.flatnonzero(_filled(column))
        rows = np.intersect1d(rows, filled)
        values[rows] = values[rng.choice(filled, size=len(rows))] if len(rows) else values[rows]
    return replace(column, values=values)


def _filled(column: Column) -> npt.NDArray[np.bool_]:
    values = column.values
    if column.kind == "word":
        filled: npt.NDArray[np.bool_] = values >= 0
        return filled
    return ~np.isnan(values) if values.dtype.kind == "f" else np.ones(len(values), dtype=bool)


def _again(folder: Path, delivery: Delivery) -> Delivery:
    """Send the files of a delivery once more, unchanged."""
    patterns = []
    for pattern in delivery.files:
        sent = folder / Path(pattern).parent
        again = sent.with_name(sent.name + "-again")
        again.mkdir(parents=True, exist_ok=True)
        for path in sorted(sent.glob(Path(pattern).name)):
            shutil.copyfile(path, again / path.name)
        patterns.append((again / Path(pattern).name).relative_to(folder).as_posix())
    return replace(delivery, files=tuple(patterns))
