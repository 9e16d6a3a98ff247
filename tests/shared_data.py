"""Where tests find outside data that the repository does not carry."""

import os
from pathlib import Path

import pytest

BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_data(name: str) -> Path:
    """Path of an outside file such as `ssda903/header.csv`; skips the test when it is not there."""
    path = Path(os.environ.get("KITHKIN_SHARED_DATA", BESIDE_THE_REPOSITORY)) / name
    if not path.exists():
        pytest.skip(f"outside data not found: {name} (set KITHKIN_SHARED_DATA to its folder)")
    return path
