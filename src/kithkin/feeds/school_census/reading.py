"""Reads the files of the school census, term by term: the pupils first, then what joins them."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack

from kithkin.feeds.delimited import read_delimited
from kithkin.feeds.delivery import DeliveredFile, Delivery, FeedError
from kithkin.feeds.loading import FileSink, Loader
from kithkin.feeds.returns import Entry
from kithkin.feeds.school_census.layout import MODULES, NAME, PUPILS, RULES
from kithkin.feeds.school_census.modules import PUT, put_details
from kithkin.feeds.school_census.pupils import put_pupil
from kithkin.feeds.school_census.roll import Roll
from kithkin.model.school_terms import Term


def read_school_census(delivery: Delivery, loader: Loader) -> None:
    """Load a delivery of modules; their names say which term and module each is.

    A pupil's record is the table id, which the modules share; a row of a module joins its pupil
    on the table id and the school (`NativeId`). `options.schools` may say which schools are a
    `pupil_referral_unit`, `alternative_provision` or `special_school`; `options.termly_ends_on`
    and `options.second_half_ends_on` (ISO dates) replace the usual ends of the attendance
    periods. Raises `FeedError` for a file whose name is none of the census's.
    """
    terms: dict[Term, list[tuple[str, DeliveredFile]]] = defaultdict(list)
    for file in delivery.files:
        found = NAME.fullmatch(file.name)
        if found is None:
            raise FeedError(
                file.name,
                "has no name of the form 2024_autumn_pupilonroll.csv.",
                "Name it by year, term and module.",
            )
        terms[Term(int(found[1]), found[2].lower())].append((found[3].lower(), file))
    roll = Roll(delivery)
    for term in sorted(terms, key=lambda each: (each.year, each.name)):
        _read_term(term, terms[term], roll, loader)


def _read_term(
    term: Term, files: list[tuple[str, DeliveredFile]], roll: Roll, loader: Loader
) -> None:
    roll.begin(term)
    with ExitStack() as stack:
        for module, file in files:
            if module in PUPILS:
                _read_pupils(module, file, stack.enter_context(loader.file(file)), roll)
        for module, file in files:
            if module not in PUPILS:
                with loader.file(file) as sink:
                    _read_module(module, file, sink, roll)
                    put_details(roll)


def _read_pupils(module: str, file: DeliveredFile, sink: FileSink, roll: Roll) -> None:
    key = PUPILS[module]
    for row, cells in read_delimited(file, sink, required=(key, "NativeId")):
        entry = Entry(sink, row, cells)
        if entry.text(key) is None:
            sink.set_aside(row, "K-SC-PUPIL", RULES["K-SC-PUPIL"], cells, column=key,
                           remedy="Send the pupil's table id.")  # fmt: skip
            continue
        put_pupil(roll, roll.enter(entry, key), entry)
        sink.loaded(row)


def _read_module(module: str, file: DeliveredFile, sink: FileSink, roll: Roll) -> None:
    key = PUPILS["pupilonroll" if module.endswith("onroll") else "pupilnolongeronroll"]
    put = PUT.get(_stem(module))
    for row, cells in read_delimited(file, sink, required=(key, "NativeId") if put else ()):
        entry = Entry(sink, row, cells)
        if put is None:
            _set_aside(entry, "K-SC-MODULE", None, "Leave it out, or ask for it to be read.")
            continue
        pupil = roll.pupil(cells[key], cells["NativeId"])
        if pupil is None:
            _set_aside(entry, "K-SC-ORPHAN", key, "Send the pupil's row in the same term.")
        elif lacking := put(roll, pupil, entry):
            _set_aside(entry, "K-SC-START", lacking, "Give the date on which it began.")
        else:
            sink.loaded(row)


def _stem(module: str) -> str:
    stem = module.removesuffix("onroll").removesuffix("offroll")
    return stem if stem in MODULES else module


def _set_aside(entry: Entry, rule: str, column: str | None, remedy: str) -> None:
    entry.sink.set_aside(entry.row, rule, RULES[rule], entry.cells, column=column,
                         remedy=remedy)  # fmt: skip
