"""Places as contexts of harm: how often, against places like them, and against the year before.

`place_rows` gathers what happened where; `places_on` tells of every place on a date. It is about
places: nothing here is a score of a person.
"""

from kithkin.network.places.happening import PlaceRows, place_rows
from kithkin.network.places.tables import (
    PlaceChildTable,
    PlacePartTable,
    PlaceStayTable,
    PlaceTable,
)
from kithkin.network.places.telling import PlacesOn, places_on

__all__ = [
    "PlaceChildTable",
    "PlacePartTable",
    "PlaceRows",
    "PlaceStayTable",
    "PlaceTable",
    "PlacesOn",
    "place_rows",
    "places_on",
]
