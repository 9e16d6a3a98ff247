"""Writes a county to a folder: what agencies send, and, apart, the truth; all of it or nothing.

The folder holds `feeds` (the input of `kithkin run`), `returns` (statutory returns that repeat
what the feeds say), `front_door` (contacts with their texts), `truth`, and, when asked for,
`report`. Work is cut into tasks that do not depend on one another, each with random streams of
its own, so that the number of threads changes nothing but the time.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import file_digest
from pathlib import Path
from typing import Any, TypeVar

import kithkin
from kithkin.engine.progress import Progress, SilentProgress
from kithkin.simulation.agencies.everyday import everyday_streams
from kithkin.simulation.calibration import report
from kithkin.simulation.county import County
from kithkin.simulation.event_rows import write_parquet, write_stream
from kithkin.simulation.front_desk import write_front_door
from kithkin.simulation.making import Plan, make_county
from kithkin.simulation.records import Register
from kithkin.simulation.sending.manifest import write_manifest
from kithkin.simulation.sending.one_agency import FEEDS, Sent, send
from kithkin.simulation.sending.planted import planted_faults
from kithkin.simulation.sending.returns import write_returns
from kithkin.simulation.settings.sections import SettingsError
from kithkin.simulation.settings.whole import Settings
from kithkin.simulation.truth import write_facts, write_rankings

COUNTY = "county.json"
"""Says which county a folder holds; its presence marks a folder as one that may be replaced."""
SUMS = "SHA256SUMS"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Written:
    """What was written."""

    out: str
    ends_on: date
    people: int
    children: int
    events: int
    feeds: list[tuple[str, int, int]]
    """Feed, people on its register, rows of its files."""
    agreeing: tuple[int, int] | None
    """Published figures that agree, of how many; None without a report."""
    area_under_curve: float
    """Of a sound model on structured history; NaN without a report."""


def simulate_county(
    plan: Plan,
    out: Path,
    *,
    threads: int = 1,
    replace: bool = False,
    progress: Progress | None = None,
) -> Written:
    """Make the county of a plan and write it to `out`, which appears only when it is whole.

    Raises `SettingsError` for settings that cannot be used, and when `out` holds anything; with
    `replace`, a county that was simulated before may be there and goes when the new one is whole.
    """
    bars = progress or SilentProgress()
    _may_write(out, replace)
    settings = plan.read_settings()
    county = make_county(plan, bars)
    with _whole(out, replace) as folder:
        return _Writing(plan, settings, county, folder, threads, bars).write(out)


def _may_write(out: Path, replace: bool) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if (out / COUNTY).exists():
        if replace:
            return
        raise SettingsError(
            f"{out}: holds a county already. Add --replace, or name another folder."
        )
    raise SettingsError(f"{out}: holds something that is no simulated county. Name another folder.")


@contextmanager
def _whole(out: Path, replace: bool) -> Iterator[Path]:
    """Give a folder beside `out` that takes its name at the end, and goes if that is not reached."""
    partial = out.with_name(f".partial-{out.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        if replace and out.exists():
            shutil.rmtree(out)
        elif out.exists():
            out.rmdir()  # empty: `_may_write` saw to that
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@dataclass
class _Writing:
    plan: Plan
    settings: Settings
    county: County
    folder: Path
    threads: int
    bars: Progress

    def write(self, out: Path) -> Written:
        sent, rows = self._held()
        registers = {one.feed: one.register for one in sent if one.register}
        later: list[Callable[[], Any]] = [lambda: self._facts(registers)]
        if not self.plan.events_only:
            self._manifest(sent)
            later += [self._front_door, lambda: self._returns(registers["ssd"])]
        self._each("rest", later, lambda task: task())
        found = self._report(sent) if self.plan.report else None
        self._describe()
        return Written(
            out=str(out),
            ends_on=self.county.calendar.day(self.county.calendar.ends),
            people=len(self.county.world.people),
            children=len(self.county.lives.children),
            events=sum(one.events for one in sent) + rows,
            feeds=[] if self.plan.events_only else [one.summary() for one in sent],
            agreeing=found.agreeing if found else None,
            area_under_curve=found.hardness.auc if found else float("nan"),
        )

    def _held(self) -> tuple[list[Sent], int]:
        """Write what every agency holds, the everyday rows and the rankings; rows of the second."""
        streams = dict(everyday_streams(self.county, self.settings.services))
        tasks: list[Callable[[], Any]] = [
            self._rankings,
            *(partial(self._agency, feed) for feed in FEEDS),
            *(partial(self._stream, name, streams) for name in streams),
        ]
        done = self._each("agencies", tasks, lambda task: task())
        return done[1 : 1 + len(FEEDS)], sum(done[1 + len(FEEDS) :])

    def _each(
        self, stage: str, items: Sequence[Any], work: Callable[[Any], Result]
    ) -> list[Result]:
        """Do the work for each item, as many at once as there are threads; results in order."""
        self.bars.start(stage, len(items))
        results = []
        with ThreadPoolExecutor(self.threads) as pool:
            for result in pool.map(work, items):
                results.append(result)
                self.bars.step(stage)
        self.bars.finish(stage, kept=False)
        return results

    def _agency(self, feed: str) -> Sent:
        return send(
            feed,
            self.county,
            self.settings,
            events=self.folder / "truth" / "events",
            feeds=None if self.plan.events_only else self.folder / "feeds",
            keep=self.plan.report,
        )

    def _stream(self, name: str, streams: dict[str, Any]) -> int:
        return write_stream(
            self.folder / "truth" / "events" / f"everyday.{name}.parquet", streams[name]
        )

    def _rankings(self) -> None:
        write_rankings(self.county, self.settings.justice, self.folder / "truth")

    def _facts(self, registers: dict[str, Register]) -> None:
        write_facts(self.county, registers, self.folder / "truth")

    def _manifest(self, sent: Sequence[Sent]) -> None:
        write_manifest(self.folder / "feeds", [d for one in sent for d in one.deliveries])

    def _front_door(self) -> None:
        page = self.plan.report
        write_front_door(self.folder, self.county, self.settings.text, page=page)

    def _returns(self, register: Register) -> None:
        write_returns(self.folder, self.county, register, self.settings)
        last = self.county.calendar.day(self.county.calendar.ends)
        planted = planted_faults(self.county, register, last, self.settings.returns)
        (self.folder / "truth").mkdir(exist_ok=True)
        write_parquet(self.folder / "truth" / "planted_faults.parquet", planted)

    def _report(self, sent: Sequence[Sent]) -> report.Found:
        files = {(f.feed, f.file): f for one in sent for f in one.files}
        return report.write_report(self.folder / "report", self.county, files, self.settings)

    def _describe(self) -> None:
        """Say which county this is, and give the hash of every file."""
        plan = self.plan
        about = {
            "kithkin": kithkin.__version__,
            "people": plan.people,
            "years": plan.years,
            "seed": plan.seed,
            "ends_on": str(self.settings.county.ends_on),
            "knobs": self.settings.knobs.model_dump(),
            "settings": self.settings.fingerprint(),
        }
        text = json.dumps(about, indent=1) + "\n"
        (self.folder / COUNTY).write_text(text, encoding="utf-8")
        lines = [
            f"{_sha256(path)}  {path.relative_to(self.folder).as_posix()}\n"
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        ]
        (self.folder / SUMS).write_text("".join(lines), encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
