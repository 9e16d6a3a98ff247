"""Measure how far the groups that are found are groups that were there.

    python tools/measure_groups.py RELEASE TRUTH [RELEASE TRUTH ...] [--write]

What was chosen before anything was measured on the counties that the page shows: groups in all peer
ties alike, at the end of March, against the true groups whose members belonged on that day or in
the year before, as ties count for a year. A person may be of several; a street group stands for
them before an organised, an online and a school group of friends. Adjusted mutual information of
those found in a group (inside), and of all who are of a street or organised group, who was not
found standing alone (over all); the share of pairs in found groups who are of one true group of any
kind, beside that of all pairs with a tie that counts. Steadiness: from month end to month end over
a year, the mean agreement of who is in a group on both, and the share of groups that go on under
their id. Two public networks with known groups beside them, found with the policy's settings, as
the tests do (tests/network/groups_at_hand.py says whose they are).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
from measure_scores import keys, put
from sklearn.metrics import adjusted_mutual_info_score

from kithkin.evaluation.gatherings import Agreement, agreement, steadiness
from kithkin.network.groups import GroupsOn, People, find_groups, tie_rows
from kithkin.network.groups.ties import peer_ties
from kithkin.policy import Policy, default_policy_folder, read_policy
from kithkin.policy.gatherings import Groups
from kithkin.releases.scored import HISTORY, read_ties
from kithkin.scoring import born_days
from kithkin.scoring.ages import ages_on
from kithkin.scoring.memory import ScoreMemory

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from network.groups_at_hand import karate, labels, searched, southern_women

ON, SINCE, MONTHS = date(2025, 3, 31), date(2024, 4, 1), 13
STANDS_FOR = ("street", "organised", "online", "school_friends")
ACTING = ("street", "organised")
SEARCHED = {
    "smallest", "largest", "lowest_resolution", "highest_resolution", "resolutions", "searches",
    "partitions", "seed", "ties_left_out", "agreement", "member", "possible",
}  # fmt: skip
Members = dict[str, list[int]]


def main() -> None:
    """Read the arguments, measure, print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="RELEASE TRUTH")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    pairs = list(zip(given.folders[::2], given.folders[1::2], strict=True))
    for name, lines in (("groups", county_table(pairs)), ("public networks", public_table())):
        told = list(lines)
        print("\n".join(["", name, *told]), flush=True)
        if given.write:
            put(name, told)


def county_table(pairs: list[tuple[Path, Path]]) -> Iterator[str]:
    """Give a row a county."""
    yield (
        "| network strength | persons with a tie that counts | groups found | persons in them | agreement inside | over all "
        "| pairs of one true group | of all tied pairs | agreement from month to month | going on |"
    )
    yield "| --- " * 10 + "|"
    for release, truth in pairs:
        county = _County(release, truth)
        found = county.monthly()
        told, tied = county.against_truth(found[-1])
        same, going_on = steady(found)
        about = json.loads((truth.parent / "county.json").read_text(encoding="utf-8"))
        yield (
            f"| {about['knobs']['network_strength']:g} | {found[-1].tied} | {told.groups} | {told.persons} "
            f"| {told.inside:.2f} | {told.over_all:.3f} | {told.sharing:.0%} | {tied:.0%} "
            f"| {same:.2f} | {going_on:.0%} |"
        )


class _County:
    def __init__(self, release: Path, truth: Path) -> None:
        self.policy: Policy = read_policy(release / "policy")
        self.settings = asked_for(self.policy)
        self.months = [m for m in ScoreMemory(release / HISTORY).dates() if m <= ON][-MONTHS:]
        self.person = pq.read_table(release / "person.parquet").sort_by("person_key")
        last = ScoreMemory(release / HISTORY).dates()[-1]
        self.ties = read_ties(release, last)
        self.key, self.truth = keys(release, truth), truth

    def monthly(self) -> list[GroupsOn]:
        """Find the groups of each month end, each going on from the one before."""
        born = born_days(self.person).astype(np.int64)
        ids = self.person["person_id"].to_pylist()
        found: list[GroupsOn] = []
        for on in self.months:
            people = People(ids, ages_on(born, [on])[:, 0])
            before = found[-1].remembered if found else None
            self.rows = tie_rows(self.ties, self.policy, on)
            found.append(
                find_groups(self.rows, self.policy.ties, self.settings, people, on, before=before)
            )
        return found

    def against_truth(self, found: GroupsOn) -> tuple[Agreement, float]:
        """Compare with the true groups; and the share of all tied pairs who are of one."""
        of, kind = self._true()
        stands = {
            person: min(groups, key=lambda one: (STANDS_FOR.index(kind[one]), one))
            for person, groups in of.items()
        }
        acting = {person: one for person, one in stands.items() if kind[one] in ACTING}
        told = agreement(members(found), stands, of)
        over_all = agreement(members(found), acting, of).over_all
        ties = peer_ties(self.rows, self.policy.ties, self.settings, ON)
        ends = zip(ties.persons[ties.one].tolist(), ties.persons[ties.other].tolist(), strict=True)
        sharing = [bool(of.get(a, set()) & of.get(b, set())) for a, b in ends]
        whole = Agreement(told.groups, told.persons, told.inside, over_all, told.sharing)
        return whole, float(np.mean(sharing))

    def _true(self) -> tuple[dict[int, set[str]], dict[str, str]]:
        """Give the true groups of each person by person_key, and the kind of each group."""
        con = duckdb.connect()
        for name in ("groups", "memberships"):
            con.read_parquet(str(self.truth / f"{name}.parquet")).create_view(name)
        rows = con.execute(
            'SELECT person, "group", kind FROM memberships JOIN groups USING ("group") '
            'WHERE "from" <= ? AND ("to" IS NULL OR "to" >= ?)', [ON, SINCE],
        ).fetchall()  # fmt: skip
        of: dict[int, set[str]] = {}
        kind = {}
        for person, group, what in rows:
            kind[str(group)] = what
            if self.key[person] >= 0:
                of.setdefault(int(self.key[person]), set()).add(str(group))
        return of, kind


def asked_for(policy: Policy) -> Groups:
    """Give what the policy says of groups."""
    if policy.groups is None:
        raise SystemExit("the policy looks for no groups")
    return policy.groups


def members(found: GroupsOn) -> Members:
    """Give the members of each group, without those who may be."""
    told: Members = {}
    for row in found.described.members.data.to_pylist():
        if row["member"]:
            told.setdefault(row["group_id"], []).append(row["person_key"])
    return told


def steady(found: list[GroupsOn]) -> tuple[float, float]:
    """Give the mean agreement of neighbouring months, and the share of groups that go on."""
    groups = [members(one) for one in found]
    apart = [steadiness(a, b) for a, b in pairwise(groups)]
    kept = sum(len(a.keys() & b.keys()) for a, b in pairwise(groups))
    return float(np.nanmean(apart)), kept / max(1, sum(len(one) for one in groups[:-1]))


def public_table() -> Iterator[str]:
    """Give a row a network; sizes are those of the policy, and for the club also its own."""
    groups = asked_for(read_policy(default_policy_folder()))
    usual = groups.model_dump(include=SEARCHED)
    yield "| network | groups of | known groups | found | adjusted mutual information |"
    yield "| --- " * 5 + "|"
    asked: list[tuple[str, Any, Mapping[str, int]]] = [
        ("Southern women (Davis, Gardner and Gardner 1941; Freeman 2003)", southern_women(), {}),
        ("Karate club (Zachary 1977)", karate(), {}),
        ("Karate club, its parties' sizes asked for", karate(), {"smallest": 10, "largest": 20}),
    ]
    for name, (edges, known), sizes in asked:
        found = searched(edges, **{**usual, **sizes})
        score = adjusted_mutual_info_score(known, labels(found, len(known)))
        size = {**usual, **sizes}
        yield (
            f"| {name} | {size['smallest']} to {size['largest']} | {len(set(known))} "
            f"| {len(found.groups)} | {score:.2f} |"
        )


if __name__ == "__main__":
    main()
