"""What a word of a shell command becomes when the shell reads it: quotes, expansions, braces, tilde.

What cannot be known before it runs is the character ``UNKNOWN`` in the text.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

UNKNOWN = "\0"
QUOTED, BARE, SPLIT = "quoted", "bare", "split"
_MOST_ALTERNATIVES = 64
_GLOB = re.compile(r"[*?\[]")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
_ANSI = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))", re.DOTALL
)


class Part(NamedTuple):
    """A piece of a word: its text, whether the shell still splits and globs it, and where its text comes from."""

    text: str
    kind: str
    taint: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Word:
    """One word as the program gets it. taint: "network", "secret", "decoded" or "file", where its text comes from."""

    text: str
    glob: bool = False
    taint: frozenset[str] = frozenset()

    @property
    def unknown(self) -> bool:
        """Whether a piece of it is known only when it runs."""
        return UNKNOWN in self.text


def unescaped(text: str) -> list[Part]:
    """Return the parts of unquoted source text: a character after a backslash is quoted."""
    if "\\" not in text:
        return [Part(text, BARE)]
    parts = []
    for index, piece in enumerate(re.split(r"\\(.)", text, flags=re.DOTALL)):
        if piece and not (index % 2 and piece == "\n"):
            parts.append(Part(piece, QUOTED if index % 2 else BARE))
    return parts


def in_double_quotes(text: str) -> str:
    """Return source text between double quotes as the shell reads it."""
    return re.sub(r'\\([$`"\\\n])', lambda found: "" if found[1] == "\n" else found[1], text)


def ansi(text: str) -> str:
    """Return what ``$'…'`` says, without its quotes."""

    def said(found: re.Match[str]) -> str:
        for digits, base in ((found[1], 16), (found[2], 16), (found[3], 16), (found[4], 8)):
            if digits:
                number = int(digits, base)
                return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else UNKNOWN
        if found[5]:
            return chr(ord(found[5].upper()) & 0x1F) or UNKNOWN
        return _ESCAPES.get(found[6], found[6])

    return _ANSI.sub(said, text)


def make_words(parts: list[Part], home: str) -> list[Word]:
    """Return the words that the parts of one source word become: none, one or several."""
    parts = _tilde(parts, home)
    if any(part.kind == BARE and "{" in part.text for part in parts):
        return [word for one in _braces(parts) for word in _fields(one)]
    return _fields(parts)


def _tilde(parts: list[Part], home: str) -> list[Part]:
    if not parts or parts[0].kind != BARE or not parts[0].text.startswith("~"):
        return parts
    user, slash, rest = parts[0].text[1:].partition("/")
    if len(parts) > 1 and not slash:
        return parts
    if user == "":
        place = home or "/home/" + UNKNOWN
    elif user == "root":
        place = "/root"
    elif user in ("+", "-"):
        place = UNKNOWN
    else:
        place = "/home/" + user
    return [Part(place, QUOTED), Part(slash + rest, BARE), *parts[1:]]


def _braces(parts: list[Part]) -> list[list[Part]]:
    """Return one list of parts for each alternative of the first brace that has any, then of the following ones."""
    done: list[list[Part]] = []
    waiting = [parts]
    while waiting:
        one = waiting.pop(0)
        found = _first_brace(one)
        if found is None:
            done.append(one)
        else:
            waiting = [*found, *waiting]
        if len(done) + len(waiting) > _MOST_ALTERNATIVES:
            return [[Part(UNKNOWN, QUOTED)]]
    return done


def _first_brace(parts: list[Part]) -> list[list[Part]] | None:
    flat = [(char, part) for part in parts for char in part.text]
    for start, (char, part) in enumerate(flat):
        if char != "{" or part.kind != BARE:
            continue
        depth, cuts = 0, [start]
        for at in range(start, len(flat)):
            sign, of = flat[at]
            if of.kind != BARE:
                continue
            depth += (sign == "{") - (sign == "}")
            if sign == "," and depth == 1:
                cuts.append(at)
            if depth == 0:
                if len(cuts) == 1:
                    break
                cuts.append(at)
                before, after = flat[:start], flat[at + 1 :]
                pairs = pairwise(cuts)
                return [_joined([*before, *flat[left + 1 : right], *after]) for left, right in pairs]
    return None


def _joined(flat: list[tuple[str, Part]]) -> list[Part]:
    return [Part(char, part.kind, part.taint) for char, part in flat]


def _fields(parts: list[Part]) -> list[Word]:
    """Split what unquoted expansions gave, and drop a word that is nothing but empty expansions."""
    if len(parts) == 1 and parts[0].kind != SPLIT:
        text, kind, taint = parts[0]
        return [Word(text, kind == BARE and _GLOB.search(text) is not None, taint)] if text or kind == QUOTED else []
    words: list[Word] = []
    text, glob, there = "", False, False
    sources: frozenset[str] = frozenset()
    for piece, kind, source in parts:
        fields = re.split(r"[ \t\n]+", piece) if kind == SPLIT else [piece]
        for index, field in enumerate(fields):
            if index and (there or text):
                words.append(Word(text, glob, sources))
                text, glob, there, sources = "", False, False, frozenset()
            text += field
            glob = glob or (kind != QUOTED and _GLOB.search(field) is not None)
            there = there or kind == QUOTED
            sources |= source
    if there or text:
        words.append(Word(text, glob, sources))
    return words
