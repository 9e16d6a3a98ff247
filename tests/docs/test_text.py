"""No machine's path, no registry, and nothing unfinished stands in what is committed."""

import re
from functools import cache

import pytest

from docs.made import ROOT, name, text_files

# Written so that the patterns do not find themselves.
FORBIDDEN = {
    "a path of a machine": re.compile(r"(?<![\w./<-])/(?:work|home|root|Users|tmp)/[A-Za-z0-9_]"),
    "a package registry": re.compile(r"(?:py[p]i\.org|python[h]osted\.org|cran\.r-proj[e]ct\.org)"),
    "unfinished work": re.compile(r"\b(?:TO[D]O|FIX[M]E|NotImplemented[E]rror)\b"),
}
ADDRESS = re.compile(r"https?:|--(?:extra-)?index-url|--find-links|--trusted-host|@ *file:")


@cache
def texts() -> dict[str, str]:
    """Give the text of every file, read once."""
    return {name(path): path.read_bytes().decode("utf-8", "replace") for path in text_files()}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_text_names(what: str) -> None:
    found = [
        f"{file}:{text.count(chr(10), 0, hit.start()) + 1}: {hit.group()}"
        for file, text in texts().items()
        for hit in FORBIDDEN[what].finditer(text)
    ]
    assert found == []


def test_the_patterns_find_what_they_forbid() -> None:
    found = ["open /" + "tmp/x", "https://py" + "pi.org", "# TO" + "DO later"]
    for text, pattern in zip(found, FORBIDDEN.values(), strict=True):
        assert pattern.search(text)


def test_requirements_name_no_host() -> None:
    files = [*ROOT.glob("requirements/*.txt"), *ROOT.glob("tools/**/requirements.txt")]
    assert len(files) >= 3
    for path in [*files, ROOT / "pyproject.toml", ROOT / "Makefile"]:
        assert not ADDRESS.search(path.read_text(encoding="utf-8")), name(path)


def test_every_locked_package_has_a_version_and_hashes() -> None:
    for path in ROOT.glob("requirements/*.txt"):
        text = re.sub(r"(?m)^#.*\n", "", path.read_text(encoding="utf-8")).replace("\\\n", " ")
        for line in filter(None, map(str.strip, text.splitlines())):
            assert re.match(r"[\w.\[\]-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line[:80]
