"""A census file as rows: each element that counts as a row, with the rows inside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import DefusedXMLParser

from kithkin.feeds.cin_census.layout import CELLS, GROUPS, LISTS, PARENTS
from kithkin.feeds.delivery import DeliveredFile
from kithkin.feeds.loading import FileSink
from kithkin.feeds.parsing import clean, read_day
from kithkin.feeds.returns import DATE_REMEDY, Entry
from kithkin.feeds.xml import iterate

_BLOCK = 1 << 16  # bytes handed to the parser at once, as many as `iterate` hands


@dataclass
class Node:
    """One row of the census: its cells, its repeated cells, and its place in the tree."""

    tag: str
    entry: Entry
    parent: Node | None
    lists: dict[str, list[str]]
    children: list[Node] = field(default_factory=list)
    reviews: list[date] = field(default_factory=list)

    def text(self, column: str) -> str | None:
        """Give a cell of this row, or of the nearest row around it that has one."""
        found = self.entry.text(column)
        return self.parent.text(column) if found is None and self.parent else found

    def day(self, column: str) -> date | None:
        """Give a date of this row, or of the nearest row around it that has one."""
        found = self.entry.day(column)
        return self.parent.day(column) if found is None and self.parent else found

    def inside(self, tag: str) -> list[Node]:
        """Give the rows of one kind directly inside this one."""
        return [node for node in self.children if node.tag == tag]

    def all(self) -> Iterator[Node]:
        """Give this row and every row inside it, in the order of the file."""
        yield self
        for node in self.children:
            yield from node.all()

    def content(self) -> dict[str, object]:
        """Give all that the row says, for the record of rows set aside."""
        return {**self.entry.cells, **self.lists}


def children_of(file: DeliveredFile, sink: FileSink) -> Iterator[Node]:
    """Yield each child of the file, every row of it taken in the account.

    A row's number is the line on which its element starts. Where several start on one line, as
    in a file without line breaks, each takes the next free number.
    """
    return _Builder(file, sink).build()


class _Builder:
    def __init__(self, file: DeliveredFile, sink: FileSink) -> None:
        self._file, self._sink = file, sink
        self._last = 0
        self._lines = _lines(file)

    def build(self) -> Iterator[Node]:
        for _, element in iterate(self._file, "Child"):
            yield self._node(element, None)

    def _node(self, element: Element, parent: Node | None) -> Node:
        line = next((line for tag, line in self._lines if tag == element.tag), 0)
        self._last = max(line, self._last + 1)
        self._sink.take(self._last)
        cells: dict[str, str | None] = {}
        node = Node(element.tag, Entry(self._sink, self._last, cells), parent, {})
        self._fill(node, cells, element)
        return node

    def _fill(self, node: Node, cells: dict[str, str | None], element: Element) -> None:
        self._note_stray(node, element.text, element.tag)
        for part in element:
            self._note_stray(node, part.tail, part.tag)
            if part.tag in PARENTS:
                node.children.append(self._node(part, node))
            elif part.tag in GROUPS or (len(part) and part.tag not in CELLS):
                self._note_unknown(node, part, known=part.tag in GROUPS)
                self._fill(node, cells, part)
            else:
                self._cell(node, cells, part)

    def _cell(self, node: Node, cells: dict[str, str | None], part: Element) -> None:
        value = clean(part.text)
        if part.tag in LISTS:
            node.lists.setdefault(part.tag, []).extend([] if value is None else [value])
            if part.tag == "CPPreviewDate":
                _add_review(node, value)
            return
        self._note_unknown(node, part, known=part.tag in CELLS)
        if cells.get(part.tag) is not None and cells[part.tag] != value:
            self._finding(node, "K-CIN-REPEATED", f"{part.tag} is given twice; the first counts",
                          part.tag, value)  # fmt: skip
            return
        cells[part.tag] = value

    def _note_unknown(self, node: Node, part: Element, *, known: bool) -> None:
        if not known:
            self._finding(node, "K-CIN-UNKNOWN", f"The layout has no element {part.tag}",
                          part.tag, clean(part.text), severity="note")  # fmt: skip

    def _note_stray(self, node: Node, text: str | None, tag: str) -> None:
        if (stray := clean(text)) is not None:
            self._finding(node, "K-CIN-STRAY", f"Text stands beside the element {tag}, in none",
                          tag, stray, severity="note")  # fmt: skip

    def _finding(
        self, node: Node, rule: str, message: str, column: str, value: str | None,
        *, severity: str = "warning",
    ) -> None:  # fmt: skip
        self._sink.finding(rule, f"{message}.", "Check the export against the year's schema.",
                           row=node.entry.row, column=column, value=value,
                           severity=severity)  # fmt: skip


def _add_review(node: Node, value: str | None) -> None:
    try:
        day = read_day(value, ("iso", "uk"))
    except ValueError:
        node.entry.sink.finding(
            "K-CIN-DATE", f"A review date is no date: {value!r}.", DATE_REMEDY,
            row=node.entry.row, column="CPPreviewDate", value=value,
        )  # fmt: skip
        return
    if day is None:
        node.entry.finding("8842Q", "A review has no date", "CPPreviewDate", DATE_REMEDY)
    else:
        node.reviews.append(day)


def _lines(file: DeliveredFile) -> Iterator[tuple[str, int]]:
    """Yield each row's element and the line on which it starts, in the order of the file.

    `iterate` knows the line of a child alone. This reads beside it and never ahead of it, so
    that a file which cannot be read is refused there.
    """
    marker = _Marker()
    parser = DefusedXMLParser(target=marker, forbid_dtd=False)
    marker.parser = parser.parser
    with file.path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            parser.feed(block)
            yield from marker.taken()


class _Marker:
    """A parser target that notes where rows start and builds nothing."""

    def __init__(self) -> None:
        self.parser: Any = None  # expat's own, which alone knows the line
        self._marked: list[tuple[str, int]] = []

    def taken(self) -> list[tuple[str, int]]:
        """Give what was marked since the last call."""
        marked, self._marked = self._marked, []
        return marked

    def start(self, tag: str, _: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name in PARENTS:
            self._marked.append((name, self.parser.CurrentLineNumber))

    def end(self, _: str) -> None:
        """Nothing: only starts are marked."""

    def data(self, _: str) -> None:
        """Nothing: text is read by `iterate`."""

    def close(self) -> None:
        """Nothing is left to hand on."""
