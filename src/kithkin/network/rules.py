"""The policy's rules for ties as whole numbers, for engines and for the compiled loop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kithkin.policy import Policy
from kithkin.policy.models import Kind
from kithkin.policy.networks import EventTie, TieRule
from kithkin.policy.themes import Scoring

NO_GRADE = -1  # of a tie that no kind of event makes; it weighs as gravity 1 does
MOST_RULES = 63  # a bit each
LAST_GRADE = 5  # the partnership's scale, and where the crime harm index ends


def gravity_of(kind: Kind, scoring: Scoring) -> float:
    """Give how grave a kind is, 0 to 5.

    Of a crime with days in the Cambridge Crime Harm Index, by the logarithm of the days: one day
    stands for 1 and `harm_days_top` for 5. Of any other, the partnership's grade.
    """
    if kind.harm_days is None:
        return float(kind.gravity)
    share = math.log(kind.harm_days) / math.log(scoring.harm_days_top)
    return min(max(1.0 + (LAST_GRADE - 1) * share, 0.0), float(LAST_GRADE))


@dataclass(frozen=True)
class Rules:
    """The rules of a policy in the order of their names, and its kinds in the order of gravity.

    A rule's place in the order is its code in evidence; a kind's place is its `grade`, so that of
    two grades the lower is the less grave.
    """

    policy: Policy

    def __post_init__(self) -> None:
        if len(self.policy.ties) > MOST_RULES:
            raise ValueError(
                f"{len(self.policy.ties)} tie rules; at most {MOST_RULES} can be told apart, "
                "so bring some of one nature together"
            )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name the rules, in order."""
        return tuple(sorted(self.policy.ties))

    @cached_property
    def rules(self) -> tuple[TieRule, ...]:
        """Give the rules, in order."""
        return tuple(self.policy.ties[name] for name in self.names)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Name the kinds that can make a tie, those of some gravity, the least grave first."""
        scoring = self.policy.scoring
        graded = sorted((gravity_of(k, scoring), name) for name, k in self.policy.kinds.items())
        return tuple(name for gravity, name in graded if gravity > 0)

    @cached_property
    def gravity(self) -> npt.NDArray[np.float64]:
        """Give the gravity of each grade; the last one stands for `NO_GRADE`."""
        scoring = self.policy.scoring
        of_kinds = [gravity_of(self.policy.kinds[name], scoring) for name in self.kinds]
        return np.array([*of_kinds, 1.0])

    def of(self, rule_class: type[Any]) -> list[tuple[int, Any]]:
        """List the rules of one class with their codes."""
        return [
            (code, rule) for code, rule in enumerate(self.rules) if isinstance(rule, rule_class)
        ]

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Name the kinds that any rule of events asks about."""
        rules = [rule for _, rule in self.of(EventTie)]
        return tuple(sorted({kind for rule in rules for kind in (*rule.kinds, *rule.unless_kinds)}))

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """Give one number of every rule, in order."""
        return np.array([getattr(rule, name) for rule in self.rules], np.float64)

    def directed(self, code: int) -> bool:
        """Say whether a rule's ties have a direction."""
        rule = self.rules[code]
        return isinstance(rule, EventTie) and bool(rule.other_roles)

    def matches(self) -> list[dict[str, int]]:
        """List which kind in which role counts under which rule of events, a row each.

        `first` and `other` say on which side of the tie the role stands; under a rule without
        direction, on both. `proven` is the grade, `NO_GRADE` when the kind is unproven. `bars`: the
        kind takes the occasion from the rule, and stands on no side.
        """
        grades = {name: grade for grade, name in enumerate(self.kinds)}
        rows = [
            self._match(code, rule, kind, role, grades[kind])
            for code, rule in self.of(EventTie)
            for kind in set(rule.kinds) & grades.keys()
            for role in set(rule.roles) | set(rule.other_roles)
        ]
        rows += [
            self._bar(code, kind, role)
            for code, rule in self.of(EventTie)
            for kind in rule.unless_kinds
            for role in self.policy.kinds[kind].roles
        ]
        return sorted(rows, key=lambda row: (row["rule"], row["kind"], row["role"]))

    def _match(self, code: int, rule: EventTie, kind: str, role: str, grade: int) -> dict[str, int]:
        return {
            "rule": code,
            "kind": self.policy.kind_code(kind),
            "role": self.policy.role_code(role),
            "grade": grade,
            "proven": NO_GRADE if self.policy.kinds[kind].unproven else grade,
            "first": int(role in rule.roles),
            "other": int(role in (rule.other_roles or rule.roles)),
            "bars": 0,
        }

    def _bar(self, code: int, kind: str, role: str) -> dict[str, int]:
        return {
            "rule": code,
            "kind": self.policy.kind_code(kind),
            "role": self.policy.role_code(role),
            "grade": NO_GRADE,
            "proven": NO_GRADE,
            "first": 0,
            "other": 0,
            "bars": 1,
        }
