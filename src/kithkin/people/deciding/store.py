"""The file of decisions: one line of JSON a decision, appended and forced to the disk.

Nothing in it is ever changed: a decision is taken back by another that names it. A line that was
cut short while it was written was never told to be recorded. It is refused, not half-read, until
the decision is recorded again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from kithkin.people.identity.naming import stable_id

DECISIONS = Path("decisions") / "person_links.jsonl"
"""Where a workspace keeps them."""

PAIRS = ("same", "different", "confirmed", "never")
KINDS = (*PAIRS, "withdrawn")
LONGEST_WAIT = 30  # seconds for another who is recording; a line takes milliseconds

Key = tuple[str, str]  # source, record_id


class DecisionError(ValueError):
    """A decision cannot be recorded or read: says which, why, and what to do."""


@dataclass(frozen=True)
class Decision:
    """A row of `PersonDecisionTable`; `withdrawn` has the records of what it takes back."""

    decision_id: str
    kind: str
    source: str
    record_id: str
    other_source: str
    other_record_id: str
    withdraws: str | None
    decided_by: str
    decided_at: str
    why: str

    @property
    def pair(self) -> tuple[Key, Key]:
        """Give the two records, the smaller first."""
        return (self.source, self.record_id), (self.other_source, self.other_record_id)


def record_decision(
    path: Path,
    *,
    kind: str,
    by: str,
    at: datetime,
    why: str,
    pair: tuple[Key, Key] | None = None,
    withdraws: str | None = None,
) -> Decision:
    """Write a decision down for good.

    Parameters
    ----------
    path : the file; it is made when it is not there.
    kind : one of `KINDS`.
    by, at, why : who decided, when (with a time zone), and the reason; none may be blank.
    pair : the (source, record_id) of the two records; for every kind but `withdrawn`.
    withdraws : the id of the decision that a `withdrawn` takes back.

    Raises
    ------
    DecisionError : when the decision makes no sense or cannot be written; then it is not recorded.

    """
    if at.tzinfo is None:
        raise DecisionError(f"The time {at} has no time zone. Give one, such as UTC.")
    told = {"the name of who decides (--by)": by, "the reason (--why)": why}
    for what, text in told.items():
        if not text.strip():
            raise DecisionError(f"{what} is blank: {text!r}. Nothing is decided without it.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            _put_torn_aside(path)
            before = decisions_from(path.read_bytes() if path.exists() else b"")
            one, other = _checked(kind, pair, withdraws, before)
            stamp = at.astimezone(UTC).isoformat(timespec="seconds")
            number = stable_id("D", kind, *one, *other, by, stamp, why, str(len(before)))
            made = Decision(number, kind, *one, *other, withdraws, by.strip(), stamp, why.strip())
            _append(path, json.dumps(asdict(made), ensure_ascii=False))
    except OSError as error:
        raise DecisionError(
            f"The decision is not recorded: {path.name} cannot be written "
            f"({error.strerror or error}). Make the folder writable for you and decide again."
        ) from error
    return made


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """Give every decision, oldest first; `DecisionError` when a line is torn or damaged."""
    return decisions_from(decisions_text(path))


def decisions_text(path: Path) -> bytes:
    """Give the bytes of the file, read while nobody writes; none when nothing was decided."""
    if not path.exists():
        return b""
    with _alone(path):
        return path.read_bytes()


def decisions_from(text: bytes) -> tuple[Decision, ...]:
    """Read the decisions in the bytes of a file of them; `DecisionError` as `read_decisions`."""
    *whole, torn = text.split(b"\n")
    if torn:
        raise DecisionError(
            f"{DECISIONS.name}, line {len(whole) + 1}, is torn: it was being written when the disk "
            "or the machine stopped, so that decision is not recorded and nothing goes on without "
            "it. Record it again; what there is of the line is then kept beside the file."
        )
    return tuple(_read(*each) for each in enumerate(whole, 1))


def _alone(path: Path) -> FileLock:
    """Keep others from writing; `Timeout`, an `OSError`, when one of them does not finish."""
    return FileLock(path.with_suffix(".lock"), timeout=LONGEST_WAIT)


def _read(number: int, line: bytes) -> Decision:
    try:
        made = Decision(**json.loads(line))
        if made.kind in KINDS:
            return made
        problem = f"kind {made.kind!r}"
    except (ValueError, TypeError):
        problem = "no decision"
    raise DecisionError(
        f"{DECISIONS.name}, line {number}, is damaged ({problem}). "
        "Put the file back from a backup: it is only ever added to."
    )


def _checked(
    kind: str, pair: tuple[Key, Key] | None, withdraws: str | None, before: Sequence[Decision]
) -> tuple[Key, Key]:
    """Give the pair that a decision is of, the smaller record first."""
    if kind not in KINDS:
        raise DecisionError(f"{kind!r} is no kind of decision. Choose one of: {', '.join(KINDS)}.")
    if kind == "withdrawn":
        return _withdrawn(withdraws, before)
    if pair is None or withdraws is not None:
        raise DecisionError(f"A decision {kind!r} is of two records, and takes nothing back.")
    for source, record in pair:
        if not source.strip() or not record.strip():
            raise DecisionError(
                f"{source}/{record} names no record. Write it as source/record_id, as person_link has it."
            )
    if pair[0] == pair[1]:
        raise DecisionError(f"{'/'.join(pair[0])} is given twice. Name two records.")
    return min(pair), max(pair)


def _withdrawn(withdraws: str | None, before: Sequence[Decision]) -> tuple[Key, Key]:
    found = [one for one in before if one.decision_id == withdraws]
    if not found or found[0].kind == "withdrawn":
        raise DecisionError(
            f"There is no decision {withdraws!r} to take back. "
            "Its id was told when it was recorded."
        )
    if any(one.withdraws == withdraws for one in before):
        raise DecisionError(f"Decision {withdraws} is taken back already. There is nothing to do.")
    return found[0].pair


def _put_torn_aside(path: Path) -> None:
    """Move what there is of a torn last line to a file beside, so that the next line is whole."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        text = file.read()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            _append(path.with_suffix(".torn"), text[whole:].decode("utf-8", errors="replace"))
            file.truncate(whole)
            os.fsync(file.fileno())


def _append(path: Path, line: str) -> None:
    with path.open("ab") as file:
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())
