"""Reads text as a person would: signs that look alike are one sign, and signs that cannot be seen are none.

Sources: Unicode's compatibility forms (UAX #15), and of its confusables (UTS #39) the Cyrillic, Greek and other letters
that pass for Latin ones.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable

# Blanks that are none of ASCII, and dashes that pass for a hyphen.
_BLANKS = (0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_DASHES = (*range(0x2010, 0x2016), 0x2212, 0xFE58)
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_MARKS = re.compile("[\u0300-\u036f]")


def _narrow() -> dict[str, str]:
    forms = map(chr, (*range(0xFE50, 0xFE6C), *range(0xFF01, 0xFF5F), *range(0x1D400, 0x1D800)))
    plain = {form: unicodedata.normalize("NFKC", form) for form in forms}
    narrow = {form: sign for form, sign in plain.items() if len(sign) == 1 and sign.isascii()}
    return narrow | dict.fromkeys(map(chr, _BLANKS), " ") | dict.fromkeys(map(chr, _DASHES), "-")


# What keyboards, editors and typesetting write for letters, digits and signs of ASCII: sign for sign.
_NARROW = _narrow()
_WIDE = re.compile(
    "[\u00a0\u2000-\u200a\u2010-\u2015\u202f\u205f\u2212\u3000\ufe50-\ufe6b\uff01-\uff5e\U0001d400-\U0001d7ff]"
)

_LOOKALIKES = str.maketrans(
    "асеорхуіїјѕһԁԛԝѵкмтнвпгАВСЕНІЈКМОРЅТУХαεικνοπρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡıոսօ",
    "aceopxyiijshdqwvkmthbnrABCEHIJKMOPSTYXaeikvonptuxABEZHIKMNOPTYXaginuo",
)
# Eight letters and more, each of them alone.
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[\s._*|/-]{1,3}[^\W_](?![^\W_])){7,}")
_BETWEEN = re.compile(r"[\s._*|/-]+")


def narrowed(text: str) -> tuple[str, Callable[[int], int] | None]:
    """Return a text in plain signs of ASCII where it means these, for patterns of them, and what leads from a place in
    it to the place in the text it was; None when all places stayed."""
    if text.isascii():
        return text, None
    text = _WIDE.sub(lambda match: _NARROW.get(match.group(), match.group()), text)
    gone = [match.start() for match in _INVISIBLE.finditer(text)]
    if not gone:
        return text, None
    before = [place - number for number, place in enumerate(gone)]
    return _INVISIBLE.sub("", text), lambda place: place + bisect_right(before, place)


def read_through(text: str, longest: int) -> str:
    """Return a text with disguises taken off: compatibility forms, accents, look-alikes and invisible signs; at most
    ``longest`` characters of it."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text))[:longest]
    return _MARKS.sub("", plain).translate(_LOOKALIKES)


def joined_letters(text: str) -> str:
    """Return what a text says in letters that stand alone, as ``i g n o r e`` does: one line for each such run, without
    anything between its letters."""
    return "\n".join(_BETWEEN.sub("", match.group()) for match in _SPACED.finditer(text))
