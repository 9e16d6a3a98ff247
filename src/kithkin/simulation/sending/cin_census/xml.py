"""Fragments of XML, put in order and streamed to the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.sending.case_files.cells import joined
from kithkin.simulation.sending.case_files.years import ReturnYear

Place = npt.NDArray[np.int64]
BLOCK = 100_000  # fragments written at once


@dataclass(frozen=True)
class Fragments:
    """Pieces of the message; `places` say where each stands, the first place counting most."""

    text: pa.Array
    places: tuple[Place, ...]

    @classmethod
    def at(cls, text: pa.Array, *places: npt.NDArray[np.integer] | int) -> Fragments:
        """Make fragments; a place that is one number is the place of all."""
        size = len(text)
        spread = tuple(np.broadcast_to(np.asarray(p, dtype=np.int64), size) for p in places)
        return cls(text, spread)


def element(name: str, content: pa.Array) -> pa.Array:
    """Wrap cells in an element; nothing where a cell is null."""
    text = content if pa.types.is_string(content.type) else content.cast(pa.string())
    return joined(f"<{name}>", text, f"</{name}>").fill_null("")


def together(*parts: pa.Array | str) -> pa.Array:
    """Put elements of a row one after another."""
    return joined(*parts)


def in_order(fragments: Sequence[Fragments]) -> pa.Array:
    """Give all texts in the order of their places."""
    keys = [np.concatenate(places) for places in zip(*(f.places for f in fragments), strict=True)]
    order = np.lexsort(keys[::-1])
    return pa.concat_arrays([f.text for f in fragments]).take(pa.array(order))


def write_message(
    path: Path, fragments: Sequence[Fragments], year: ReturnYear, sent: date, authority: str
) -> None:
    """Write the header and the children, block by block."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines(_lines(_header(year, sent, authority)))
        text = in_order(fragments)
        for start in range(0, len(text), BLOCK):
            block = pa.array([text.slice(start, BLOCK).to_pylist()])
            file.write(pc.binary_join(block, "\n")[0].as_buffer())
            file.write(b"\n")
        file.writelines(_lines(["</Children>", "</Message>"]))


def _lines(texts: Iterable[str]) -> Iterable[bytes]:
    return (f"{text}\n".encode() for text in texts)


def _header(year: ReturnYear, sent: date, authority: str) -> list[str]:
    collection = (
        f"<CollectionDetails><Collection>CIN</Collection><Year>{year.ends_on.year}</Year>"
        f"<ReferenceDate>{year.ends_on.isoformat()}</ReferenceDate></CollectionDetails>"
    )
    source = (
        f"<Source><SourceLevel>L</SourceLevel><LEA>{authority}</LEA>"
        "<SoftwareCode>Local Authority</SoftwareCode><Release>1</Release>"
        f"<SerialNo>001</SerialNo><DateTime>{sent.isoformat()}T09:00:00</DateTime></Source>"
    )
    first = '<?xml version="1.0" encoding="UTF-8"?>'
    return [first, "<Message>", "<Header>", collection, source, "</Header>", "<Children>"]
