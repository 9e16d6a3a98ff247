"""A county's worth of coded parts in events, made for the benchmark and not kept.

640,000 people in 220,000 families, 25 million parts in events over three years, with the skew
that agencies' records have: a few people in very many events, most events with one to six
people, a few hubs with hundreds, kinds from the shipped policy of very different frequency.
Deterministic for a seed. It measures speed; it says nothing about children.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kithkin.indicators.kernel import FAR
from kithkin.model import dates
from kithkin.policy import Policy, read_policy

LAST_DAY = dates.parse_iso("2026-01-31")
DAYS = 3 * 365
CHUNK = 1_000_000


@dataclass(frozen=True)
class Size:
    """How large a county: numbers of people, families, and parts in events."""

    people: int = 640_000
    families: int = 220_000
    parts: int = 25_000_000


def make_apart(folder: Path, size: Size) -> None:
    """Make a county in a process of its own, so that its memory is not counted with a stage's."""
    words = [str(folder), str(size.people), str(size.families), str(size.parts)]
    subprocess.run([sys.executable, "-W", "ignore", __file__, *words], check=True)


def make(folder: Path, policy: Policy, size: Size, seed: int = 1) -> None:
    """Write `person.parquet` and `part.parquet` into a folder."""
    random = np.random.default_rng(seed)
    family = np.sort(random.integers(0, size.families, size.people)).astype(np.int32)
    pq.write_table(
        pa.table({"subject": np.arange(size.people, dtype=np.int32), "family": family}),
        folder / "person.parquet",
    )
    kinds = _kinds(policy, random)
    activity = _activity(size.people, random)
    with pq.ParquetWriter(folder / "part.parquet", _schema(), compression="zstd") as writer:
        made, event_no = 0, 0
        while made < size.parts:
            count = min(CHUNK, size.parts - made)
            table, event_no = _chunk(count, event_no, kinds, activity, family, random)
            writer.write_table(table)
            made += count


def _schema() -> pa.Schema:
    whole, small = pa.int32(), pa.int16()
    return pa.schema(
        [("subject", whole), ("event_no", pa.int64()), ("occurred", whole), ("known", whole),
         ("superseded", whole), ("ended", whole), ("end_known", whole), ("value", whole),
         ("kind", small), ("role", small), ("agency", small), ("age", whole)]
    )  # fmt: skip


def _activity(people: int, random: np.random.Generator) -> np.ndarray:
    """Cumulative shares of a Zipf-Mandelbrot activity, dealt to people at random."""
    weight = 1.0 / (np.arange(people) + 8_000.0) ** 0.9
    random.shuffle(weight)
    return np.cumsum(weight) / weight.sum()


def _kinds(policy: Policy, random: np.random.Generator) -> dict[str, np.ndarray]:
    asked = {kind for i in policy.indicators.values() for s in i.selections() for kind in s.kinds}
    names = [name for name in sorted(asked) if not policy.kinds[name].derived]
    names = [name for name in names if _ways(policy, name)]
    share = 1.0 / (np.arange(len(names)) + 1.0) ** 0.9
    random.shuffle(share)
    ways = [_ways(policy, name) for name in names]
    return {
        "code": np.array([policy.kind_code(name) for name in names], np.int16),
        "agency": np.array([policy.agency_code(policy.kinds[n].agency) for n in names], np.int16),
        "lasting": np.array([policy.kinds[name].lasting for name in names]),
        "valued": np.array([policy.kinds[name].value is not None for name in names]),
        "share": np.cumsum(share) / share.sum(),
        "ways": np.array(ways, np.int32),
    }


def _ways(policy: Policy, kind: str) -> list[tuple[int, int, int]]:
    """List twelve ways to take part in a kind that some indicator asks for: role and ages.

    So that nearly every part counts for something: an event that no indicator asks for costs
    nothing, and would flatter the figures.
    """
    asked = sorted(
        {
            (policy.role_code(role), *(selection.ages or (0, 90)))
            for indicator in policy.indicators.values()
            for selection in indicator.selections()
            if kind in selection.kinds
            for role in selection.roles or policy.kinds[kind].roles
            if role in policy.kinds[kind].roles
        }
    )
    return [asked[i % len(asked)] for i in range(12)] if asked else []


def _chunk(
    count: int,
    event_no: int,
    kinds: dict[str, np.ndarray],
    activity: np.ndarray,
    family: np.ndarray,
    random: np.random.Generator,
) -> tuple[pa.Table, int]:
    sizes = _sizes(count, random)
    first = np.repeat(np.arange(len(sizes)), sizes)[:count]
    events = len(sizes)
    kind = np.searchsorted(kinds["share"], random.random(events))
    occurred = dates.day_number(LAST_DAY) - random.integers(0, DAYS, events)
    known = occurred + random.exponential(6.0, events).astype(np.int64)
    lasting = kinds["lasting"][kind]
    length = random.exponential(120.0, events).astype(np.int64)
    still_open = random.random(events) < 0.3
    ended = np.where(lasting, np.where(still_open, FAR, occurred + length), occurred)
    value = np.where(kinds["valued"][kind], random.integers(1, 60, events) * 1000, 0)
    subject = _subjects(count, first, activity, family, random)
    role, youngest, oldest = kinds["ways"][kind[first], random.integers(0, 12, count)].T
    columns = {
        "subject": subject,
        "event_no": first + event_no,
        "occurred": occurred[first],
        "known": known[first],
        "superseded": np.full(count, FAR),
        "ended": ended[first],
        "end_known": np.where(lasting, np.maximum(ended, known), known)[first],
        "value": value[first],
        "kind": kinds["code"][kind[first]],
        "role": role,
        "agency": kinds["agency"][kind[first]],
        "age": random.integers(youngest, oldest + 1),
    }
    schema = _schema()
    arrays = [pa.array(columns[f.name].astype(f.type.to_pandas_dtype())) for f in schema]
    return pa.table(arrays, schema=schema), event_no + events


def _sizes(count: int, random: np.random.Generator) -> np.ndarray:
    """People in each event: 40% alone, the rest 2 to 6, and 0.18% hubs of 30 to 420."""
    events = count // 2
    sizes = np.where(random.random(events) < 0.4, 1, random.integers(2, 7, events))
    hub = random.random(events) < 0.0018
    sizes[hub] = random.integers(30, 421, hub.sum())
    enough = np.searchsorted(np.cumsum(sizes), count) + 1
    return sizes[:enough]


def _subjects(
    count: int,
    first: np.ndarray,
    activity: np.ndarray,
    family: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """The person of each part; a third of those beside the first are of the first's family."""
    subject = np.searchsorted(activity, random.random(count)).clip(0, len(activity) - 1)
    leads = np.concatenate([[True], first[1:] != first[:-1]])
    lead = np.maximum.accumulate(np.where(leads, np.arange(count), 0))
    kin = ~leads & (random.random(count) < 0.35)
    near = (subject[lead] + random.integers(-2, 3, count)).clip(0, len(family) - 1)
    same = family[near] == family[subject[lead]]
    return np.where(kin & same, near, subject)


if __name__ == "__main__":
    make(Path(sys.argv[1]), read_policy(), Size(*map(int, sys.argv[2:])))
