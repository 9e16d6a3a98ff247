"""Where a person lives, put the same way by every adapter."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from kithkin.feeds.loading import FileSink
from kithkin.feeds.parsing import clean
from kithkin.model.identifiers import normalise_postcode

RULES: dict[str, str] = {
    "K-CORE-POSTCODE": "A postcode is not well-formed",
    "K-CORE-UPRN": "A unique property reference number is not one to twelve digits",
}


class _Place(NamedTuple):
    """An address as it is put: its parts in their normal form, and what is wrong with them."""

    address_id: str
    line: str | None
    town: str | None
    postcode: str | None
    postcode_valid: bool
    uprn: str | None
    bad_postcode: str | None
    bad_uprn: str | None


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
    column: str = "postcode",
    rule: str = "K-CORE-POSTCODE",
) -> str:
    """Put an address and that the person lived there; give the address's id.

    A cell that names no place at all puts nothing and gives an empty id.

    Parameters
    ----------
    kind : home, placement, tenancy, temporary or declared.
    lines : building, street and locality in one text, as written.
    easting, northing : metres on the National Grid.
    column, rule : what the file calls the column of the postcode, and the rule that a malformed
        one breaks.

    """
    address_id = put_address(sink, row, lines=lines, town=town, postcode=postcode, uprn=uprn,
                             easting=easting, northing=northing, column=column,
                             rule=rule)  # fmt: skip
    if address_id:
        sink.put("residence", row, started_on, record_id=record_id, address_id=address_id,
                 kind=kind, started_on=started_on, ended_on=ended_on)  # fmt: skip
    return address_id


def put_address(
    sink: FileSink,
    row: int,
    *,
    lines: str | None,
    town: str | None = None,
    postcode: str | None = None,
    uprn: str | None = None,
    easting: float | None = None,
    northing: float | None = None,
    column: str = "postcode",
    rule: str = "K-CORE-POSTCODE",
) -> str:
    """Put an address at which nobody is said to live; give its id, empty when it is no place."""
    place = _place(lines, town, postcode, uprn)
    if place.bad_postcode is not None:
        _report_postcode(sink, row, rule, column, place.bad_postcode)
    if place.bad_uprn is not None:
        _report_uprn(sink, row, place.bad_uprn)
    if place.address_id:
        sink.put("address", row, address_id=place.address_id, uprn=place.uprn, line=place.line,
                 town=place.town, postcode=place.postcode, postcode_valid=place.postcode_valid,
                 easting=easting, northing=northing)  # fmt: skip
    return place.address_id


@lru_cache(maxsize=20_000)
def _place(lines: str | None, town: str | None, postcode: str | None, uprn: str | None) -> _Place:
    line, place, text, number = clean(lines), clean(town), clean(postcode), clean(uprn)
    written, valid = normalise_postcode(text)
    digits = None if number is None else number.removesuffix(".0").lstrip("0")
    good = digits if digits and re.fullmatch(r"[0-9]{1,12}", digits) else None
    return _Place(
        address_id=_address_id(line, place, written, valid, good),
        line=line,
        town=place,
        postcode=written,
        postcode_valid=valid,
        uprn=good,
        bad_postcode=None if valid else text,
        bad_uprn=None if good else number,
    )


def _report_postcode(sink: FileSink, row: int, rule: str, column: str, text: str) -> None:
    sink.finding(
        rule,
        f"{text!r} is not a well-formed postcode; the address is kept and not matched by it.",
        "Correct the postcode in the source system.",
        row=row,
        column=column,
        value=text,
    )


def _report_uprn(sink: FileSink, row: int, text: str) -> None:
    sink.finding(
        "K-CORE-UPRN",
        f"{text!r} is not a unique property reference number and was left out.",
        "Send one to twelve digits, or leave the cell blank.",
        row=row,
        column="uprn",
        value=text,
    )


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
