"""Reads JSON documents that stand one after another, or in one list, without holding more than one entry of them."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any

_READ = 64 * 1024
# One entry of a list: a day of a report, or a line.
MOST_ENTRY = 8 * 1024 * 1024


class Page:
    """One document: ``entries`` of its list, which are to be read before what follows, and ``fields``, what else it
    says, complete once the entries are read. ``listed`` is the list's name, or empty."""

    def __init__(self, text: "_Text", names: tuple[str, ...]) -> None:
        self._text = text
        self._names = names
        self.listed = ""
        self.fields: dict[str, Any] = {}
        self._first = True

    def entries(self) -> Iterator[Any]:
        """Yield the entries of the page's lists. Raises ValueError for what is no JSON."""
        text = self._text
        text.take("{")
        while text.goes_on("}", first=self._first):
            self._first = False
            name = text.value()
            if not isinstance(name, str):
                raise ValueError("a name is missing")
            text.take(":")
            if name not in self._names or text.peek() != "[":
                self.fields[name] = text.value()
                continue
            self.listed = self.listed or name
            text.take("[")
            first = True
            while text.goes_on("]", first=first):
                first = False
                yield text.value()


def pages(file: IO[str], names: tuple[str, ...]) -> Iterator[Page | None]:
    """Yield the documents of a file, whose lists are called ``names``; None for one that is no object. Each page's
    entries are to be read before the next page is asked for. Raises ValueError for what is no JSON, and for an entry
    that is larger than 8 MB."""
    text = _Text(file)
    while text.peek():
        if text.peek() != "[":
            yield from _page(text, names)
            continue
        text.take("[")
        first = True
        while text.goes_on("]", first=first):
            first = False
            yield from _page(text, names)


def _page(text: "_Text", names: tuple[str, ...]) -> Iterator[Page | None]:
    if text.peek() != "{":
        text.value()
        yield None
        return
    yield Page(text, names)


class _Text:
    """What of a file was read and not yet taken."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._held = ""
        self._at = 0
        self._ended = False
        self._decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)

    def peek(self) -> str:
        """Return the next sign that is no blank, or empty at the end."""
        while True:
            while self._at < len(self._held):
                if not self._held[self._at].isspace():
                    return self._held[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._read(_READ)

    def take(self, sign: str) -> None:
        """Pass over a sign. Raises ValueError when another stands there."""
        found = self.peek()
        if found != sign:
            raise ValueError(f"“{found or 'the end'}” stands where “{sign}” is expected")
        self._at += 1

    def goes_on(self, end: str, *, first: bool) -> bool:
        """Say whether another entry follows, and pass over what stands before it; at the end pass over the end."""
        if self.peek() == end:
            self._at += 1
            return False
        if not first:
            self.take(",")
        return True

    def value(self) -> Any:
        """Return the next value."""
        self.peek()
        size = _READ
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except ValueError:
                if self._ended:
                    raise
            else:
                # A number may go on where what was read ends.
                if end < len(self._held) or self._ended:
                    self._at = end
                    return value
            if len(self._held) - self._at > MOST_ENTRY:
                raise ValueError("an entry is larger than 8 MB, or broken")
            self._read(size)
            size *= 2

    def _read(self, size: int) -> None:
        more = self._file.read(size)
        self._ended = not more
        self._held = self._held[self._at :] + more
        self._at = 0


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number")
