"""The main job: feeds in, an explained release out.

Each stage is keyed by the hash of all that decides its result: the inputs, the code, the
policy, the as-of date. A stage whose key is there already is not done again.
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import kithkin
from kithkin.engine import Engine, Resources, open_duckdb, open_engine, write_table
from kithkin.engine.progress import Progress, SilentProgress
from kithkin.feeds.delivery import Delivery, FeedsRefused
from kithkin.feeds.landing import select
from kithkin.feeds.manifest import MANIFEST as FEEDS_TOML
from kithkin.feeds.manifest import read_manifest
from kithkin.feeds.settle import settle
from kithkin.indicators import (
    Catalogue,
    FactsFolder,
    Sources,
    history_on,
    portable,
    store_facts,
    values_on,
)
from kithkin.indicators.parts import code_parts
from kithkin.model import dates
from kithkin.people import HERE, Means, build_people
from kithkin.people.certainty import CALIBRATION, CALIBRATION_FILE
from kithkin.people.deciding import DECISIONS
from kithkin.people.identity import PersonIndex
from kithkin.people.pairs.spark import scorer_on_spark
from kithkin.policy import Policy, default_policy_folder, read_policy
from kithkin.policy.models import Level
from kithkin.releases.gathered import (
    Gathering,
    GroupsBefore,
    store_places,
    write_groups,
    write_places,
)
from kithkin.releases.hashing import (
    code_fingerprint,
    dependency_versions,
    file_hash,
    key_of,
)
from kithkin.releases.inheriting import hashes_in, inherit, keep
from kithkin.releases.reading_together import Reader, begun, readers
from kithkin.releases.scored import Known, feeds_without, store_evidence, write_scores
from kithkin.releases.workspace import MANIFEST, Release, ReleaseError, Stage, Workspace

LEVELS: tuple[Level, ...] = ("person", "family")
FORMAT = 1  # of the release folder and its manifest


@dataclass(frozen=True)
class RunOptions:
    """What a run may be told besides its feeds and date.

    Engine, resources and progress can change no byte of the release.
    """

    policy_folder: Path | None = None
    history_months: int = 36
    seed: int = 1
    engine: str = "duckdb"
    resources: Resources = field(default_factory=Resources)
    progress: Progress = field(default_factory=SilentProgress)
    # Learn what agreement is worth anew, though an earlier model would do.
    retrain: bool = False
    # The register of persons and the model to go on from; without it, those of the newest release
    # that is not of a later date.
    inherited: Path | None = None


def run(feeds: Path, as_of: date, workspace: Workspace, options: RunOptions) -> Release:
    """Make a release of everything that was known on a date.

    Parameters
    ----------
    feeds : a folder with feeds.toml. Deliveries extracted after `as_of` are not read.
    as_of : the date for which indicators are answered; monthly history ends with it.

    Raises
    ------
    PolicyError, FeedsRefused : with every mistake in the policy or the feeds.
    ReleaseError : when nothing was known on the date, or the workspace is in use.

    """
    policy = read_policy(options.policy_folder)
    with workspace.locked():
        return _Run(feeds, as_of, workspace, options, policy).release()


class _Run:
    """One run: its stages in order, each a method that gives a finished `Stage`."""

    def __init__(
        self, feeds: Path, as_of: date, workspace: Workspace, options: RunOptions, policy: Policy
    ) -> None:
        self.feeds, self.as_of, self.workspace = feeds, as_of, workspace
        self.options, self.policy = options, policy
        self.catalogues = [Catalogue(policy, level) for level in LEVELS]
        self.base = [FORMAT, code_fingerprint(), dependency_versions()]
        self.inherited = inherit(workspace, as_of, options.inherited)
        self.groups_before = GroupsBefore.of(self.inherited.folder, as_of)
        self.stages: list[Stage] = []

    def release(self) -> Release:
        deliveries = self._deliveries()
        self._keep_inputs(deliveries)
        landed = self._land(deliveries)
        settled = self._settle(deliveries, landed)
        people = self._people(settled)
        facts = self._facts(settled, people)
        answers = [
            answer(catalogue, facts)
            for catalogue in self.catalogues
            for answer in (self._values, self._history)
        ]
        groups, places = self._groups(people, facts), self._places(facts)
        scores = self._scores(people, facts, answers[0], groups)
        folders = [settled, people, facts, *answers, groups, places, scores]
        return self._publish(deliveries, folders)

    # --- stages ------------------------------------------------------------------------------

    def _deliveries(self) -> Sequence[Delivery]:
        found = read_manifest(self.feeds, self.policy)
        # What came later or again changes no byte; `kithkin check` notes both.
        chosen = select(found, self.as_of).deliveries
        if not chosen:
            first = min(delivery.extracted_on for delivery in found)
            raise ReleaseError(
                f"Nothing was known on {self.as_of}: the first delivery was extracted on {first}. "
                "Choose a later --as-of."
            )
        return chosen

    def _keep_inputs(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            for file in delivery.files:
                self.workspace.keep_input(file.path, file.sha256)
        for path in self._supporting(deliveries):
            self.workspace.keep_input(path, file_hash(path))

    def _supporting(self, deliveries: Sequence[Delivery]) -> list[Path]:
        """List feeds.toml and the mappings that it names."""
        names = {FEEDS_TOML} | {
            str(delivery.options["mapping"])
            for delivery in deliveries
            if "mapping_sha256" in delivery.options
        }
        return [self.feeds / name for name in sorted(names)]

    def _land(self, deliveries: Sequence[Delivery]) -> list[Stage]:
        self.options.progress.start("land", len(deliveries))
        landed: list[Stage] = []
        errors: list[str] = []
        with (
            readers(deliveries, self.options.resources.threads) as (read, at_once),
            begun([partial(self._land_one, d, read) for d in deliveries], at_once) as stages,
        ):
            for delivery, stage in zip(deliveries, stages, strict=True):
                try:
                    landed.append(stage())
                except FeedsRefused as error:
                    errors += error.errors
                self.options.progress.step("land", delivery.source)
        if errors:
            raise FeedsRefused(errors)
        self.options.progress.finish("land", kept=all(stage.kept for stage in landed))
        return landed

    def _land_one(self, delivery: Delivery, read: Reader) -> Stage:
        key = key_of(self.base, delivery.batch_id, delivery.source)
        return self.workspace.stage("land", key, lambda folder: {"out": read(delivery, folder)})

    def _settle(self, deliveries: Sequence[Delivery], landed: list[Stage]) -> Stage:
        def build(folder: Path) -> dict[str, Any]:
            together = folder / "landed"
            for stage in landed:
                for file in stage.folder.glob("*/*.parquet"):
                    target = together / file.parent.name / file.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _link(file, target)
            rows = settle(together, folder / "tables", self.options.resources).rows
            shutil.rmtree(together)
            return {"in": _summed(landed), "out": rows}

        key = key_of(self.base, sorted(d.batch_id for d in deliveries))
        return self._stage("settle", key, build)

    def _people(self, settled: Stage) -> Stage:
        """Link people, going on from the inherited register.

        The stage is named by what came out. A run that inherits just that gets the same again,
        whatever its date, and so takes the stage as it is.
        """
        self.options.progress.start("people", 0)
        key = partial(key_of, self.base, settled.folder.name, self.options.seed,
                      self.inherited.decisions_hash, self.inherited.calibration_hash)  # fmt: skip
        stage = None
        if not self.options.retrain:
            stage = self.workspace.finished("people", key(self.inherited.hashes))
        if stage is None:
            came_from = (self.inherited.hashes, str(self.as_of), self.options.retrain)
            linked = self.workspace.stage(
                "linkage", key(*came_from), partial(self._link_people, settled)
            )
            hashes = hashes_in(linked.folder / "tables")
            stage = self.workspace.stage("people", key(hashes), partial(_same, linked))
            stage = replace(stage, kept=linked.kept)
        self.options.progress.finish("people", kept=stage.kept)
        self.stages.append(stage)
        return stage

    def _link_people(self, settled: Stage, folder: Path) -> dict[str, Any]:
        before = self.inherited.before(retrain=self.options.retrain)
        with (
            open_duckdb(self.options.resources, spill_to=folder) as con,
            self._linkage_means(folder) as means,
        ):
            for name in ("person_record", "identifier", "address", "residence", "relationship"):
                con.read_parquet(str(_table(settled, name))).create_view(name)
            people = build_people(con, before=before, as_of=self.as_of, seed=self.options.seed,
                                  progress=self._say("people"), means=means)  # fmt: skip
        for table in people.tables():
            write_table(table.data, folder / "tables" / f"{table.name}.parquet")
        people.model.save(folder / "tables")
        (folder / "tables" / CALIBRATION_FILE).write_text(people.calibration.text, encoding="utf-8")
        return {"in": settled.counts["out"], "out": asdict(people.account)}

    def _facts(self, settled: Stage, people: Stage) -> Stage:
        def build(folder: Path) -> dict[str, Any]:
            with self._engine(folder) as engine:
                sources = Sources(_read_all(engine, [settled, people]))
                coded = code_parts(engine, sources, self.policy, as_of=self.as_of)
                written = store_facts(
                    engine, sources, self.catalogues, folder / "facts", as_of=self.as_of,
                    coded=coded,
                )  # fmt: skip
                written |= store_evidence(
                    engine, sources, coded, self.policy, folder, as_of=self.as_of,
                    persons=people.counts["out"]["persons"],
                )  # fmt: skip
                written |= store_places(
                    engine, sources, coded, self.policy, folder, as_of=self.as_of
                )
            parts = settled.counts["out"]["event_person"]
            return {"in": {"event_person": parts}, "out": written}

        key = key_of(self.base, people.folder.name, settled.folder.name, self.policy.hash,
                     self.as_of)  # fmt: skip
        return self._stage("facts", key, build)

    def _values(self, catalogue: Catalogue, facts: Stage) -> Stage:
        def build(folder: Path) -> dict[str, Any]:
            stored = FactsFolder(facts.folder / "facts" / catalogue.level)
            out = folder / "indicator_value" / catalogue.level
            heard = self._parts(f"values-{catalogue.level}")
            threads = self.options.resources.threads
            if self.options.engine == "duckdb":
                rows = values_on(
                    stored, catalogue, self.as_of, out, threads=threads, progress=heard
                )
            else:
                with self._engine(folder) as engine:
                    rows = portable.values_on(
                        engine, stored, catalogue, self.as_of, out, threads=threads, progress=heard
                    )
            return {"in": {"facts": facts.counts["out"][catalogue.level]},
                    "out": {"subjects": rows, "indicators": len(catalogue.questions)}}  # fmt: skip

        return self._stage(
            f"values-{catalogue.level}",
            key_of(self.base, facts.folder.name, catalogue.level),
            build,
        )

    def _history(self, catalogue: Catalogue, facts: Stage) -> Stage:
        months = self._history_dates()

        def build(folder: Path) -> dict[str, Any]:
            stored = FactsFolder(facts.folder / "facts" / catalogue.level)
            out = folder / "indicator_history" / catalogue.level
            out.mkdir(parents=True)
            runs = history_on(stored, catalogue, months, out,
                              threads=self.options.resources.threads,
                              progress=self._parts(f"history-{catalogue.level}"))  # fmt: skip
            legend = {"dates": [day.isoformat() for day in months], "indicators": catalogue.codes}
            (out / "legend.json").write_text(json.dumps(legend, indent=1))
            return {
                "in": {"facts": facts.counts["out"][catalogue.level]},
                "out": {"dates": len(months), "runs": runs},
            }

        key = key_of(self.base, facts.folder.name, catalogue.level, [str(day) for day in months])
        return self._stage(f"history-{catalogue.level}", key, build)

    def _groups(self, people: Stage, facts: Stage) -> Stage:
        """Find who acts together, going on from the groups of the release before."""
        months = self._history_dates()

        def build(folder: Path) -> dict[str, Any]:
            known = Gathering(
                self.policy, self.as_of, facts.folder,
                pq.read_table(_table(people, "person")).sort_by("person_key"),
                PersonIndex.load(people.folder / "tables"), self.groups_before,
            )  # fmt: skip
            rows = write_groups(known, months, folder, threads=self.options.resources.threads,
                                say=self._say("groups"))  # fmt: skip
            return {"in": {"tie_evidence": facts.counts["out"]["tie_evidence"]}, "out": rows}

        key = key_of(self.base, facts.folder.name, self.groups_before.hash,
                     [str(day) for day in months])  # fmt: skip
        return self._stage("groups", key, build)

    def _places(self, facts: Stage) -> Stage:
        def build(folder: Path) -> dict[str, Any]:
            rows = write_places(self.policy, self.as_of, facts.folder, folder)
            return {"in": {"place_part": facts.counts["out"]["place_part"]}, "out": rows}

        return self._stage("places", key_of(self.base, facts.folder.name), build)

    def _scores(self, people: Stage, facts: Stage, values: Stage, groups: Stage) -> Stage:
        """Score every person on every theme, today and month by month, and cut the lists."""
        catalogue, months = self.catalogues[0], self._history_dates()

        def build(folder: Path) -> dict[str, Any]:
            person = pq.read_table(_table(people, "person")).sort_by("person_key")
            known = Known(
                self.policy, self.as_of, facts.folder,
                values.folder / "indicator_value" / catalogue.level, person, catalogue,
                feeds_without(person, pq.read_table(_table(people, "person_link"))),
                groups.folder,
            )  # fmt: skip
            rows = write_scores(known, months, folder, threads=self.options.resources.threads,
                                seed=self.options.seed, say=self._say("scores"))  # fmt: skip
            return {"in": {name: facts.counts["out"][name]
                           for name in ("tie_evidence", "contributions")},
                    "out": rows}  # fmt: skip

        key = key_of(self.base, facts.folder.name, values.folder.name, groups.folder.name,
                     self.options.seed, [str(day) for day in months])  # fmt: skip
        return self._stage("scores", key, build)

    def _history_dates(self) -> list[date]:
        """List month ends before the as-of date, and the date itself."""
        first = dates.add_months(self.as_of, -self.options.history_months)
        before = [day for day in dates.month_ends(first, self.as_of) if first < day < self.as_of]
        return [*before, self.as_of]

    # --- publishing --------------------------------------------------------------------------

    def _publish(self, deliveries: Sequence[Delivery], stages: list[Stage]) -> Release:
        linked = self._keep_linkage()
        manifest = {**self._manifest(deliveries), "people": linked, "groups": self._keep_groups()}
        name = f"{self.as_of}-{key_of(manifest)[:10]}"
        self.options.progress.start("publish", 0)

        def fill(folder: Path) -> None:
            for stage in stages:
                _copy_stage(stage, folder)
            _copy_policy(self.options.policy_folder or default_policy_folder(), folder / "policy")
            files = [_file_entry(folder, path) for path in sorted(folder.rglob("*"))
                     if path.is_file()]  # fmt: skip
            whole = {"release_id": name, **manifest, "stages": self._stage_counts(), "files": files}
            text = json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False)
            (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

        release = self.workspace.publish(name, fill)
        self.options.progress.finish("publish", kept=False)
        return release

    def _keep_linkage(self) -> dict[str, Any]:
        """Keep register, model, decisions and calibration, and say which they are."""
        folder = next(stage.folder for stage in self.stages if stage.name == "people") / "tables"
        files, decisions = hashes_in(folder), self.inherited.decisions_hash
        keep(self.workspace, folder, files)
        calibration = self.inherited.calibration_hash
        for place, digest in ((DECISIONS, decisions), (CALIBRATION, calibration)):
            if digest:
                self.workspace.keep_input(self.workspace.root / place, digest)
        version = PersonIndex.load(folder).version
        return {"files": files, "decisions": decisions, "calibration": calibration,
                "version": version}  # fmt: skip

    def _keep_groups(self) -> dict[str, Any]:
        """Keep what the groups went on from, and say which it is."""
        before = self.groups_before
        if before.file is not None and before.hash is not None:
            self.workspace.keep_input(before.file, before.hash)
        return {"before": before.hash}

    def _manifest(self, deliveries: Sequence[Delivery]) -> dict[str, Any]:
        """Say all that decides the release, and no more: no clock, no machine, no folder."""
        header = self.policy.header
        return {
            "format": FORMAT,
            "as_of": self.as_of.isoformat(),
            "history_months": self.options.history_months,
            "seed": self.options.seed,
            "policy": {"name": header.name, "version": header.version, "hash": self.policy.hash},
            "code": {"version": kithkin.__version__, "fingerprint": code_fingerprint()},
            "python": ".".join(platform.python_version_tuple()[:2]),
            "dependencies": dependency_versions(),
            "inputs": [_input(delivery) for delivery in deliveries],
            "supporting": [
                {"name": path.relative_to(self.feeds).as_posix(), "sha256": file_hash(path)}
                for path in self._supporting(deliveries)
                if path.name != FEEDS_TOML
            ],
        }

    def _stage_counts(self) -> list[dict[str, Any]]:
        return [{"name": stage.name, **stage.counts} for stage in self.stages]

    # --- within ------------------------------------------------------------------------------

    def _stage(self, name: str, key: str, build: Any) -> Stage:
        self.options.progress.start(name, 0)
        stage = self.workspace.stage(name, key, build)
        self.options.progress.finish(name, kept=stage.kept)
        self.stages.append(stage)
        return stage

    def _engine(self, folder: Path) -> Any:
        return open_engine(self.options.engine, self.options.resources, spill_to=folder)

    @contextmanager
    def _linkage_means(self, folder: Path) -> Iterator[Means]:
        """On Spark, pairs are weighed there; all else of linkage is small enough for one machine."""
        if self.options.engine == "duckdb":
            yield HERE
            return
        with self._engine(folder):
            yield Means(score=scorer_on_spark())

    def _say(self, stage: str) -> Any:
        return lambda note: self.options.progress.step(stage, note)

    def _parts(self, stage: str) -> Any:
        def heard(done: int, parts: int) -> None:
            if done == 1:
                self.options.progress.start(stage, parts)
            self.options.progress.step(stage)

        return heard


def _table(stage: Stage, name: str) -> Path:
    return stage.folder / "tables" / f"{name}.parquet"


def _read_all(engine: Engine, stages: list[Stage]) -> dict[str, Any]:
    files = [file for stage in stages for file in sorted((stage.folder / "tables").glob("*"))]
    return {file.stem: engine.read(file, file.stem) for file in files if file.suffix == ".parquet"}


def _same(stage: Stage, folder: Path) -> dict[str, Any]:
    """Give a finished stage a second name."""
    for file in (stage.folder / "tables").iterdir():
        (folder / "tables").mkdir(exist_ok=True)
        _link(file, folder / "tables" / file.name)
    return stage.counts


def _summed(stages: list[Stage]) -> dict[str, int]:
    total: dict[str, int] = {}
    for stage in stages:
        for table, rows in stage.counts["out"].items():
            total[table] = total.get(table, 0) + rows
    return total


def _link(file: Path, target: Path) -> None:
    """Give a file a second name where the disk allows it, else a copy."""
    try:
        target.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, target)


def _copy_stage(stage: Stage, folder: Path) -> None:
    for file in sorted(stage.folder.rglob("*")):
        inside = file.relative_to(stage.folder)
        if not file.is_file() or inside.name == "counts.json":
            continue
        if inside.parts[0] == "tables":
            inside = Path(*inside.parts[1:])
        target = folder / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _copy_policy(policy: Path, folder: Path) -> None:
    """Copy the files that the policy was read from, and nothing that lies beside them."""
    for file in sorted(policy.rglob("*.toml")):
        target = folder / file.relative_to(policy)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _file_entry(folder: Path, path: Path) -> dict[str, Any]:
    entry = {
        "path": path.relative_to(folder).as_posix(),
        "sha256": file_hash(path),
        "bytes": path.stat().st_size,
    }
    if path.suffix == ".parquet":
        entry["rows"] = pq.read_metadata(path).num_rows
    return entry


def _input(delivery: Delivery) -> dict[str, Any]:
    return {
        "source": delivery.source,
        "agency": delivery.agency,
        "contract": delivery.contract,
        "gateway": delivery.gateway,
        "extracted_on": delivery.extracted_on.isoformat(),
        "full_extract": delivery.full_extract,
        "recorded_lag_days": delivery.recorded_lag_days,
        # A date there becomes the text that stands for it in the batch id too.
        "options": json.loads(json.dumps(dict(delivery.options), default=str)),
        "batch_id": delivery.batch_id,
        "files": [{"name": file.name, "sha256": file.sha256} for file in delivery.files],
    }


def read_parts(folder: Path) -> pa.Table:
    """Read a table that is stored in parts."""
    return pq.read_table(sorted(folder.glob("part-*.parquet")))
