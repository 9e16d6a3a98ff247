"""What became of two records, and who or what decided it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from kithkin.model import identifiers
from kithkin.people.rules import LinkageRules

Kind = Literal["number", "score", "others", "decided", "refused", "unlike"]


@dataclass(frozen=True)
class Decided:
    """A person's decision on the two records: `same` or `different`, never another kind."""

    kind: Literal["same", "different"]
    decided_by: str
    decided_on: date
    why: str


@dataclass(frozen=True)
class Standing:
    """What linkage and people made of two records.

    Parameters
    ----------
    together : they are one person in the index.
    refused : why linkage left the pair to a human (`PersonPairReviewTable.why`), if it did.
    decided : what a person decided of the two, if anybody did.

    """

    together: bool
    refused: str | None = None
    decided: Decided | None = None


@dataclass(frozen=True)
class Verdict:
    """What was decided of two records.

    Parameters
    ----------
    together : they are one person.
    kind : joined by `number`, by `score`, through `others` of the person's records; `decided` by
        a human; `refused` and left to a human; or too `unlike`.
    words : the verdict in a sentence.

    """

    together: bool
    kind: Kind
    words: str


def reach_verdict(
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    weight: float,
    home_weight: float,
    standing: Standing,
    rules: LinkageRules,
) -> Verdict:
    """Say how two comparable records came to be together or apart."""
    decided = standing.decided
    if decided and standing.together == (decided.kind == "same"):
        return Verdict(standing.together, "decided", _decision_words(decided))
    if standing.together:
        return _why_together(left, right, weight, home_weight, rules)
    return _why_apart(weight, home_weight, standing.refused, rules)


def _decision_words(decided: Decided) -> str:
    day = decided.decided_on
    found = "one person" if decided.kind == "same" else "two people"
    return (
        f"{decided.decided_by} decided on {day.day} {day:%B} {day.year} that these are {found}: "
        f"{decided.why}"
    )


def _why_together(
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    weight: float,
    home_weight: float,
    rules: LinkageRules,
) -> Verdict:
    scheme = shared_number(left, right, rules)
    if scheme:
        kind = scheme.replace("_", " ")
        return Verdict(True, "number", f"Joined: they share a verified number ({kind}).")
    if weight >= rules.marks.join and home_weight >= rules.marks.home_join:
        return Verdict(True, "score", "Joined: names and details agree enough.")
    words = "One person, through other records of the person or details not shown here."
    return Verdict(True, "others", words)


def _why_apart(
    weight: float, home_weight: float, refused: str | None, rules: LinkageRules
) -> Verdict:
    if refused:
        return Verdict(False, "refused", f"Not joined, left for a person to decide: {refused}.")
    if weight < rules.marks.review:
        return Verdict(False, "unlike", "Not joined: too little agrees.")
    if weight < rules.marks.join:
        return Verdict(False, "refused", "Not joined: too alike to part, not enough to join.")
    if home_weight < rules.marks.home_join:
        words = "Not joined: these could be two relatives of one home."
        return Verdict(False, "refused", words)
    words = "Not joined: other records of one or the other speak against it."
    return Verdict(False, "refused", words)


def shared_number(
    left: Mapping[str, Any], right: Mapping[str, Any], rules: LinkageRules
) -> str | None:
    """Give the scheme of a verified number by which the two join, the first in order."""
    shared = sorted(set(left["numbers"]) & set(right["numbers"]))
    parted = (number.split(":", 1) for number in shared)
    verified = (
        scheme
        for scheme, value in parted
        if scheme in rules.identifiers.verified and identifiers.check(scheme, value) == "passed"
    )
    return next(verified, None)
