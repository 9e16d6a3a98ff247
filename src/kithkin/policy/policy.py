"""A whole policy, its hash, and the integer codes under which engines keep its names."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from kithkin.policy.gatherings import Groups, Places
from kithkin.policy.lists import Cohort
from kithkin.policy.models import (
    Agency,
    Frozen,
    Gateway,
    Header,
    Indicator,
    Kind,
    LeftOut,
    Retention,
    Role,
)
from kithkin.policy.networks import TieRule
from kithkin.policy.themes import Scoring, Theme
from kithkin.policy.varying import Sensitivity
from kithkin.policy.watching import Accumulation


class Policy(Frozen):
    """Everything that a partnership decides. Made by `read_policy`."""

    header: Header
    agencies: Mapping[str, Agency]
    gateways: Mapping[str, Gateway]
    retention: Mapping[str, Retention]
    roles: Mapping[str, Role]
    kinds: Mapping[str, Kind]
    indicators: Mapping[str, Indicator]
    left_out: Mapping[str, LeftOut]
    scoring: Scoring
    ties: Mapping[str, TieRule] = {}
    themes: Mapping[str, Theme] = {}
    accumulation: Accumulation | None = None
    cohorts: Mapping[str, Cohort] = {}
    groups: Groups | None = None
    places: Places | None = None
    sensitivity: Sensitivity | None = None

    def content(self) -> dict[str, Any]:
        """Give the policy as plain values: no trace of files, key order or defaults left unsaid."""
        return self.model_dump(mode="json")

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the content, in hexadecimal; the same however the files are laid out."""
        canonical = json.dumps(self.content(), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def open_at_most(self, kind: str) -> int | None:
        """Give the days for which a record of a kind counts as open at most.

        None for a kind that does not last.
        """
        mine = self.kinds[kind]
        return (mine.open_at_most_days or self.scoring.open_at_most_days) if mine.lasting else None

    def kind_code(self, name: str) -> int:
        """Find the kind's place among all kinds in alphabetical order; KeyError when there is none."""
        return self._kind_codes[name]

    def role_code(self, name: str) -> int:
        """Find the role's place among all roles in alphabetical order; KeyError when there is none."""
        return self._role_codes[name]

    def agency_code(self, name: str) -> int:
        """Find the agency's place in alphabetical order; KeyError when there is none."""
        return self._agency_codes[name]

    @cached_property
    def _kind_codes(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(sorted(self.kinds))}

    @cached_property
    def _role_codes(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(sorted(self.roles))}

    @cached_property
    def _agency_codes(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(sorted(self.agencies))}
