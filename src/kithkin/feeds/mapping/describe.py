"""Says in tables what a mapping reads and what becomes of every column.

`docs/feeds.md` holds these tables; `python -m kithkin.feeds.mapping.describe docs/feeds.md`
brings them up to date, and `tests/feeds/test_plain_contracts.py` sees that they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from kithkin.feeds.mapping.models import FileMapping, Mapping
from kithkin.feeds.mapping.sense import lookups_of
from kithkin.feeds.mapping.uses import Use, uses_of

_SECTION = re.compile(r"(<!-- columns of (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def describe_mapping(mapping: Mapping) -> str:
    """Describe each file of a mapping in Markdown: its columns and what is stored from each."""
    return "\n".join(
        line for name, file in mapping.files.items() for line in _file(name, file, mapping)
    )


def refresh(text: str) -> str:
    """Give the document with the tables between its marks as the shipped contracts are now."""
    from kithkin.feeds.plain import plain_mapping  # here, since plain reads mappings itself

    return _SECTION.sub(
        lambda mark: f"{mark[1]}\n{describe_mapping(plain_mapping(mark[2]))}\n{mark[3]}", text
    )


def _file(name: str, file: FileMapping, mapping: Mapping) -> Iterator[str]:
    yield f"#### {name}: {file.title}"
    yield ""
    yield f"File names: {', '.join(f'`{pattern}`' for pattern in file.names)}."
    if file.note:
        yield f"{file.note}"
    yield ""
    yield "| column | what it is | what is stored from it |"
    yield "| --- | --- | --- |"
    uses = [*uses_of(file), *_joined_uses(name, mapping)]
    for column, spec in file.columns.items():
        need = " (required)" if spec.required else ""
        becomes = _becomes(column, uses) if spec.stored else "**nothing, on purpose**"
        yield f"| `{column}`{need} | {_cell(spec.means)} | {_cell(becomes)} |"
    yield ""
    words = _words(file, mapping)
    for column, known in words.items():
        yield f"- `{column}` may say: {known}."
    if words:
        yield ""


def _words(file: FileMapping, mapping: Mapping) -> dict[str, str]:
    """Say which words each column that is looked up may hold."""
    found: dict[str, str] = {}
    for _, lookup in lookups_of(file):
        if lookup.column is None:
            continue
        if lookup.codes is not None:
            found[lookup.column] = f"a code or label of the code set `{lookup.codes}`"
        else:
            shared = mapping.values.get(lookup.values_named or "")
            if known := lookup.values or shared:
                found[lookup.column] = ", ".join(known)
    for event in file.events:
        if event.value is not None and event.value.values and event.value.column:
            found[event.value.column] = ", ".join(event.value.values)
    return found


def _joined_uses(name: str, mapping: Mapping) -> Iterator[Use]:
    """Yield the uses that other files make of this one's columns."""
    for other_name, other in mapping.files.items():
        for join_name, join in other.joins.items():
            if join.file == name:
                starts = f"{join_name}."
                for use in uses_of(other):
                    if use.column.startswith(starts):
                        subject, _, what = use.becomes.rpartition(": ")
                        becomes = f"{subject}: {what}, through {other_name},"
                        yield use._replace(column=use.column.removeprefix(starts), becomes=becomes)
                for column in join.key:
                    yield Use(column, "", "", f"found by {other_name}")


def _becomes(column: str, uses: list[Use]) -> str:
    """Gather a column's uses under what they are uses for, each told once."""
    gathered: dict[str, list[str]] = {}
    for use in uses:
        if use.column == column:
            subject, _, what = use.becomes.rpartition(": ")
            parts = gathered.setdefault(what, [])
            if subject and subject not in parts:
                parts.append(subject)
    told = []
    for what, subjects in gathered.items():
        some = ", ".join(f"`{one}`" if "." in one else one for one in subjects[:3])
        more = f" and {len(subjects) - 3} more" if len(subjects) > 3 else ""
        told.append(f"{what} of {some}{more}" if subjects else what)
    return "; ".join(told)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(refresh(document.read_text(encoding="utf-8")), encoding="utf-8")
