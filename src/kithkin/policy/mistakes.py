"""What is wrong with a policy, said so that whoever wrote the line can mend it."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Mistake:
    """One thing wrong: in which file, in which table, at which key, and what to do about it."""

    file: str
    table: str
    key: str
    value: object
    problem: str

    def __str__(self) -> str:
        where = f"[{self.table}]" if self.table else ""
        what = f"{self.key} = {written(self.value)}" if self.value is not None else self.key
        place = " ".join(part for part in (where, what) if part)
        return f"{self.file}: {place}: {self.problem}" if place else f"{self.file}: {self.problem}"


class PolicyError(Exception):
    """A policy that cannot be used, with every mistake in it, not just the first."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        heading = f"{count} {'mistake' if count == 1 else 'mistakes'} in the policy:"
        super().__init__("\n".join([heading, *(f"  {mistake}" for mistake in self.mistakes)]))


def written(value: object) -> str:
    """Write a value as TOML would write it, near enough to be recognised."""
    return json.dumps(value, ensure_ascii=False, default=str)


def suggestion(wrong: object, allowed: Collection[str]) -> str:
    """`did you mean "count"? ` for a near miss, else nothing."""
    near = get_close_matches(str(wrong), list(allowed), n=1, cutoff=0.7)
    return f'did you mean "{near[0]}"? ' if near else ""


def choose_from(wrong: object, allowed: Collection[str]) -> str:
    """Say what to write instead: the nearest allowed value, and all of them when they are few."""
    names = sorted(allowed)
    use = f"use one of {', '.join(names)}" if len(names) <= 30 else "see the policy for the rest"
    return f"{suggestion(wrong, names)}{use}"
