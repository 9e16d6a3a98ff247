"""Judges a census file: each row with its surroundings, a child's rows together, all children."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from kithkin.feeds.cin_census.layout import SEX_SINCE
from kithkin.feeds.cin_census.nodes import Node
from kithkin.feeds.cin_census.rules import (
    NODE_RULES,
    NOTES,
    RULES,
    SINCE,
    Census,
    NodeRule,
    is_true,
)
from kithkin.feeds.returns import CODE_REMEDY, DATE_REMEDY, Entry

# Rows that must not run at the same time: rule, start, end, and whether touching counts.
SPANS = {
    "CINdetails": ("8820", "CINreferralDate", "CINclosureDate", False),
    "CINPlanDates": ("4014", "CINPlanStartDate", "CINPlanEndDate", True),
    "ChildProtectionPlans": ("8940", "CPPstartDate", "CPPendDate", True),
}

_BY_TAG: dict[str, list[NodeRule]] = defaultdict(list)
for _rule in NODE_RULES:
    _BY_TAG[_rule.tag].append(_rule)


def check_child(child: Node, census: Census) -> None:
    """Report the rules that a child and the rows inside it break."""
    rows = list(child.all())
    for node in rows:
        for rule in _BY_TAG[node.tag]:
            if census.year >= SINCE.get(rule.rule, 0) and rule.broken(node, census):
                report(node.entry, rule.rule, _column(rule, census), node)
    for tag in SPANS:
        _check_overlaps([node for node in rows if node.tag == tag], census)


def _column(rule: NodeRule, census: Census) -> str:
    renamed = rule.column == "GenderCurrent" and census.year >= SEX_SINCE
    return "Sex" if renamed else rule.column


def report(entry: Entry, rule: str, column: str, node: Node | None = None) -> None:
    """Report a row under one of `RULES`."""
    title = RULES[rule]
    remedy = CODE_REMEDY if "code" in title else DATE_REMEDY
    if rule in NOTES:
        remedy = "The value was understood; write 0 or 1 to satisfy the schema."
    stated = node.lists.get(column) if node else None
    if stated:
        entry.sink.finding(rule, f"{title}: {column} is {', '.join(stated)}.", remedy,
                           row=entry.row, column=column, value=", ".join(stated))  # fmt: skip
    else:
        severity = "note" if rule in NOTES else "warning"
        entry.finding(rule, title, column, remedy, severity)


def _check_overlaps(nodes: list[Node], census: Census) -> None:
    """Report each row that starts while another of its kind runs."""
    if len(nodes) < 2:
        return
    rule, start, end, touching = SPANS[nodes[0].tag]
    spans = [(node, node.entry.day(start), _until(node, end, census)) for node in nodes]
    for node, began, _ in spans:
        others = ((a, b) for other, a, b in spans if other is not node and a and b)
        if began and any(_inside(began, a, b, touching) for a, b in others):
            report(node.entry, rule, start)


def _until(node: Node, end: str, census: Census) -> date | None:
    """Give the last day of a row; an open one runs to the reference date unless it never ran."""
    if node.tag == "CINdetails" and is_true(node.text("ReferralNFA")):
        return node.entry.day(end)
    return node.entry.day(end) or census.ends


def _inside(day: date, first: date, last: date, touching: bool) -> bool:
    return first <= day and (day <= last if touching else day < last)


class Seen:
    """Which ids and pupil numbers the file gave to more than one child."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)

    def add(self, child: Node) -> None:
        """Remember a child's id and pupil number."""
        for rule, column in (("8510", "LAchildID"), ("1520", "UPN")):
            if value := child.entry.text(column):
                self._entries[rule, column, value].append(child.entry)

    def report(self) -> None:
        """Report every child whose id or pupil number another child has."""
        for (rule, column, _), entries in self._entries.items():
            _report_shared(rule, column, entries)


def _report_shared(rule: str, column: str, entries: Iterable[Entry]) -> None:
    shared = list(entries)
    if len(shared) > 1:
        for entry in shared:
            entry.finding(rule, RULES[rule], column, "Give each child an id of their own.")
