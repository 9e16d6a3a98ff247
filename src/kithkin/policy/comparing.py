"""What changed between two policies, key by key."""

from collections.abc import Iterator
from dataclasses import dataclass

from kithkin.policy.documents import HEADER, SINGLE
from kithkin.policy.mistakes import written
from kithkin.policy.policy import Policy


@dataclass(frozen=True)
class Change:
    """One key of one table, before and after; None where the key or the table was not there.

    `key` is empty when a whole table was added or removed.
    """

    table: str
    key: str
    before: object
    after: object

    def __str__(self) -> str:
        where = f"[{self.table}] {self.key}".rstrip()
        if self.before is None:
            return f"{where}: added" + (f", {written(self.after)}" if self.key else "")
        if self.after is None:
            return f"{where}: removed" + (f", was {written(self.before)}" if self.key else "")
        return f"{where}: {written(self.before)} became {written(self.after)}"


def diff_policies(before: Policy, after: Policy) -> list[Change]:
    """Every difference in meaning, by table and key; empty exactly when the hashes agree."""
    old, new = _tables(before), _tables(after)
    return [
        change
        for table in sorted(old.keys() | new.keys())
        for change in _table_changes(table, old.get(table), new.get(table))
    ]


def _tables(policy: Policy) -> dict[str, dict[str, object]]:
    content = policy.content()
    content[HEADER] = content.pop("header")
    single = {name: body for name in SINGLE if (body := content.pop(name)) is not None}
    named = {
        f'{section}."{name}"': body
        for section, entries in content.items()
        for name, body in entries.items()
    }
    return {**single, **named}


def _table_changes(
    table: str, old: dict[str, object] | None, new: dict[str, object] | None
) -> Iterator[Change]:
    if old is None or new is None:
        yield Change(table, "", old, new)
        return
    before, after = dict(_flat(old)), dict(_flat(new))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield Change(table, key, before.get(key), after.get(key))


def _flat(body: dict[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in body.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
