"""The best rankings that were possible: given all that is true, and given what was knowable.

`given_lives` ranks by the latent states, exposures and hidden differences on the day, which nobody
can know. `given_known` ranks by a forward filter of what had come to some agency's notice, by how
often each grave kind of it came, and by the front door's own records. Both weigh their columns by how those stood to outcomes in the
warm-up, before any as-of date; nothing later than the as-of date enters either. Approximations:
conditions are filtered one by one and present or absent, ties as a mean field (see `filtering`),
notice comes in the month of the happening without mistakes, and weights add up on the log-odds
scale. How often agencies write what of a child in each condition is measured over the window, as
they had written nothing before. So `given_known` is a good ranking with the simulator's own rates,
a little below the best.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.simulation.calendar import NEVER, Calendar
from kithkin.simulation.county import County
from kithkin.simulation.front_door.reports import surroundings
from kithkin.simulation.life import CHILD_CONDITIONS, HOUSEHOLD_CONDITIONS
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.truth.ahead import (
    A_YEAR,
    OUTCOMES,
    Histories,
    happened_before,
    happened_on,
    histories,
    ranked_children,
)
from kithkin.simulation.truth.features import (
    Columns,
    belief_columns,
    life_columns,
    record_columns,
    together,
)
from kithkin.simulation.truth.filtering import Beliefs, follow_beliefs
from kithkin.simulation.truth.noticed import Noticed, noticed
from kithkin.simulation.truth.recorded import recorded
from kithkin.simulation.truth.weighing import Weights, prior_weights, weigh

MONTHS_BEFORE_OPENING = (12, 15, 18)
"""The warm-up's as-of dates that the weights are learnt from; their outcomes end by the opening."""
SCHEMA = pa.schema(
    [
        ("as_of", pa.date32()),
        ("outcome", pa.dictionary(pa.int8(), pa.string())),
        ("person", pa.int32()),
        ("given_lives", pa.float32()),
        ("given_known", pa.float32()),
        ("happened", pa.bool_()),
        ("happened_on", pa.date32()),
        ("before", pa.bool_()),
    ]
)
Both = tuple[Columns, Columns]


def best_rankings(county: County, justice: JusticeSettings, as_of_days: Iterable[int]) -> pa.Table:
    """Rank the county's children for each outcome on each as-of day of the window.

    A row is an as-of day, outcome and person (position in `World.people`), with two scores (log
    odds up to a constant; higher ranks first) and whether the outcome came about in the twelve
    months after, and on which day first, null when those end after the calendar; `before` says
    whether it had ever come about by the day, the warm-up included. An as-of day is taken at the end of the
    last whole month by then. Raises `ValueError` for a day before the window or after its end.
    """
    days = sorted(set(as_of_days))
    _check(county.calendar, days)
    past, seen, written = histories(county), noticed(county), recorded(county, justice)
    deprivation = surroundings(county.world).deprivation
    learning = _learning_days(county.calendar)
    months = {day: _month(county.calendar, day) for day in (*learning, *days)}
    beliefs = follow_beliefs(
        county, seen, written, sorted(set(months.values())), county.calendar.first_month
    )

    def columns(day: int) -> Both:
        month = months[day]
        return _columns(county, past, seen, deprivation, beliefs[month], day, month)

    weights = _learn(county, past, {day: (months[day], columns(day)) for day in learning})
    parts = [
        part
        for day in days
        for part in _ranked(county, past, weights, day, months[day], columns(day))
    ]
    return pa.Table.from_batches(parts, SCHEMA)


def quarterly(calendar: Calendar) -> list[int]:
    """Give the last day of each quarter of the window."""
    starts = calendar.month_starts[calendar.first_month :: 3]
    return [int(start) - 1 for start in starts[1:]]


def _check(calendar: Calendar, days: list[int]) -> None:
    wrong = [calendar.day(day).isoformat() for day in days if not _inside(calendar, day)]
    if wrong:
        raise ValueError(
            f"as-of days {wrong} lie outside the window, which is from the day before "
            f"{calendar.day(calendar.opens)} to {calendar.day(calendar.ends)}; choose others"
        )


def _inside(calendar: Calendar, day: int) -> bool:
    return calendar.opens - 1 <= day <= calendar.ends


def _month(calendar: Calendar, day: int) -> int:
    """Give the last month that is over at the end of the day."""
    return int(np.searchsorted(calendar.month_starts, day + 1, side="right")) - 2


def _learning_days(calendar: Calendar) -> list[int]:
    opening = calendar.first_month
    found = [opening - back for back in MONTHS_BEFORE_OPENING if opening - back > 0]
    return [int(calendar.month_starts[month]) - 1 for month in found]


def _columns(
    county: County,
    past: Histories,
    seen: Noticed,
    deprivation: npt.NDArray[np.float32],
    beliefs: Beliefs,
    day: int,
    month: int,
) -> Both:
    records = record_columns(county, past, seen, deprivation, day)
    return (
        together(life_columns(county, month), records),
        together(belief_columns(county, beliefs, month), records),
    )


def _learn(
    county: County, past: Histories, before: dict[int, tuple[int, Both]]
) -> dict[str, tuple[Weights, Weights]]:
    """Fit both sets of weights for each outcome."""
    return {
        outcome: (
            _weigh(county, past, outcome, before, 0),
            _weigh(county, past, outcome, before, 1),
        )
        for outcome in OUTCOMES
    }


def _weigh(
    county: County,
    past: Histories,
    outcome: str,
    before: dict[int, tuple[int, Both]],
    which: int,
) -> Weights:
    values, came = [], []
    names: tuple[str, ...] = ()
    for day, (month, both) in before.items():
        child = ranked_children(county, past, outcome, day, month)
        names = both[which].names
        values.append(both[which].values[child])
        came.append(happened_on(county, past, outcome, day)[child] < NEVER)
    prior = prior_weights(names, outcome, HOUSEHOLD_CONDITIONS + CHILD_CONDITIONS)
    return weigh(np.concatenate(values), np.concatenate(came), prior)


def _ranked(
    county: County,
    past: Histories,
    weights: dict[str, tuple[Weights, Weights]],
    day: int,
    month: int,
    both: Both,
) -> Iterator[pa.RecordBatch]:
    mature = day + A_YEAR <= county.calendar.ends
    for number, outcome in enumerate(OUTCOMES):
        child = ranked_children(county, past, outcome, day, month)
        lives, known = (
            weight.score(columns.values[child])
            for weight, columns in zip(weights[outcome], both, strict=True)
        )
        came = happened_on(county, past, outcome, day)[child]
        before = happened_before(county, past, outcome, day)[child]
        person = county.lives.children[child]
        yield _batch(day, number, person, lives, known, came, before, mature)


def _batch(
    day: int,
    outcome: int,
    person: npt.NDArray[np.int32],
    lives: npt.NDArray[np.float32],
    known: npt.NDArray[np.float32],
    came: npt.NDArray[np.int64],
    before: npt.NDArray[np.bool_],
    mature: bool,
) -> pa.RecordBatch:
    size = len(person)
    word = pa.DictionaryArray.from_arrays(np.full(size, outcome, dtype=np.int8), list(OUTCOMES))
    as_of = pa.array(np.full(size, day, dtype=np.int32)).cast(pa.date32())
    result = pa.array(came < NEVER, mask=np.full(size, not mature))
    first = pa.array(came.astype(np.int32), mask=(came == NEVER) | (not mature)).cast(pa.date32())
    columns = [as_of, word, *map(pa.array, (person, lives, known)), result, first, pa.array(before)]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
