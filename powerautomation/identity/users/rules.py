"""Decisions about e-mail addresses, names and passwords."""

import re
import unicodedata

from powerautomation.identity.users.errors import EmailInvalid, NameInvalid

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1024
LONGEST_EMAIL = 254
LONGEST_NAME = 200
FEWEST_DISTINCT_CHARACTERS = 5

# RFC 5321 sets the lengths; everything finer is the mail server's to judge. A domain without a dot is an intranet's.
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]{1,253}")

# What remains of a password that was only decorated: "P@ssw0rd2026!!" -> "password".
_LEET = str.maketrans({"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "$": "s", "5": "s", "7": "t"})
_COMMON_TEXT = """
    password passwort passord contrasena motdepasse passphrase secret topsecret letmein letmeinplease letmeinnow welcome
    welcomeback welcomehome iloveyou iloveyouforever trustno admin administrator adminadmin root rootroot superuser
    sysadmin changeme changethis changemenow changeit default defaultpassword mypassword thepassword yourpassword
    newpassword oldpassword temppassword temporary test testtest testing testpassword tester qwerty qwertyuiop asdfghjkl
    asdf zxcvbnm zxcvbnmasdf qazwsx qazwsxedc qazwsxedcrfv onetwothree abc abcd abcdef abcdefgh football baseball
    basketball superman batman spiderman princess sunshine dragon monkey master shadow michael jennifer whatever
    starwars pokemon computer internet server database login user guest correcthorsebatterystaple powerautomation
    automation woaini woaininicai admintest testadmin
"""
_COMMON_WORDS = frozenset(_COMMON_TEXT.split())
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "1234567890qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "a1b2c3d4e5f6g7h8i9j0",
    "!@#$%^&*()",
)
_SEQUENCES = tuple(row for forward in _ROWS for row in (forward * 2, forward[::-1] * 2))


def canonical_email(text: str) -> str:
    """Return an e-mail address in the form in which it is stored and compared; raises EmailInvalid."""
    email = unicodedata.normalize("NFKC", text).strip().casefold()
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise EmailInvalid(
            "This is not an e-mail address.",
            action="Write it like name@example.org.",
            fields={"email": "This is not an e-mail address."},
        )
    return email


def cleaned_name(text: str) -> str:
    """Return a person's name on one line, without spaces around it; raises NameInvalid."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise NameInvalid(
            f"A name has 1 to {LONGEST_NAME} visible characters on one line.",
            action="Choose another name.",
            fields={"name": f"1 to {LONGEST_NAME} visible characters."},
        )
    return name


def normal_password(text: str) -> str:
    """Return a password in the one form that is hashed, so that every keyboard that writes it gives the same bytes.

    NFKC as NIST SP 800-63B-4 recommends, https://pages.nist.gov/800-63-4/sp800-63b.html (November 2026).
    """
    return unicodedata.normalize("NFKC", text)


def weakness_of(password: str, *, email: str = "", name: str = "") -> str:
    """Return why a new password (in normal form) is refused, in words for the person, or an empty string."""
    if len(password) < SHORTEST_PASSWORD:
        return f"Use at least {SHORTEST_PASSWORD} characters; a sentence is easy to remember."
    if len(password) > LONGEST_PASSWORD:
        return f"Use at most {LONGEST_PASSWORD} characters."
    folded = password.casefold()
    if len(set(folded)) < FEWEST_DISTINCT_CHARACTERS:
        return f"Use at least {FEWEST_DISTINCT_CHARACTERS} different characters."
    if any(_is_run(folded, sequence) for sequence in _SEQUENCES):
        return "This is a row of neighbouring keys or letters, and among the first that anybody would try."
    known = {_letters(email), _letters(email.partition("@")[0]), _letters(name)} - {""}
    for base in bases_of(folded):
        if base in _COMMON_WORDS or _is_repeated(base, _COMMON_WORDS):
            return "This password is among the first that anybody would try."
        if base in known:
            return "This password is your name or e-mail address with little added."
    return ""


def _is_run(text: str, sequence: str) -> bool:
    return text in sequence or (text[:6] in sequence and text == (text[:6] * len(text))[: len(text)])


def bases_of(folded: str) -> set[str]:
    """Return what is left when digits and signs around and inside are taken for letters or for decoration."""
    trimmed = folded.strip("0123456789!@#$%^&*()-_=+.,?/ ")
    return {_letters(folded), _letters(trimmed.translate(_LEET)), _letters(folded.translate(_LEET))} - {""}


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalpha())


def _is_repeated(text: str, words: frozenset[str]) -> bool:
    return any(
        text[:size] in words and text == text[:size] * (len(text) // size)
        for size in range(3, len(text))
        if len(text) % size == 0
    )
