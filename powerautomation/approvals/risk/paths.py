"""Where a path lies, as far as its text tells: nobody follows symbolic links here."""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

from powerautomation.approvals.risk.words import UNKNOWN, Word

_HARMLESS = frozenset({
    "/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/zero", "/dev/random",
    "/dev/urandom", "/dev/full",
})  # fmt: skip
TEMPORARY = ("/tmp", "/var/tmp", "/private/tmp")  # noqa: S108 - names to look at, not to write to
SYSTEM_PROGRAMS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin")


@dataclass(frozen=True, slots=True)
class Places:
    """What the zones are made of. patterns: zone to globs with ``**``, ``~`` for home; the first that fits wins."""

    patterns: tuple[tuple[str, tuple[str, ...]], ...]
    samples: tuple[tuple[str, str], ...]
    generated: frozenset[str]


@dataclass(frozen=True, slots=True)
class Spot:
    """A resolved path, absolute and tidy, and its zone. whole: a workspace, the home or the root, or above them."""

    path: str
    zone: str
    whole: bool = False
    generated: bool = False


def _source(glob: str) -> str:
    made = glob.replace("**/", "\1").replace("**", "\2").replace("*", "\3").replace("?", "\4")
    text = re.escape(made)
    for mark, meaning in (("\1", "(?:.*/)?"), ("\2", ".*"), ("\3", "[^/]*"), ("\4", "[^/]")):
        text = text.replace(re.escape(mark), meaning).replace(mark, meaning)
    return text + r"\Z"


def _full(glob: str, home: str) -> str:
    if glob.startswith("~"):
        return (home or "/home/*") + glob[1:]
    return glob if glob.startswith(("/", "**")) else "**/" + glob


@lru_cache(4096)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(_source(glob), re.IGNORECASE | re.DOTALL)


@lru_cache(256)
def _zones(patterns: tuple[tuple[str, tuple[str, ...]], ...], home: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return each zone with one pattern for all of its globs."""
    return tuple(
        (zone, re.compile("|".join(_source(_full(glob, home)) for glob in globs), re.IGNORECASE | re.DOTALL))
        for zone, globs in patterns
    )


def fits(path: str, glob: str, home: str = "") -> bool:
    """Say whether a path fits a glob with ``*``, ``**`` and ``?``; a leading ``~`` is the home folder."""
    return _pattern(_full(glob, home)).match(path) is not None


def resolve(word: Word, cwd: str, roots: Iterable[str], home: str, places: Places) -> Spot:
    """Return where a word lies when a program takes it for a path. cwd may hold ``UNKNOWN``."""
    text = word.text
    if text.startswith("file://"):
        text = text[7:]
    if text.startswith(UNKNOWN):
        return Spot(text, _named_zone("/" + text, home, places) or "unknown")
    path = _tidy(text if text.startswith("/") else f"{cwd}/{text}")
    if path in _HARMLESS or path.startswith("/dev/fd/"):
        return Spot(path, "none")
    known, _, _ = path.partition(UNKNOWN)
    zone = _named_zone(path, home, places)
    if zone == "" and word.glob:
        zone = _glob_zone(path, cwd, home, places)
    if UNKNOWN in path:
        return Spot(path, zone or _unknown_zone(known, roots, home))
    whole = _is_whole(path, word.glob, roots, home)
    return Spot(path, zone or _plain_zone(path, roots, home), whole, _is_generated(path, roots, places))


def _tidy(path: str) -> str:
    return "/" + posixpath.normpath(path).lstrip("/")


def _named_zone(path: str, home: str, places: Places) -> str:
    for zone, pattern in _zones(places.patterns, home):
        if pattern.match(path):
            return "" if zone == "ordinary" else zone
    return ""


def _glob_zone(path: str, cwd: str, home: str, places: Places) -> str:
    """Return the zone of the first well-known file that the glob would take in."""
    for sample, zone in places.samples:
        whole = (home or "/home/user") + sample[1:] if sample.startswith("~") else sample
        for candidate in {whole, _tidy(f"{cwd}/{sample}") if not sample.startswith(("~", "/")) else whole}:
            if _glob_takes(path, candidate):
                return zone
    return ""


@lru_cache(4096)
def _segment(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob), re.IGNORECASE)


def _glob_takes(glob: str, path: str) -> bool:
    left, right = glob.split("/"), path.split("/")
    if len(left) != len(right):
        return False
    # As the shell does: a star does not take a leading dot.
    return all(
        one == other or (not (other.startswith(".") and not one.startswith(".")) and _segment(one).match(other))
        for one, other in zip(left, right, strict=True)
    )


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _is_whole(path: str, glob: bool, roots: Iterable[str], home: str) -> bool:
    """Say whether the path is, or is above, all of the workspace, the home folder or the root."""
    folder = posixpath.dirname(path) if glob and re.fullmatch(r"[*.?\[\]!]*", posixpath.basename(path)) else path
    if folder.count("/") == 1:
        return True
    return any(_inside(one, folder) for one in (*roots, home) if one)


def _is_generated(path: str, roots: Iterable[str], places: Places) -> bool:
    for root in roots:
        if _inside(path, root) and path != root:
            names = path[len(root) :].strip("/").split("/")
            return any(name in places.generated or name.endswith((".pyc", ".o", ".log", ".tmp")) for name in names)
    return False


def _plain_zone(path: str, roots: Iterable[str], home: str) -> str:
    if any(_inside(path, root) for root in roots):
        return "workspace"
    if any(_inside(path, folder) for folder in TEMPORARY):
        return "temporary"
    if home and _inside(path, home):
        relative = path[len(home) :].strip("/")
        return "temporary" if relative.startswith((".cache/", "Library/Caches/")) else "home"
    if path.startswith(("/home/", "/Users/", "/mnt/", "/media/", "/srv/", "/data/", "/Volumes/", "/workspace/")):
        return "outside"
    if path.startswith("/dev/"):
        return "device"
    return "system"


def _unknown_zone(known: str, roots: Iterable[str], home: str) -> str:
    if known in ("", "/"):
        return "unknown"
    for root in roots:
        if known.startswith(root.rstrip("/") + "/"):
            return "inside"
    return _plain_zone(known.rstrip("/"), (), home) if known.rstrip("/") else "unknown"
