"""What the network package gives: evidence of ties, the Person Link Table, what was left out."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa

from kithkin.model.tables import DAY, NUMBER, TEXT, WHOLE, Columns, TypedTable

SMALL, LONG = pa.int16(), pa.int64()


class TieEvidenceTable(TypedTable):
    """One occasion that ties two persons under one rule, as it was known from one day to another.

    In order of pair, rule and occasion. Days count from 1970-01-01; `FAR` (2^31 - 1)
    stands for never. Whole numbers only, so that every engine gives the same bytes.
    """

    name = "tie_evidence"
    columns: ClassVar[Columns] = {
        "person_a": WHOLE,  # person_key, the lower of the two
        "person_b": WHOLE,
        "rule": SMALL,  # place in the policy's rules, by name
        "occasion": LONG,  # of events, the least event_no of the group; else a number by itself
        "occurred": WHOLE,  # the last day on which both had taken part; of what lasts, its start
        "known": WHOLE,
        "superseded": WHOLE,  # from this day on something else is known of the occasion
        # From this day on it fades: of what lasts, when the first of them left, or when it no longer
        # counts as open; else `occurred`.
        "ended": WHOLE,
        "end_known": WHOLE,
        "grade": SMALL,  # the gravest kind in which both took part, among `Rules.kinds`; -1 none
        "proven": SMALL,  # the same of kinds that are not unproven; -1 none
        "people": WHOLE,  # distinct persons who counted in the occasion
        "people_proven": WHOLE,  # the same by kinds that are not unproven; 0 when the tie is not
        "direction": SMALL,  # 1: from a to b, 2: from b to a, 3: both, 0: the rule has none
        "agencies": LONG,  # a bit an agency, by its code; of a home those that told of it first
    }


class PersonTieTable(TypedTable):
    """The Person Link Table on a date: a row a pair of persons whom evidence ties.

    In order of pair. Strengths have faded to the date; frequency, gravity and recency stand beside
    them. A harm is an occasion under a rule with a direction.
    """

    name = "person_tie"
    columns: ClassVar[Columns] = {
        "person_a": WHOLE,  # person_key, the lower of the two
        "person_b": WHOLE,
        "strength": NUMBER,
        "strength_family": NUMBER,
        "strength_peer": NUMBER,
        "strength_professional": NUMBER,
        "strength_proven": NUMBER,  # without unproven kinds
        "perpetrator_strength": NUMBER,  # of rules that may carry to a perpetrator score
        "recency_days": WHOLE,  # since the last occasion; 0 while something lasting does
        "occasions": WHOLE,  # how many different ones, whatever rules see in them
        "gravity": NUMBER,  # of the gravest; 0 when no event ties them
        "first_on": DAY,
        "last_on": DAY,
        "sources": WHOLE,  # different agencies
        "rules": pa.dictionary(pa.int32(), TEXT),  # names in order, with commas between
        "harm_a_to_b": WHOLE,
        "harm_b_to_a": WHOLE,
        "reliability": NUMBER,  # of the rules, by the strength that each gives; 0 to 1
    }


class LeftOutOccasionTable(TypedTable):
    """What ties nobody since too many took part, by rule and occasion; the largest first."""

    name = "left_out_occasion"
    columns: ClassVar[Columns] = {
        "rule": TEXT,
        "occasion": LONG,
        "people": WHOLE,
        "most_people": WHOLE,  # as the rule says
        "occurred_on": DAY,
        "strength": NUMBER,  # that its pairs would have had together, before fading
    }
