"""XML returns, read element by element, safe against entity bombs and outside references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from kithkin.feeds.delivery import DeliveredFile, FeedError

MAX_CHARACTERS = 64 << 20  # inside one wanted element
ELEMENT_CHARACTERS = 64  # what each element inside it counts for, besides its text
_BLOCK = 1 << 16  # bytes handed to the parser at once


def iterate(file: DeliveredFile, tag: str) -> Iterator[tuple[int, Element]]:
    """Yield (line on which it starts, element) for each outermost element named `tag`.

    Namespaces are dropped from all names. Only one wanted element at a time is held, so memory
    does not grow with the file. Raises `FeedError` when the file is missing, is not well-formed,
    declares entities, or has one element beyond the limits above.
    """
    picker = _Picker(file, tag)
    parser = DefusedXMLParser(target=picker, forbid_dtd=False)
    picker.parser = parser.parser
    try:
        with file.path.open("rb") as handle:
            while block := handle.read(_BLOCK):
                parser.feed(block)
                yield from picker.taken()
        parser.close()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FeedError(file.name, f"cannot be opened ({reason}).", "Send it again.") from None
    except ParseError as error:
        raise FeedError(
            file.name, f"is not well-formed XML: {error}.", "Export it again from the system."
        ) from None
    except DefusedXmlException:
        raise FeedError(
            file.name,
            "declares XML entities, which a return never needs and a harmful file may use; "
            "it was not read.",
            "Export it again without a document type declaration.",
        ) from None


class _Picker:
    """A parser target that builds the wanted elements alone."""

    def __init__(self, file: DeliveredFile, tag: str) -> None:
        self._file, self._tag = file, tag
        self._tree: TreeBuilder | None = None
        self._depth = self._size = self._line = 0
        self._done: list[tuple[int, Element]] = []
        self.parser: Any = None  # expat's own, which alone knows the line

    def taken(self) -> list[tuple[int, Element]]:
        """Give the elements that have ended since the last call."""
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if self._tree is None:
            if name != self._tag:
                return
            self._tree, self._depth, self._size = TreeBuilder(), 0, 0
            self._line = self.parser.CurrentLineNumber
        self._depth += 1
        self._grow(ELEMENT_CHARACTERS)
        self._tree.start(name, attributes)

    def data(self, text: str) -> None:
        if self._tree is not None:
            self._grow(len(text))
            self._tree.data(text)

    def end(self, tag: str) -> None:
        if self._tree is None:
            return
        element = self._tree.end(tag.rpartition("}")[2])
        self._depth -= 1
        if self._depth == 0:
            self._done.append((self._line, element))
            self._tree = None

    def close(self) -> None:
        """End the file; every element was handed on when it ended."""

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MAX_CHARACTERS:
            raise FeedError(
                self._file.name,
                f"line {self._line}: the element {self._tag} holds more than "
                f"{MAX_CHARACTERS >> 20} MB.",
                "Check that the export closes its elements.",
            )
