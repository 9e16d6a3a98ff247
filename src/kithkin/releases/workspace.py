"""A folder that holds releases, the inputs they were made from, and half-done work.

    workspace/
      releases/<id>/          one release: its tables and manifest.json; never changed
      releases/SHA256SUMS     the hash of each release's manifest
      latest                  the id of the newest release
      inputs/<sha256>         every input file of every release, once
      stages/<name>-<key>/    finished stages, kept so that a run can be taken up again

Whatever is being written has a name that begins with `.partial-` and takes its place by one
rename when it is whole, so that a crash at any point leaves the last good release as it was.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock, Timeout

from kithkin.releases.hashing import file_hash

MANIFEST = "manifest.json"
PARTIAL = ".partial-"


class ReleaseError(Exception):
    """A release cannot be made, found or trusted: says which, why, and what to do."""


@dataclass(frozen=True)
class Release:
    """A published release."""

    folder: Path

    @property
    def id(self) -> str:
        """Name the release: its as-of date and a hash of all that it was made from."""
        return self.folder.name

    @property
    def manifest(self) -> dict[str, Any]:
        """Give the manifest; `ReleaseError` when it is not there or not readable."""
        try:
            return dict(json.loads((self.folder / MANIFEST).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise ReleaseError(
                f"{self.id}: {MANIFEST} cannot be read ({error}). "
                "Run `kithkin releases verify`, and make the release anew."
            ) from error

    def table(self, name: str) -> Path:
        """Give the path of one of its tables."""
        return self.folder / f"{name}.parquet"


@dataclass(frozen=True)
class Workspace:
    """The folder; made when it is first written to."""

    root: Path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out; clear what a run that was killed left half done."""
        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise ReleaseError(
                f"Another run is working in {self.root}. Wait for it, or give another --workspace."
            ) from error
        try:
            self._clear_partial()
            yield
        finally:
            lock.release()

    def releases(self) -> list[Release]:
        """List the releases, by id."""
        folder = self.root / "releases"
        found = [p for p in folder.glob("*") if p.is_dir() and not p.name.startswith(".")]
        return [Release(path) for path in sorted(found)]

    def release(self, name: str | None = None) -> Release:
        """Find a release by its id or the beginning of it; the newest without a name."""
        wanted = name or self.latest()
        if wanted is None:
            raise ReleaseError(f"{self.root} holds no release yet. Make one with `kithkin run`.")
        found = [release for release in self.releases() if release.id.startswith(wanted)]
        exact = [release for release in found if release.id == wanted]
        if len(exact or found) == 1:
            return (exact or found)[0]
        names = ", ".join(release.id for release in (found or self.releases()))
        problem = "fits several releases" if found else "is no release here"
        raise ReleaseError(f"{wanted} {problem}. Choose one of: {names or 'none yet'}.")

    def latest(self) -> str | None:
        """Give the id of the newest release, or None."""
        pointer = self.root / "latest"
        return pointer.read_text(encoding="utf-8").strip() if pointer.exists() else None

    # --- writing -----------------------------------------------------------------------------

    def stage(self, name: str, key: str, build: Callable[[Path], dict[str, Any]]) -> Stage:
        """Give a stage's finished folder: the one kept from before, or built now.

        `build` fills a folder and gives the stage's counts.
        """
        if found := self.finished(name, key):
            return found
        target = self.root / "stages" / f"{name}-{key}"
        with self._partial(target) as folder:
            counts = build(folder)
            (folder / "counts.json").write_text(json.dumps(counts, sort_keys=True, default=str))
        return Stage(name, target, kept=False)

    def finished(self, name: str, key: str) -> Stage | None:
        """Give a stage that an earlier run has finished, or None."""
        target = self.root / "stages" / f"{name}-{key}"
        return Stage(name, target, kept=True) if target.exists() else None

    def publish(self, name: str, fill: Callable[[Path], None]) -> Release:
        """Make a release whole in one rename, note its manifest's hash, and point to it."""
        target = self.root / "releases" / name
        if not target.exists():
            with self._partial(target) as folder:
                fill(folder)
                # Before the rename, so that no release is ever there without its hash.
                self._note_hash(name, file_hash(folder / MANIFEST))
        self._write_whole(self.root / "latest", f"{name}\n")
        return Release(target)

    def keep_input(self, path: Path, sha256: str) -> None:
        """Keep an input file under its hash, so that a release can always be made again."""
        target = self.root / "inputs" / sha256
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{PARTIAL}{uuid4().hex}")
        try:
            shutil.copyfile(path, partial)
            if file_hash(partial) != sha256:
                raise ReleaseError(f"{path.name} changed while it was being read. Run again.")
            _flush(partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def noted_hashes(self) -> dict[str, str]:
        """Give the hash of each release's manifest, as noted when it was published."""
        path = self.root / "releases" / "SHA256SUMS"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}

    def _note_hash(self, name: str, digest: str) -> None:
        noted = self.noted_hashes() | {name: digest}
        text = "".join(f"{value}  {key}\n" for key, value in sorted(noted.items()))
        self._write_whole(self.root / "releases" / "SHA256SUMS", text)

    def _write_whole(self, path: Path, text: str) -> None:
        partial = path.with_name(f"{PARTIAL}{path.name}")
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    @contextmanager
    def _partial(self, target: Path) -> Iterator[Path]:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = target.with_name(f"{PARTIAL}{uuid4().hex}")
        folder.mkdir()
        try:
            yield folder
            for path in folder.rglob("*"):
                if path.is_file():
                    _flush(path)
            folder.rename(target)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _clear_partial(self) -> None:
        for place in ("", "stages", "releases", "inputs"):
            for left in (self.root / place).glob(f"{PARTIAL}*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()


@dataclass(frozen=True)
class Stage:
    """A finished stage; `kept` when an earlier run had made it."""

    name: str
    folder: Path
    kept: bool

    @property
    def counts(self) -> dict[str, Any]:
        """Give what went in and came out."""
        return dict(json.loads((self.folder / "counts.json").read_text()))


def _flush(path: Path) -> None:
    """Make sure that a file is on the disk before the rename that declares it whole."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
