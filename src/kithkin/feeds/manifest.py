"""Reads feeds.toml: which agency sent which files, in which format, extracted on which day.

All mistakes are found at once, each with the file, the table, the key, the value and what is
allowed (`tests/feeds/test_manifest.py`).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kithkin.feeds.contracts import CONTRACTS
from kithkin.feeds.delivery import DeliveredFile, Delivery, FeedsRefused
from kithkin.feeds.plain import PLAIN_CONTRACTS
from kithkin.policy import Mistake, Policy
from kithkin.policy.mistakes import choose_from

MANIFEST = "feeds.toml"


class ManifestError(FeedsRefused):
    """A feeds folder that cannot be read, with every mistake in its feeds.toml."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(map(str, self.mistakes))


class FeedEntry(BaseModel):
    """One `[[feed]]` table: one delivery of one feed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    agency: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    contract: str
    files: Annotated[list[str], Field(min_length=1)]
    extracted_on: date
    gateway: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    full_extract: bool = False
    recorded_lag_days: Annotated[int, Field(ge=0, le=3660)] = 0
    shares_files: bool = False  # another feed, which says so too, may read the same files
    options: dict[str, Any] = {}


# What a mistake of a field says is allowed; pydantic's own words are for programmers.
ALLOWED = {
    "name": "write lower-case letters, digits, _ and -, at most 63, such as glos-903",
    "agency": "write an agency's key in the policy, such as social_care",
    "contract": "write one of " + ", ".join(CONTRACTS),
    "files": 'write a list of file names or patterns, such as ["ssda903/*.csv"]',
    "extracted_on": "write a date without quotation marks, such as 2026-03-31",
    "gateway": "write a legal gateway's key in the policy, such as children_act_2004",
    "full_extract": "write true or false",
    "recorded_lag_days": "write a whole number of days from 0 to 3660",
    "shares_files": "write true or false",
    "options": "write a table of the contract's options",
}


def read_manifest(folder: Path, policy: Policy | None = None) -> list[Delivery]:
    """Read `folder/feeds.toml` into deliveries, in the order in which it lists them.

    Two entries of one name are successive deliveries of one source. With a policy, agencies and
    gateways must be the policy's. Raises `ManifestError` with all that is wrong.
    """
    raw = _parse(folder)
    entries, mistakes = _entries(raw)
    mistakes += _unknown_names(raw, policy)
    files, missing = _match_all(folder, raw)
    mistakes += [*missing, *_shared_files(entries, files)]
    if mistakes:
        raise ManifestError(sorted(mistakes, key=_place))
    deliveries = [_delivery(folder, entry, files[place]) for place, entry in entries.items()]
    if clashes := [*_clashes(dict(zip(entries, deliveries, strict=True)))]:
        raise ManifestError(clashes)
    return deliveries


# --- the shape of each entry -------------------------------------------------------------------

Raw = dict[int, dict[str, Any]]  # the tables as written, by place in the file, from 1
Entries = dict[int, FeedEntry]  # those of the right shape, by the same place
Files = dict[int, list[str]]  # names of files inside the folder, by the same place


def _parse(folder: Path) -> Raw:
    try:
        raw = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        within = sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}"))
        remedy = (
            f"name its folder {' or '.join(within)}" if within else "write one that lists its feeds"
        )
        problem = f"{folder.name} holds no such file; {remedy}"
        raise ManifestError([_mistake(None, "", None, problem)]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ManifestError([_mistake(None, "", None, f"not TOML: {error}")]) from None
    feeds = raw.get("feed")
    wrong = [
        _mistake(None, key, None, "no such table; write [[feed]]") for key in raw if key != "feed"
    ]
    if isinstance(feeds, dict):
        wrong.append(_mistake(None, "feed", None, "write [[feed]], with two brackets"))
    elif not feeds and not wrong:
        wrong.append(_mistake(None, "", None, "lists no feed; write a [[feed]] table"))
    tables = feeds if isinstance(feeds, list) else []
    if wrong or not all(isinstance(table, dict) for table in tables) or not tables:
        raise ManifestError(wrong or [_mistake(None, "feed", feeds, "write [[feed]] tables")])
    return dict(enumerate(tables, 1))


def _entries(raw: Raw) -> tuple[Entries, list[Mistake]]:
    entries: Entries = {}
    mistakes: list[Mistake] = []
    for place, entry in raw.items():
        try:
            entries[place] = FeedEntry.model_validate(entry)
        except ValidationError as error:
            mistakes += _shape_mistakes(place, error)
    return entries, mistakes


def _shape_mistakes(place: int, error: ValidationError) -> Iterator[Mistake]:
    for key, one in {str(one["loc"][0]): one for one in error.errors() if one["loc"]}.items():
        if one["type"] == "extra_forbidden":
            problem = f"no such key; {choose_from(key, FeedEntry.model_fields)}"
        elif one["type"] == "missing":
            yield _mistake(place, key, None, f"is missing; {ALLOWED[key]}")
            continue
        else:
            problem = f"not allowed; {ALLOWED[key]}"
        yield _mistake(place, key, one["input"], problem)


def _unknown_names(raw: Raw, policy: Policy | None) -> Iterator[Mistake]:
    """Check the names in every entry, also where its shape is wrong: all mistakes at once."""
    known: dict[str, Collection[str]] = {"contract": CONTRACTS}
    if policy is not None:
        known |= {"agency": policy.agencies, "gateway": policy.gateways}
    for place, entry in raw.items():
        for key, allowed in known.items():
            value = entry.get(key)
            if isinstance(value, str) and value not in allowed:
                yield _mistake(place, key, value, f"not allowed; {choose_from(value, allowed)}")


def _mistake(place: int | None, key: str, value: object, problem: str) -> Mistake:
    return Mistake(MANIFEST, "" if place is None else f"feed #{place}", key, value, problem)


def _place(mistake: Mistake) -> tuple[str, str]:
    return mistake.table, mistake.key


# --- files -------------------------------------------------------------------------------------


def _match_all(folder: Path, raw: Raw) -> tuple[Files, list[Mistake]]:
    files: Files = {}
    mistakes: list[Mistake] = []
    for place, entry in raw.items():
        patterns = entry.get("files")
        names: set[str] = set()
        for pattern in patterns if isinstance(patterns, list) else []:
            found, problem = _match(folder, pattern) if isinstance(pattern, str) else ([], None)
            names.update(found)
            if problem:
                mistakes.append(_mistake(place, "files", pattern, problem))
        mistakes += _mapping_mistakes(folder, place, entry)
        mistakes += _unknown_options(place, entry)
        files[place] = sorted(names)
    return files, mistakes


def _match(folder: Path, pattern: str) -> tuple[list[str], str | None]:
    """Give the files that a pattern stands for, or what is wrong with it."""
    parts = PurePosixPath(pattern).parts
    if not parts or PurePosixPath(pattern).is_absolute() or ".." in parts or "\\" in pattern:
        return [], "not allowed; write a path inside the feeds folder, with forward slashes"
    try:
        found = sorted(path for path in folder.glob(pattern) if path.is_file())
    except ValueError as error:
        return [], f"not allowed: {error}"
    if not found:
        return [], "no such file in the feeds folder; check the name, or send the file again"
    root = folder.resolve()
    if any(not path.resolve().is_relative_to(root) for path in found):
        return [], "leads out of the feeds folder; put the file itself into the folder"
    return [path.relative_to(folder).as_posix() for path in found], None


def _mapping_mistakes(folder: Path, place: int, entry: dict[str, Any]) -> Iterator[Mistake]:
    options = entry.get("options", {})
    if entry.get("contract") != "mapped" or not isinstance(options, dict):
        return
    mapping = options.get("mapping")
    if not isinstance(mapping, str):
        problem = 'is missing; write the name of the mapping file, such as "mapping.toml"'
        yield _mistake(place, "options.mapping", mapping, problem)
    elif mapping in PLAIN_CONTRACTS:
        return
    elif problem := _match(folder, mapping)[1] or "":
        yield _mistake(place, "options.mapping", mapping, problem)


def _unknown_options(place: int, entry: dict[str, Any]) -> Iterator[Mistake]:
    contract, options = CONTRACTS.get(str(entry.get("contract"))), entry.get("options", {})
    if contract is None or not isinstance(options, dict):
        return
    for key in options.keys() - contract.options.keys():
        known = choose_from(key, contract.options) if contract.options else "take it out"
        has = "no such option" if contract.options else f"{entry['contract']} has no options"
        yield _mistake(place, f"options.{key}", options[key], f"{has}; {known}")


def _shared_files(entries: Entries, files: Files) -> Iterator[Mistake]:
    readers: dict[str, list[int]] = defaultdict(list)
    for place, names in files.items():
        for name in names:
            readers[name].append(place)
    for name, places in readers.items():
        declared = all(place in entries and entries[place].shares_files for place in places)
        if len(places) > 1 and not declared:
            others = ", ".join(f"#{place}" for place in places[:-1])
            problem = (
                f"the file is also in feed {others}; take it out of one of them, or write "
                "shares_files = true in each"
            )
            yield _mistake(places[-1], "files", name, problem)


# --- deliveries --------------------------------------------------------------------------------


def _delivery(folder: Path, entry: FeedEntry, names: Sequence[str]) -> Delivery:
    return Delivery(
        source=entry.name,
        agency=entry.agency,
        contract=entry.contract,
        files=tuple(DeliveredFile(folder / name, name, _sha256(folder / name)) for name in names),
        extracted_on=entry.extracted_on,
        gateway=entry.gateway,
        full_extract=entry.full_extract,
        recorded_lag_days=entry.recorded_lag_days,
        options=_options(folder, entry),
    )


def _options(folder: Path, entry: FeedEntry) -> Mapping[str, Any]:
    """Give the options, with the mapping's hash so that an edited mapping is another batch."""
    if entry.contract != "mapped" or entry.options["mapping"] in PLAIN_CONTRACTS:
        return entry.options
    return {**entry.options, "mapping_sha256": _sha256(folder / entry.options["mapping"])}


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _clashes(deliveries: Mapping[int, Delivery]) -> Iterator[Mistake]:
    """Find deliveries of one source that cannot follow one another."""
    first: dict[str, Delivery] = {}
    by_day: dict[tuple[str, date], Delivery] = {}
    for place, one in deliveries.items():
        earlier = first.setdefault(one.source, one)
        for key in ("agency", "contract"):
            was, value = getattr(earlier, key), getattr(one, key)
            if was != value:
                problem = f"an earlier feed of this name has {was!r}; give this one another name"
                yield _mistake(place, key, value, problem)
        same_day = by_day.setdefault((one.source, one.extracted_on), one)
        if same_day.contents_id != one.contents_id:
            problem = (
                "another delivery of this name was extracted on the same day, so neither is the "
                "later one; list their files in one [[feed]]"
            )
            yield _mistake(place, "extracted_on", one.extracted_on, problem)
