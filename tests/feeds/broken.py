"""Feeds folders that are wrong in ten ways, each built by `build(name, folder)`.

`BROKEN` says what is to come of each: an error that refuses the feeds, or a finding in feeds that
load. The files are made here, for a bomb has no place in a repository.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

FEED = """
[[feed]]
name = "{name}"
agency = "{agency}"
contract = "{contract}"
files = ["{files}"]
extracted_on = 2026-01-31
gateway = "children_act_2004"
"""
POLICE = FEED.format(name="police", agency="police", contract="police", files="*.csv")
ANNEX_A = FEED.format(name="annex", agency="social_care", contract="annex_a", files="*.xlsx")
CENSUS = FEED.format(name="census", agency="social_care", contract="cin_census", files="*.xml")
EARLY_HELP = FEED.format(name="help", agency="early_help", contract="early_help", files="*.csv")

NOMINALS = "nominal_id,forename,surname,date_of_birth,sex\nN1,Ann,Lee,2010-05-01,F\n"
OCCURRENCES = "occurrence_id,reported_on,committed_from,ho_code\n"

ENDLESS_BYTES = 256 << 20  # the file is sparse: it takes no room on the disk
ENDLESS_TEXT = 8 << 20  # bytes of text without a line end


@dataclass(frozen=True)
class Broken:
    """One way to be wrong: how it is built, and what is said of it."""

    build: Callable[[Path], None]
    file: str  # that the error or finding names
    says: str  # words of the error, or the rule of the finding
    remedy: str = ""  # words of what to do
    refused: bool = True


def build(name: str, folder: Path) -> None:
    """Write the broken feeds folder of this name."""
    folder.mkdir(parents=True, exist_ok=True)
    BROKEN[name].build(folder)


def _write(folder: Path, manifest: str, files: Mapping[str, str | bytes]) -> None:
    (folder / "feeds.toml").write_text(manifest, encoding="utf-8")
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def _missing_file(folder: Path) -> None:
    _write(folder, POLICE, {})


def _wrong_columns(folder: Path) -> None:
    _write(folder, POLICE, {"nominal.csv": "colour,size\nred,4\n"})


def _binary_file(folder: Path) -> None:
    _write(folder, POLICE, {"nominal.csv": bytes(range(256)) * 64})


def _endless_zeros(folder: Path) -> None:
    _write(folder, POLICE, {"nominal.csv": b""})
    with (folder / "nominal.csv").open("r+b") as handle:
        handle.write(NOMINALS.encode())
        handle.truncate(ENDLESS_BYTES)


def _endless_line(folder: Path) -> None:
    _write(folder, POLICE, {"nominal.csv": NOMINALS + "N2," + "x" * ENDLESS_TEXT})


def _wrong_encoding(folder: Path) -> None:
    # A Cyrillic code page: bytes 0x81 and 0x90 mean nothing in Windows-1252.
    text = NOMINALS + "N2,\u0403\u0452,Lee,2011-01-01,M\n"
    _write(folder, POLICE, {"nominal.csv": text.encode("cp1251")})


def _zip_bomb(folder: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    _write(folder, ANNEX_A, {"annex.xlsx": bomb.getvalue()})


def _entity_bomb(folder: Path) -> None:
    layers = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    text = f'<!DOCTYPE Message [<!ENTITY a0 "ha">{layers}]>\n<Message>&a9;</Message>'
    _write(folder, CENSUS, {"census.xml": text})


def _bad_manifest(folder: Path) -> None:
    manifest = POLICE.replace('"police"\nfiles', '"polise"\nfiles').replace("2026-01-31", '"soon"')
    _write(folder, manifest, {"nominal.csv": NOMINALS})


def _future_dates(folder: Path) -> None:
    files = {"nominal.csv": NOMINALS, "occurrence.csv": OCCURRENCES + "O1,2027-03-01,,8N\n"}
    _write(folder, POLICE, files)


def _circular_relationship(folder: Path) -> None:
    people = (
        "person_id,forename,surname,date_of_birth\nP1,Ann,Lee,1980-01-01\nP2,Ben,Lee,2010-01-01\n"
    )
    episodes = "episode_id,person_id,started_on\nE1,P1,2025-01-01\nE2,P2,2025-01-01\n"
    members = "episode_id,person_id,relationship\nE1,P2,mother\nE2,P1,mother\n"
    _write(
        folder,
        EARLY_HELP,
        {"person.csv": people, "episode.csv": episodes, "family_member.csv": members},
    )


def _one_future_date(folder: Path) -> None:
    occurrences = OCCURRENCES + "O1,2025-03-01,,8N\nO2,2027-03-01,,8N\n"
    _write(folder, POLICE, {"nominal.csv": NOMINALS, "occurrence.csv": occurrences})


def _one_circular_relationship(folder: Path) -> None:
    people = "person_id,forename,surname,date_of_birth\n" + "".join(
        f"P{i},Ann{i},Lee,{1970 + i}-01-01\n" for i in range(1, 7)
    )
    episodes = "episode_id,person_id,started_on\n" + "".join(
        f"E{i},P{i},2025-01-01\n" for i in range(1, 7)
    )
    members = (
        "episode_id,person_id,relationship\n"
        "E1,P2,mother\nE2,P1,mother\nE3,P4,mother\nE5,P6,mother\n"
    )
    files = {"person.csv": people, "episode.csv": episodes, "family_member.csv": members}
    _write(folder, EARLY_HELP, files)


BROKEN: Mapping[str, Broken] = {
    "missing_file": Broken(
        _missing_file, "feeds.toml", "no such file in the feeds folder", "send the file again"
    ),
    "wrong_columns": Broken(_wrong_columns, "nominal.csv", "nominal_id", "column"),
    "binary_file": Broken(_binary_file, "nominal.csv", "is not text", "Export it as delimited"),
    "endless_zeros": Broken(_endless_zeros, "nominal.csv", "is not text", "Export it as delimited"),
    "endless_line": Broken(
        _endless_line, "nominal.csv", "a line of more than 1,048,576 characters", "send it again"
    ),
    "wrong_encoding": Broken(
        _wrong_encoding, "nominal.csv", "neither UTF-8, UTF-16 nor Windows-1252", "in UTF-8"
    ),
    "zip_bomb": Broken(_zip_bomb, "annex.xlsx", "far more than a workbook holds", "new workbook"),
    "entity_bomb": Broken(_entity_bomb, "census.xml", "declares XML entities", "Export it again"),
    "bad_manifest": Broken(
        _bad_manifest, "feeds.toml", 'contract = "polise": not allowed', 'did you mean "police"?'
    ),
    "future_dates": Broken(_future_dates, "occurrence.csv", "K-CORE-FUTURE", "extracted_on"),
    "circular_relationship": Broken(
        _circular_relationship, "family_member.csv", "K-CORE-CIRCULAR", "swapped"
    ),
    "one_future_date": Broken(_one_future_date, "occurrence.csv", "K-CORE-FUTURE", refused=False),
    "one_circular_relationship": Broken(
        _one_circular_relationship, "family_member.csv", "K-CORE-CIRCULAR", refused=False
    ),
}
