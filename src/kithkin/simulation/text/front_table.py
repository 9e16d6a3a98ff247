"""What the front door receives of the texts, and apart from it the truth in them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.care import SOURCES
from kithkin.simulation.county import County
from kithkin.simulation.text.grammar_file import ASSERTIONS, SPANS, concepts
from kithkin.simulation.text.knowing import VOICES
from kithkin.simulation.text.lookups import mixed
from kithkin.simulation.text.planning import CONSENTS
from kithkin.simulation.text.writing import ContactTexts
from kithkin.simulation.world import NOBODY

FIRST_REFERENCE = 100_000
ROLES = {
    "police": "police officer", "school": "designated safeguarding lead",
    "health_visitor": "health visitor", "hospital": "hospital staff", "gp": "GP",
    "other_health": "health professional", "council_service": "council officer",
    "housing": "housing officer", "youth_justice": "youth justice worker",
    "family": "family member", "neighbour": "neighbour", "anonymous": "anonymous",
    "other_individual": "member of the public", "other_legal": "legal professional",
    "other": "other professional", "unknown": "not recorded",
}  # fmt: skip
"""How the front door's form names who made contact."""
NAMELESS = ("anonymous",)
GIVES = (0.62, 0.9)
"""A child's age is given on the form below the first mark by birth date, below the second by age,
else not at all; our proposal. Those who do not know the child's name never give a birth date."""


def front_door_table(county: County, texts: ContactTexts) -> pa.Table:
    """Give a row a contact: what is on the form, and nothing of the truth.

    `reference` is a permuted number. `child_name`, `child_born`, `child_age` and `address` are as
    the referrer worded them; each may be null. `others_named` are the other children of the text.
    """
    rows, of_text = texts.rows, texts.text_of
    seed = int(county.streams.of("text", "form").integers(2**62))
    number = county.streams.of("text", "references").permutation(len(rows)) + FIRST_REFERENCE
    child = county.care.contacts.child[rows]
    names = _names(texts)
    gives = mixed(seed, rows.astype(np.int64))
    named, born = texts.named[of_text], county.world.people.born[child]
    day = county.care.contacts.day[rows]
    dated = named & (gives < GIVES[0]) & (born <= day)
    aged = ~dated & (gives < GIVES[1])
    age = np.where(born > day, -1, np.floor((day - born) / 365.25)).astype(np.int32)
    source = pa.array(list(SOURCES)).take(pa.array(texts.scenes.source[of_text]))
    return pa.table(
        {
            "reference": pc.cast(pa.array(number), pa.string()),
            "received": pa.array(day).cast(pa.date32()),
            "source": source,
            "referrer_name": _referrers(texts).take(pa.array(of_text)),
            "referrer_role": pa.array(list(ROLES.values())).take(
                pa.array(texts.scenes.source[of_text])
            ),
            "child_name": _child_names(names, texts),
            "child_born": pa.array(born, mask=~dated).cast(pa.date32()),
            "child_age": pa.array(age, mask=~aged | (age < 0)),
            "others_named": _others(names, texts),
            "address": _addresses(texts).take(pa.array(of_text)),
            "text": texts.text.take(pa.array(of_text)),
            "consent": pa.array(CONSENTS).take(pa.array(texts.consent[of_text])),
        }
    )


def _names(texts: ContactTexts) -> list[pa.StringArray]:
    """Give the names of the first, second and further children, as the texts have them."""
    whole = texts.slots.pieces.whole()
    names = []
    for k in range(texts.scenes.children.shape[1]):
        first = whole.take(pa.array(texts.slots.fill(f"k{k + 1}.first")))
        last = whole.take(pa.array(texts.slots.fill(f"k{k + 1}.last")))
        both = pc.utf8_trim_whitespace(pc.binary_join_element_wise(first, last, " "))
        there = texts.named & (texts.scenes.children[:, k] != NOBODY)
        names.append(pc.if_else(pa.array(there), both, pa.scalar(None, pa.string())))
    return names


def _child_names(names: list[pa.StringArray], texts: ContactTexts) -> pa.StringArray:
    many = len(texts.text)
    flat = texts.position.astype(np.int64) * many + texts.text_of
    return pa.concat_arrays(names).take(pa.array(flat))


def _others(names: list[pa.StringArray], texts: ContactTexts) -> pa.StringArray:
    """Give the names of the other children, one after another with semicolons, or null."""
    many, every = len(texts.text), pa.concat_arrays(names)
    some = []
    for k in range(len(names)):
        each = every.take(pa.array(texts.text_of.astype(np.int64) + k * many))
        mine = pc.or_(pa.array(texts.position == k), pc.is_null(each))
        some.append(
            pc.if_else(mine, "", pc.binary_join_element_wise("; ", pc.fill_null(each, ""), ""))
        )
    joined = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*some, ""), 2)
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


def _referrers(texts: ContactTexts) -> pa.StringArray:
    whole = texts.slots.pieces.whole()
    first = whole.take(pa.array(texts.slots.fill("me.forename")))
    last = whole.take(pa.array(texts.slots.fill("me.surname")))
    nameless = np.isin(texts.voice, [VOICES.index(name) for name in NAMELESS])
    both = pc.binary_join_element_wise(first, last, " ")
    return pc.if_else(pa.array(nameless), pa.scalar(None, pa.string()), both)


def _addresses(texts: ContactTexts) -> pa.StringArray:
    whole = texts.slots.pieces.whole()
    number, street, postcode, town = (
        whole.take(pa.array(texts.slots.fill(f"a.{part}")))
        for part in ("number", "street", "postcode", "town")
    )
    line = pc.binary_join_element_wise(number, street, " ")
    full = pc.binary_join_element_wise(line, town, postcode, ", ")
    public = np.isin(texts.voice, [VOICES.index(name) for name in ("neighbour", "anonymous")])
    given = pc.if_else(pa.array(public), line, full)
    return pc.if_else(pa.array(texts.scenes.stay >= 0), given, pa.scalar(None, pa.string()))


def spans_table(texts: ContactTexts) -> pa.Table:
    """Give the truth: a row a contact and marked span, with what it is, in characters.

    `true` says of a concept whether it was so; null for other spans. `person` is the position in
    `World.people` of the one named, null where it is no name or a wrong one.
    """
    spans = texts.spans
    order = np.argsort(texts.text_of, kind="stable")
    owner = texts.text_of[order]
    low = np.searchsorted(owner, spans.text, side="left")
    many = np.searchsorted(owner, spans.text, side="right") - low
    span = np.repeat(np.arange(len(spans.text)), many)
    within = np.arange(len(span)) - np.repeat(np.cumsum(many) - many, many)
    contact = texts.rows[order[low[span] + within]]
    concept = spans.concept[span]
    said = np.where(spans.copied[span], texts.copied_from[spans.text[span]], spans.text[span])
    so = texts.truth[said, np.maximum(concept, 0)]
    named = spans.person[span]
    return pa.table(
        {
            "contact": pa.array(contact),
            "start": pa.array(spans.start[span]),
            "end": pa.array(spans.end[span]),
            "what": pa.array(SPANS).take(pa.array(spans.what[span])),
            "concept": _words([c.name for c in concepts()], concept),
            "assertion": _words(list(ASSERTIONS), spans.assertion[span]),
            "true": pa.array(so, mask=concept < 0),
            "person": pa.array(named, mask=named < 0),
            "copied": pa.array(spans.copied[span]),
        }
    )


def _words(some: list[str], number: npt.NDArray[np.int8]) -> pa.StringArray:
    return pa.array(some).take(pa.array(number, mask=number < 0))
