"""Hashes of files, folders and of the code itself."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

# What decides the bytes of a release besides our own code.
DEPENDENCIES = (
    "duckdb", "ibis-framework", "jellyfish", "numba", "numpy", "openpyxl", "pandas", "pyarrow", "pydantic",
    "python-stdnum", "scipy", "splink", "sqlglot",
)  # fmt: skip
CODE_FILES = {".py", ".toml", ".csv", ".txt", ".json"}


def file_hash(path: Path) -> str:
    """Give a file's SHA-256 in hexadecimal, reading it piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_of(*parts: Any) -> str:
    """Give one hash for values that together decide a result."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@cache
def code_fingerprint() -> str:
    """Hash every file of the package that can change a result."""
    root = Path(str(resources.files("kithkin")))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in CODE_FILES and "__pycache__" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def dependency_versions() -> dict[str, str]:
    """Name the installed version of each package that can change a result."""
    return {name: metadata.version(name) for name in DEPENDENCIES}
