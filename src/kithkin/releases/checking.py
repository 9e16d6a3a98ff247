"""Whether a release is still what was published, and whether its inputs make it again."""

from __future__ import annotations

import glob
import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from kithkin.feeds.manifest import MANIFEST as FEEDS_TOML
from kithkin.releases.hashing import code_fingerprint, dependency_versions, file_hash
from kithkin.releases.inheriting import lay_out
from kithkin.releases.pipeline import RunOptions, run
from kithkin.releases.workspace import MANIFEST, PARTIAL, Release, ReleaseError, Workspace

# What a manifest says of how a release was made; the notes tell when it is not as it was.
MADE_WITH = ("release_id", "code", "python", "dependencies")


@dataclass(frozen=True)
class Verification:
    """What was compared and where it differs; nothing in `differences` means identical."""

    release: str
    files: int
    differences: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether every byte is as published."""
        return not self.differences


def verify(workspace: Workspace, release: Release) -> Verification:
    """Hash every file of a release again and compare with its manifest, and that with its note."""
    entries = {entry["path"]: entry["sha256"] for entry in release.manifest["files"]}
    found = _files(release.folder)
    differences = [f"{path}: is missing" for path in entries if path not in found]
    differences += [f"{path}: is not in the manifest" for path in found if path not in entries]
    differences += [
        f"{path}: its bytes have changed since it was published"
        for path, digest in entries.items()
        if path in found and file_hash(found[path]) != digest
    ]
    noted = workspace.noted_hashes().get(release.id)
    if noted != file_hash(release.folder / MANIFEST):
        differences.append(f"{MANIFEST}: is not the one that was published")
    return Verification(release.id, len(entries), tuple(sorted(differences)))


def reproduce(workspace: Workspace, release: Release, options: RunOptions) -> Verification:
    """Make a release again from its kept inputs and its own policy, and compare every byte.

    Nothing of the first run is used but its inputs, among them the register of persons, the model
    and the decisions: all stages are done anew, in a folder that
    is removed afterwards.

    Raises
    ------
    ReleaseError : when an input is no longer kept as it was, or a run is going on.

    """
    manifest = release.manifest
    with (
        workspace.locked(),
        tempfile.TemporaryDirectory(dir=workspace.root, prefix=PARTIAL) as scratch,
    ):
        feeds = Path(scratch) / "feeds"
        _lay_out(workspace, manifest, feeds)
        inherited = lay_out(workspace, manifest, Path(scratch))
        again = run(
            feeds,
            date.fromisoformat(manifest["as_of"]),
            Workspace(Path(scratch) / "workspace"),
            replace(
                options,
                policy_folder=release.folder / "policy",
                history_months=manifest["history_months"],
                seed=manifest["seed"],
                inherited=inherited,
                retrain=False,
            ),
        )
        differences = _differing(release, again)
    return Verification(
        release.id, len(manifest["files"]), tuple(differences), tuple(_notes(manifest))
    )


def _files(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }


def _differing(release: Release, again: Release) -> list[str]:
    before, after = _files(release.folder), _files(again.folder)
    differences = [f"{path}: was not made again" for path in before if path not in after]
    differences += [f"{path}: is new" for path in after if path not in before]
    differences += [
        f"{path}: differs"
        for path in before
        if path in after and file_hash(before[path]) != file_hash(after[path])
    ]
    made, remade = release.manifest, again.manifest
    differences += [
        f"{MANIFEST}: {key} differs"
        for key in made.keys() | remade.keys()
        if key not in MADE_WITH and made.get(key) != remade.get(key)
    ]
    return sorted(differences)


def _notes(manifest: dict[str, Any]) -> list[str]:
    """Say what is not as it was, since it may explain a difference."""
    notes = []
    if manifest["code"]["fingerprint"] != code_fingerprint():
        notes.append(f"made by other code: version {manifest['code']['version']}")
    now = dependency_versions()
    notes += [
        f"made with {name} {version}, now {now.get(name, 'none')}"
        for name, version in manifest["dependencies"].items()
        if now.get(name) != version
    ]
    return notes


def _lay_out(workspace: Workspace, manifest: dict[str, Any], feeds: Path) -> None:
    """Lay the kept inputs out as the feeds folder that they were."""
    wanted = [file for entry in manifest["inputs"] for file in entry["files"]]
    for file in [*wanted, *manifest["supporting"]]:
        kept = workspace.root / "inputs" / file["sha256"]
        if not kept.exists():
            raise ReleaseError(
                f"The input {file['name']} is no longer kept in {kept.parent.name}/. "
                f"Put the file with SHA-256 {file['sha256']} there under that name."
            )
        if file_hash(kept) != file["sha256"]:
            raise ReleaseError(
                f"The input {file['name']} is not as it was: {kept.parent.name}/{kept.name} has "
                "changed. Put the file with that SHA-256 back."
            )
        target = feeds / file["name"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, target)
    (feeds / FEEDS_TOML).write_text(_feeds_toml(manifest["inputs"]), encoding="utf-8")


def _feeds_toml(inputs: list[dict[str, Any]]) -> str:
    return "\n".join(_feed_toml(entry) for entry in inputs)


def _feed_toml(entry: dict[str, Any]) -> str:
    # A name is a pattern there: [1] in it must stand for itself.
    files = ", ".join(_value(glob.escape(file["name"])) for file in entry["files"])
    options = {k: v for k, v in entry["options"].items() if k != "mapping_sha256"}
    lines = [
        "[[feed]]",
        *(f"{key} = {_value(entry[source])}" for key, source in
          (("name", "source"), ("agency", "agency"), ("contract", "contract"),
           ("gateway", "gateway"))),
        f"files = [{files}]",
        f"extracted_on = {entry['extracted_on']}",
        f"full_extract = {str(entry['full_extract']).lower()}",
        f"recorded_lag_days = {entry['recorded_lag_days']}",
        "shares_files = true",
    ]  # fmt: skip
    if options:
        lines += ["[feed.options]", *(f"{_value(k)} = {_value(v)}" for k, v in options.items())]
    return "\n".join([*lines, ""])


def _value(value: Any) -> str:
    """Write a value of the manifest as TOML; what JSON writes but for a table is TOML too."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
