"""What a run takes from the runs before it: who has which id, the model, and what people said.

What they decided and what their judgements taught of probabilities are files of the workspace, the
others of the release before. Their hashes stand in the manifest and the files are kept like inputs,
so that a release is made again from what it was made from. A run that goes on from its own register
and model gives the same register and model, which is why the manifest names those that came out.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kithkin.network.groups import GroupMemoryTable
from kithkin.people import Before
from kithkin.people.certainty import (
    CALIBRATION,
    CALIBRATION_FILE,
    STATED,
    Calibration,
    read_calibration,
)
from kithkin.people.deciding import DECISIONS, decisions_from, decisions_text
from kithkin.people.identity import PersonIndex
from kithkin.people.pairs import LinkageModel
from kithkin.people.pairs.model import FREQUENCY_FILE, MODEL_FILE
from kithkin.people.tables import PersonIndexTable, PersonLineageTable
from kithkin.releases.hashing import file_hash
from kithkin.releases.workspace import Release, ReleaseError, Workspace

REGISTER = tuple(f"{table.name}.parquet" for table in (PersonIndexTable, PersonLineageTable))
GROUP_MEMORY = f"{GroupMemoryTable.name}.parquet"
MODEL = (MODEL_FILE, FREQUENCY_FILE)


@dataclass(frozen=True)
class Inheritance:
    """The folder of an earlier register and model, or none; decisions and calibration as bytes."""

    folder: Path | None
    decided: bytes = field(repr=False)
    calibrated: bytes = field(repr=False, default=b"")

    @property
    def hashes(self) -> dict[str, str]:
        """Give the hash of each file of the register and the model; none without a folder."""
        return {} if self.folder is None else hashes_in(self.folder)

    @property
    def decisions_hash(self) -> str | None:
        """Hash the decisions; None when nobody has decided anything."""
        return _digest(self.decided)

    @property
    def calibration_hash(self) -> str | None:
        """Hash the calibration; None when probabilities are as the model states them."""
        return _digest(self.calibrated)

    def before(self, *, retrain: bool) -> Before:
        """Read what a run goes on from; with `retrain` a new model is learnt."""
        decisions = decisions_from(self.decided)
        calibration = read_calibration(self.calibrated) if self.calibrated else STATED
        if self.folder is None:
            return Before(decisions=decisions, calibration=calibration)
        model = None if retrain else LinkageModel.load(self.folder)
        return Before(PersonIndex.load(self.folder), model, decisions, calibration)


def _digest(text: bytes) -> str | None:
    return hashlib.sha256(text).hexdigest() if text else None


def inherit(workspace: Workspace, as_of: date, folder: Path | None = None) -> Inheritance:
    """Find what a run for a date goes on from: the newest release that is not of a later date.

    `folder` is taken instead when it is given.
    """
    if folder is None and (release := _predecessor(workspace, as_of)):
        folder = release.folder
    calibration = workspace.root / CALIBRATION
    calibrated = calibration.read_bytes() if calibration.exists() else b""
    return Inheritance(folder, decisions_text(workspace.root / DECISIONS), calibrated)


def register_of(release: Release) -> PersonIndex:
    """Read the register of persons that a release holds."""
    return PersonIndex.load(release.folder)


def calibration_of(release: Release) -> Calibration:
    """Read the calibration of a release; of one from before there were any, that of none."""
    path = release.folder / CALIBRATION_FILE
    return read_calibration(path.read_bytes()) if path.exists() else STATED


def hashes_in(folder: Path) -> dict[str, str]:
    """Hash the files of the register and of the model."""
    return {name: file_hash(folder / name) for name in (*REGISTER, *MODEL)}


def keep(workspace: Workspace, folder: Path, hashes: Mapping[str, str]) -> None:
    """Keep the register and model that came out, to make the release again."""
    for name, digest in hashes.items():
        workspace.keep_input(folder / name, digest)


def lay_out(workspace: Workspace, manifest: Mapping[str, Any], scratch: Path) -> Path:
    """Lay out what was kept for making a release again; give the folder of register and model.

    Decisions and calibration go where the workspace in `scratch` has them.
    """
    told, folder = manifest["people"], scratch / "inherited"
    folder.mkdir(parents=True)
    for name, digest in told["files"].items():
        shutil.copyfile(_kept(workspace, name, digest), folder / name)
    if groups := manifest.get("groups", {}).get("before"):
        shutil.copyfile(_kept(workspace, GROUP_MEMORY, groups), folder / GROUP_MEMORY)
    for place, digest in ((DECISIONS, told["decisions"]), (CALIBRATION, told.get("calibration"))):
        if digest:
            target = scratch / "workspace" / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_kept(workspace, place.name, digest), target)
    return folder


def _kept(workspace: Workspace, name: str, digest: str) -> Path:
    kept = workspace.root / "inputs" / digest
    if not kept.exists() or file_hash(kept) != digest:
        raise ReleaseError(
            f"{name} is no longer kept as it was in {kept.parent.name}/. "
            f"Put the file with SHA-256 {digest} there under that name."
        )
    return kept


def _predecessor(workspace: Workspace, as_of: date) -> Release | None:
    found = []
    for release in workspace.releases():
        told = release.manifest
        if "people" in told and date.fromisoformat(told["as_of"]) <= as_of:
            newest = release.id == workspace.latest()
            written = (release.folder / "manifest.json").stat().st_mtime_ns
            rank = (told["as_of"], told["people"]["version"], newest, written, release.id)
            found.append((rank, release))
    return max(found, key=lambda each: each[0])[1] if found else None
