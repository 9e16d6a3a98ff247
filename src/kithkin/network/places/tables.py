"""What happened at places, who was there, and what is told of each place, as tables."""

from __future__ import annotations

from typing import ClassVar

from kithkin.model.tables import NUMBER, TEXT, TRUTH, WHOLE, Columns, TypedTable


class PlacePartTable(TypedTable):
    """A row a place, an event there and a person in it; of an event with nobody, a row without.

    Days count from 1970-01-01; 2^31 - 1 stands for never.
    """

    name = "place_part"
    columns: ClassVar[Columns] = {
        "place_kind": TEXT,  # address school postcode_sector
        "place_id": TEXT,
        "occasion": TEXT,  # events of one group of one source are one occasion
        "kind": TEXT,
        "occurred": WHOLE,
        "known": WHOLE,
        "superseded": WHOLE,
        "person_key": WHOLE,
        "age": WHOLE,  # at the event, -1 when not known
        "harmed": TRUTH,  # by the role
    }


class PlaceStayTable(TypedTable):
    """That a person lived at an address or in a sector, or was on a school's roll."""

    name = "place_stay"
    columns: ClassVar[Columns] = {
        "place_kind": TEXT,
        "place_id": TEXT,
        "person_key": WHOLE,
        "started": WHOLE,
        "ended": WHOLE,  # the last day
        "known": WHOLE,
        "end_known": WHOLE,
        "superseded": WHOLE,
    }


class PlaceTable(TypedTable):
    """A row a place and measure: how often, against others of its kind and against the year before.

    It is about places. Nothing in it is a score of a person, nor may one be made of it alone.
    """

    name = "place"
    columns: ClassVar[Columns] = {
        "place_kind": TEXT,
        "place_id": TEXT,
        "measure": TEXT,
        "occasions": WHOLE,  # in the period
        "occasions_before": WHOLE,  # in the period before it
        "children": WHOLE,  # distinct ones who took part in the period
        "children_harmed": WHOLE,  # of these, who were harmed or in danger there
        "exposure": NUMBER,  # by which rates are: persons and years / per, else years
        "exposure_before": NUMBER,
        "exposure_of": TEXT,  # roll residents footfall place
        "rate": NUMBER,  # occasions by exposure
        "shrunk_rate": NUMBER,  # the same, drawn to the mean of its kind the more, the less is known
        "low": NUMBER,  # of the shrunk rate
        "high": NUMBER,
        "mean_rate": NUMBER,  # of all places of its kind
        "against_mean": NUMBER,  # shrunk rate by mean rate
        "change": NUMBER,  # rate by rate of the period before; null when neither has an occasion
        "change_low": NUMBER,
        "change_high": NUMBER,  # infinite when there was none before
        "change_of_all": NUMBER,  # of all places of its kind together
        "trend": TEXT,  # rising falling, or null: not to be told from chance
        "not_to_publish": TRUTH,  # so few children, or harmed ones, that some may be recognised
    }


class PlaceChildTable(TypedTable):
    """Which children a place and measure have to do with. It grades nobody."""

    name = "place_child"
    columns: ClassVar[Columns] = {
        "place_kind": TEXT,
        "place_id": TEXT,
        "measure": TEXT,
        "person_key": WHOLE,
        "occasions": WHOLE,
        "harmed": TRUTH,  # in any of them
    }
