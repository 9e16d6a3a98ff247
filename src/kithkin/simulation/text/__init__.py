"""Referral texts as many voices write them, and what was true behind each.

`write_texts` writes them, `front_door_table` gives what the front door receives, `reading_page`
makes a page for blind reading.
"""

from kithkin.simulation.text.front_table import front_door_table, spans_table
from kithkin.simulation.text.reading import reading_page
from kithkin.simulation.text.writing import ContactTexts, window_rows, write_texts

__all__ = [
    "ContactTexts",
    "front_door_table",
    "reading_page",
    "spans_table",
    "window_rows",
    "write_texts",
]
