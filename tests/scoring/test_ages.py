"""Ages of many at once are the ages of each."""

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from kithkin.model import dates
from kithkin.scoring.ages import ages_on

days = some.dates(date(1920, 1, 1), date(2025, 12, 31))


@given(some.lists(days, min_size=1, max_size=5), some.lists(days, min_size=1, max_size=3))
def test_ages_at_once_are_the_ages_of_each(born: list[date], on: list[date]) -> None:
    told = ages_on(np.array([dates.day_number(day) for day in born]), on)
    assert told.tolist() == [[dates.age_in_years(one, day) for day in on] for one in born]


def test_who_has_no_birthday_has_no_age() -> None:
    assert ages_on(np.array([-(2**31)]), [date(2025, 1, 1)]).tolist() == [[-1]]
