"""What the front door receives in words: contacts with their texts, and the truth behind each."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from kithkin.simulation.county import County
from kithkin.simulation.event_rows import write_parquet
from kithkin.simulation.settings.text import TextSettings
from kithkin.simulation.text import (
    front_door_table,
    reading_page,
    spans_table,
    write_texts,
)


def write_front_door(folder: Path, county: County, settings: TextSettings, *, page: bool) -> None:
    """Write `front_door/contacts.csv` and, under `truth`, what was behind the texts.

    With `page`, `report/referral_texts.html` too: 40 texts to read without knowing what is true.
    """
    texts = write_texts(county, settings)
    received = front_door_table(county, texts)
    (folder / "front_door").mkdir()
    csv.write_csv(received, folder / "front_door" / "contacts.csv")
    truth = folder / "truth"
    truth.mkdir(exist_ok=True)
    write_parquet(truth / "text_spans.parquet", spans_table(texts))
    references = pa.table({"reference": received["reference"], "contact": texts.rows})
    write_parquet(truth / "contact_references.parquet", references)
    if page:
        (folder / "report").mkdir(exist_ok=True)
        read = folder / "report" / "referral_texts.html"
        read.write_text(reading_page(county, texts), encoding="utf-8")
