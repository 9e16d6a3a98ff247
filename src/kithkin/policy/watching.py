"""What the policy says of accumulation: many small events, none of which crosses a threshold."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kithkin.policy.models import Ages, Days, Frozen, Names, SomeNames, Text
from kithkin.policy.networks import Positive

Whole = Annotated[int, Field(strict=True, ge=1)]


class Stream(Frozen):
    """Small events of kinds that are looked for at a rate of their own.

    A kind that befalls most children says little when it comes more often: its ratio is low.
    """

    title: Text
    kinds: SomeNames
    rate_ratio: Annotated[float, Field(strict=True, gt=1)]
    basis: Text


class Accumulation(Frozen):
    """A declared detector of children with more small events than chance explains.

    Parameters
    ----------
    ages : whom it watches, in whole years at each month's end.
    kinds, roles : the small events. One that may stand for poverty, disability or ethnicity is
        refused when the policy is read.
    red, red_days : kinds that cross a threshold by themselves, and for how long after one of them a
        child is known for it and not watched for small ones.
    once_in_days : events from one agency within so many days of one that counted count no more:
        one incident is often several records.
    seen_by : kinds by which an agency has a chance to see a child, such as a school's roll or an
        appointment.
    seen_days : for so long after such an event the agency is taken to see the child.
    age_bands : first age of each band in which the usual rate is learnt.
    seen_bands : first number of agencies of each band.
    cell : child-months by which the rate of an age band weighs in that of its cells, so that a
        small cell says nothing wild.
    rate_ratio : what is looked for: events come so many times as often as usual.
    streams : kinds for which it is another ratio; each kind in one at most.
    agencies, events : a run of fewer agencies or events raises no alarm.
    false_alarms : that many a year among 1,000 children whose events come at the usual rate.
    simulated : children by whom the threshold for that is found.

    """

    ages: Ages
    kinds: SomeNames
    roles: Names = ()
    red: SomeNames
    red_days: Days
    once_in_days: Days
    seen_by: SomeNames
    seen_days: Days
    age_bands: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    seen_bands: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    cell: Positive
    rate_ratio: Annotated[float, Field(strict=True, gt=1)]
    streams: tuple[Stream, ...] = ()
    agencies: Whole
    events: Whole
    false_alarms: Positive
    simulated: Annotated[int, Field(strict=True, ge=1000)]
    basis: Text

    @property
    def ratios(self) -> tuple[float, ...]:
        """Give the rate ratio of each stream; the first is that of kinds in none."""
        return (self.rate_ratio, *(stream.rate_ratio for stream in self.streams))
