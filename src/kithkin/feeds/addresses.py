"""Where a person lives, put the same way by every adapter."""

from __future__ import annotations

import re
from datetime import date
from hashlib import blake2b

from kithkin.feeds.loading import FileSink
from kithkin.feeds.parsing import clean
from kithkin.model.identifiers import normalise_postcode

RULES: dict[str, str] = {
    "K-CORE-POSTCODE": "A postcode is not well-formed",
    "K-CORE-UPRN": "A unique property reference number is not one to twelve digits",
}


def put_residence(
    sink: FileSink,
    row: int,
    record_id: str,
    *,
    kind: str,
    lines: str | None,
    town: str | None = None,
    postcode: str | None = None,
    uprn: str | None = None,
    started_on: date | None = None,
    ended_on: date | None = None,
    easting: float | None = None,
    northing: float | None = None,
) -> str:
    """Put an address and that the person lived there; give the address's id.

    A cell that names no place at all puts nothing and gives an empty id.

    Parameters
    ----------
    kind : home, placement, tenancy, temporary or declared.
    lines : building, street and locality in one text, as written.
    easting, northing : metres on the National Grid.

    """
    line, place = clean(lines), clean(town)
    postcode, valid = _postcode(sink, row, postcode)
    uprn = _uprn(sink, row, uprn)
    address_id = _address_id(line, place, postcode, valid, uprn)
    if address_id:
        sink.put("address", row, address_id=address_id, uprn=uprn, line=line, town=place,
                 postcode=postcode, postcode_valid=valid, easting=easting,
                 northing=northing)  # fmt: skip
        sink.put("residence", row, started_on, record_id=record_id, address_id=address_id,
                 kind=kind, started_on=started_on, ended_on=ended_on)  # fmt: skip
    return address_id


def _postcode(sink: FileSink, row: int, raw: str | None) -> tuple[str | None, bool]:
    text = clean(raw)
    if text is None:
        return None, False
    postcode, valid = normalise_postcode(text)
    if not valid:
        sink.finding(
            "K-CORE-POSTCODE",
            f"{text!r} is not a well-formed postcode; the address is kept and not matched by it.",
            "Correct the postcode in the source system.",
            row=row,
            column="postcode",
            value=text,
        )
    return postcode, valid


def _uprn(sink: FileSink, row: int, raw: str | None) -> str | None:
    text = clean(raw)
    if text is None:
        return None
    digits = text.removesuffix(".0").lstrip("0")
    if re.fullmatch(r"[0-9]{1,12}", digits):
        return digits
    sink.finding(
        "K-CORE-UPRN",
        f"{text!r} is not a unique property reference number and was left out.",
        "Send one to twelve digits, or leave the cell blank.",
        row=row,
        column="uprn",
        value=text,
    )
    return None


def _address_id(
    line: str | None, town: str | None, postcode: str | None, valid: bool, uprn: str | None
) -> str:
    """Hash what tells an address apart from others, in the way most agencies can give it.

    The line with a good postcode comes first, since few agencies send property numbers and one
    that does must meet one that does not; towns are worded too variously to count beside a good
    postcode. Two ids with one property number are brought together when people are linked.
    """
    if line:
        parts = [_fold(line), postcode if valid and postcode else _fold(town, postcode)]
    elif uprn:
        parts = ["uprn", uprn]
    elif postcode or town:
        parts = ["place", _fold(postcode) if postcode else _fold(town)]
    else:
        return ""
    return blake2b("|".join(parts).encode(), digest_size=8).hexdigest()


def _fold(*texts: str | None) -> str:
    words = " ".join(text for text in texts if text).upper()
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", words.replace("'", "")).split())
