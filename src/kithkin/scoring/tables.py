"""The tables that scoring gives: scores, what they are made of, and what they were."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa

from kithkin.model.tables import DAY, NUMBER, TEXT, TRUTH, WHOLE, Columns, TypedTable

EVENT = pa.int64()
TRENDS = ("emerging", "rising", "falling", "high", "steady")


class ScoreTable(TypedTable):
    """A person's score on one side of a theme; who has neither evidence nor network has no row.

    Rows of one theme and track stand together, in person_key order. Points are 0 to 100.
    """

    name = "score"
    columns: ClassVar[Columns] = {
        "as_of": DAY,
        "person_id": TEXT,
        "person_key": WHOLE,  # inside one build only
        "theme": TEXT,
        "track": TEXT,  # victim | perpetrator
        "index": NUMBER,  # own evidence
        "attention": NUMBER,  # points of others' indices that reach the person through ties
        "network_points": NUMBER,  # what that adds
        "score": NUMBER,  # index + network_points
        "without_network": NUMBER,  # the score, were there no network
        "without_poverty_proxies": NUMBER,  # the score, were there no kinds that stand for poverty
        "without_unproven": NUMBER,  # the score, were there no unproven information
        # Distinct persons whose own evidence on the theme reaches the floor, and its sum.
        "under_18_at_one_step": WHOLE,
        "under_18_at_two_steps": WHOLE,  # and not at one
        "adults_at_one_step": WHOLE,
        "adults_at_two_steps": WHOLE,
        "sum_under_18_at_one_step": NUMBER,
        "sum_under_18_at_two_steps": NUMBER,
        "sum_adults_at_one_step": NUMBER,
        "sum_adults_at_two_steps": NUMBER,
        "nearest": WHOLE,  # steps to the nearest of them, 1 or 2; null: none so near
        "emerging": TRUTH,  # no evidence of their own, and much from the network
        "trend": TEXT,  # one of TRENDS, see trend.py; null: not judged
    }


class ContributionTable(TypedTable):
    """What one event gives to one person's index on a date; the points add up to the index.

    By component, latest event first. Rows are made when they are asked for, from the
    contributions that are stored for all (`contributions.py`).
    """

    name = "contribution"
    columns: ClassVar[Columns] = {
        "as_of": DAY,
        "person_key": WHOLE,
        "theme": TEXT,
        "track": TEXT,
        "component": TEXT,
        "event_no": EVENT,  # position in the table `fact_event`
        "source": TEXT,
        "batch_id": TEXT,
        "table_name": TEXT,  # the canonical table that has the record
        "row_id": TEXT,  # of the record in it
        "kind": TEXT,
        "occurred_on": DAY,
        "known_on": DAY,
        "gravity": NUMBER,
        "weight": NUMBER,  # of the component
        # passed: what does not last | open | ended | unclosed: for longer than the policy lets it
        # count as open
        "standing": TEXT,
        "fades_from_on": DAY,  # of what is open, the day on which it will be taken to have ended
        "age_days": WHOLE,  # since then; 0 while it is open
        "decay": NUMBER,  # what age leaves of it, 0 to 1
        "evidence": NUMBER,  # gravity x weight x decay
        "counted": NUMBER,  # after the component's cap, by which all its rows are scaled alike
        "points": NUMBER,  # of the index
        "poverty_proxy": TRUTH,
        "unproven": TRUTH,
    }


class ScoreHistoryTable(TypedTable):
    """What a person's score was on a date of the past; no row: nought, or not of the ages."""

    name = "score_history"
    columns: ClassVar[Columns] = {
        "as_of": DAY,
        "person_key": WHOLE,
        "theme": TEXT,
        "track": TEXT,
        "index": NUMBER,
        "network_points": NUMBER,
        "score": NUMBER,
    }
