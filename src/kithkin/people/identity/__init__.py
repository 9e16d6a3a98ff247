"""Ids of persons, and what a person's records say together."""

from kithkin.people.identity.describing import (
    link_table,
    match_confidence,
    person_ids,
    person_table,
    review_table,
    stable_id,
    unlike_ids,
)

__all__ = [
    "link_table",
    "match_confidence",
    "person_ids",
    "person_table",
    "review_table",
    "stable_id",
    "unlike_ids",
]
