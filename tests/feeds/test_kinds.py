"""The vocabulary that feeds and policy share: no adapter puts a kind that the policy lacks."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kithkin.feeds
from kithkin.policy import Policy, read_policy

FEEDS = Path(kithkin.feeds.__file__).parent
FILES = sorted(path for path in FEEDS.rglob("*") if path.suffix in (".py", ".toml"))


@pytest.fixture(scope="module")
def policy() -> Policy:
    return read_policy()


def texts_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield each text literal of a file, and whether a kind may only begin with it.

    Kinds that code puts together are checked where they land: see `kit.read`.
    """
    if path.suffix == ".toml":
        yield from ((text, False) for text in _strings(tomllib.loads(path.read_text())))
        return
    tree = ast.parse(path.read_text())
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
             for part in node.values}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            yield str(node.values[0].value), True
        elif isinstance(node, ast.Constant) and id(node) not in parts:
            # A whole text may be the stem that kinds are made from: `CARE = "social_care.x"`.
            yield str(node.value), True


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


def unknown_kinds(path: Path, kinds: set[str]) -> list[str]:
    """List the texts that are written like a kind and are neither one nor the start of one."""
    agencies = "|".join(sorted({kind.split(".")[0] for kind in kinds}))
    like_a_kind = re.compile(rf"(?:{agencies})\.[a-z0-9_.]*")
    is_file_name = re.compile(r".*\.(csv|toml|xml|xlsx|json|txt)")
    wrong = []
    for text, begins in texts_of(path):
        if like_a_kind.fullmatch(text) and not is_file_name.fullmatch(text):
            begins = begins or text.endswith(".")
            starts = begins and any(kind.startswith(f"{text.rstrip('.')}.") for kind in kinds)
            if text not in kinds and not starts:
                wrong.append(text)
    return wrong


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FEEDS)))
def test_every_kind_that_a_feed_names_is_a_kind_of_the_policy(path: Path, policy: Policy) -> None:
    assert unknown_kinds(path, set(policy.kinds)) == []


def test_the_feeds_name_many_kinds(policy: Policy) -> None:
    named = {text for path in FILES for text, _ in texts_of(path)} & set(policy.kinds)
    assert len(named) > 100


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.py", 'sink.event(1, "police.crime.rapes", day, [])'),
        ("x.py", 'kind = f"police.crimes.{name}"'),
        ("x.toml", 'kind = "police.crime.rapes"'),
        ("x.toml", "[values]\nrape = 'police.crime'"),
    ],
)
def test_a_misspelt_kind_would_be_found(
    tmp_path: Path, policy: Policy, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    assert len(unknown_kinds(tmp_path / name, set(policy.kinds))) == 1
