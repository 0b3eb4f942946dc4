"""Checks an exported audit log: ``python verifier.py LOG [--heads FILE --public-key KEY]``.

Stands alone: the standard library, and ``cryptography`` for signed heads. The log has one event a line,
``{"event":{…},"hash":"…"}``. A line is right when its bytes are the canonical JSON (RFC 8785, integers only) of what
they say, its hash is SHA-256 over the event's canonical bytes, and the event holds the hash and the number of the one
before it in its organization. A head is a signed statement ``{"head":{…},"signature":"…"}`` that an event of this
number had this hash: what was rewritten or cut off after it was signed contradicts it.

What is a person's data in an event is not hashed itself: the event holds a commitment (``personal``), HMAC-SHA256 over
the part's canonical bytes under 32 random bytes, and the line holds part and bytes beside it (``opened``). When the
person is erased nobody can read the part any more and the line has the commitment alone: that is right when a later
event says so (``personal_data.erase``), and tampering otherwise.

Events are removed by age only from the beginning. A later event then says so (``audit.remove``) and holds a head of
the last one that was removed, signed like the others: the log is right to begin behind that one.
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

LARGEST_INTEGER = 2**53 - 1
LONGEST_LINE_BYTES = 16 * 1024 * 1024
_NOTHING = "0" * 64
_HASH = re.compile(r"[0-9a-f]{64}")
_EVENT_FIELDS = frozenset(
    [
        "id",
        "organization_id",
        "sequence",
        "previous_hash",
        "occurred_at",
        "actor",
        "on_behalf_of",
        "origin",
        "action",
        "target",
        "outcome",
        "changes",
        "reason",
        "approved_by",
        "personal",
    ]
)
# What the line shows beside a commitment, by which part it is of.
_OPENED_FIELDS = {
    "actor": frozenset(["actor", "on_behalf_of", "ip", "user_agent", "salt"]),
    "target": frozenset(["name", "changes", "reason", "salt"]),
}
_PART_FIELDS = frozenset(["person", "commitment"])
_HEAD_FIELDS = frozenset(["organization_id", "sequence", "hash", "signed_at", "key_id"])


@dataclass
class Report:
    """What was found. ``problem`` is empty when everything holds; else ``line`` (from 1, of the file it names),
    ``organization_id`` and ``sequence`` name the first bad event. ``heads`` were held against the log; ``until`` is
    by organization the last event, ``attested`` the last one that a signed head vouches for, ``removed`` the last
    one that was removed by age. ``closed`` events have parts of people who were erased."""

    events: int = 0
    heads: int = 0
    closed: int = 0
    problem: str = ""
    line: int = 0
    organization_id: str = ""
    sequence: int = 0
    until: dict[str, int] = field(default_factory=dict)
    attested: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Say whether everything holds."""
        return not self.problem


class Unusable(Exception):
    """A key or file cannot be used at all: nothing was checked."""


class _Bad(Exception):
    def __init__(self, problem: str, organization_id: str = "", sequence: int = 0) -> None:
        super().__init__(problem)
        self.problem, self.organization_id, self.sequence = problem, organization_id, sequence


@dataclass
class _Chain:
    sequence: int
    hash: str


@dataclass
class _Log:
    """What is known while a log is read. ``begins``: where an organization's log begins after its first event, and the
    line, until an event says that what came before was removed. ``closed``: number and line of the first event of an
    organization and person that has a part nobody can read, until an event says that the person was erased."""

    keys: list[bytes]
    chains: dict[str, _Chain] = field(default_factory=dict)
    signed: dict[str, dict[int, str]] = field(default_factory=dict)
    begins: dict[str, tuple[_Chain, int]] = field(default_factory=dict)
    closed: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


def verify(log: Iterable[bytes], heads: Iterable[bytes] | None = None, public_keys: Iterable[bytes] = ()) -> Report:
    """Check a log, given as its lines, against signed heads, given as theirs.

    public_keys: Ed25519 keys of 32 bytes whose signatures count; needed with heads. Without heads an end that was cut
    off, or a chain that was written anew from some event on, cannot be seen. Raises Unusable without a key for heads.
    """
    report = Report()
    known = _Log(list(public_keys))
    line = 0
    lines = iter(log)
    try:
        if heads is not None:
            for line, raw in enumerate(heads, 1):  # noqa: B007 - the line is named when it is bad
                _take_head(raw, known.signed, known.keys, report)
        line = 0
        for line, raw in enumerate(lines, 1):
            _take_event(raw, line, known, report)
        line = 0
        for organization_id, signed in known.signed.items():
            last = max(signed)
            reached = known.chains[organization_id].sequence if organization_id in known.chains else 0
            if reached < last and report.removed.get(organization_id, 0) < last:
                raise _Bad(
                    f"the log ends at event {reached}, but event {last} existed when a head was signed",
                    organization_id,
                    reached + 1,
                )
    except _Bad as bad:
        report.problem, report.line = bad.problem, line
        # Half a character of a hostile file could not be printed.
        report.organization_id = bad.organization_id.encode(errors="replace").decode()
        report.sequence = bad.sequence
    if known.closed and report.ok:
        _judge_closed(known, report)
    if known.begins:
        _judge_beginnings(lines, known, report)
    return report


def _judge_closed(known: _Log, report: Report) -> None:
    (organization_id, _person), (sequence, line) = min(known.closed.items(), key=lambda one: one[1][1])
    report.problem = "a part of the event is missing, and no event says that the person was erased"
    report.line, report.sequence = line, sequence
    report.organization_id = organization_id.encode(errors="replace").decode()


def _judge_beginnings(rest: Iterator[bytes], known: _Log, report: Report) -> None:
    """Look for what allows a log to begin where it does in the lines that were not read, as an earlier one was bad."""
    for raw in rest:
        try:
            event = _parsed(raw).get("event")
        except _Bad:
            continue
        if isinstance(event, dict):
            _take_removal(event, known, report)
    for organization_id, (begin, line) in sorted(known.begins.items(), key=lambda one: one[1][1])[:1]:
        report.problem = (
            f"the log begins with event {begin.sequence + 1}, and no event that a given key signed says that those "
            "missing before it were removed"
        )
        report.line, report.sequence = line, 1
        report.organization_id = organization_id.encode(errors="replace").decode()


def _take_event(raw: bytes, line: int, known: _Log, report: Report) -> None:
    outer = _parsed(raw)
    event = outer.get("event")
    claimed = outer.get("hash")
    opened = outer.get("opened")
    if opened is not None and (not isinstance(opened, dict) or not opened or len(outer) != 3):
        raise _Bad("the line is not an event")
    if (
        len(outer) != (2 if opened is None else 3)
        or not isinstance(event, dict)
        or not isinstance(claimed, str)
        or not _HASH.fullmatch(claimed)
    ):
        raise _Bad("the line is not an event")
    organization_id, sequence, previous = (event.get(n) for n in ("organization_id", "sequence", "previous_hash"))
    if not isinstance(organization_id, str) or type(sequence) is not int or not isinstance(previous, str):
        raise _Bad("the event does not say where it belongs")
    where = (organization_id, sequence)
    if event.keys() != _EVENT_FIELDS:
        raise _Bad("the event has other fields than events have", *where)
    content = _canonical(event)
    rest = b"" if opened is None else b',"opened":' + _canonical(opened)
    if raw.rstrip(b"\n") != b'{"event":' + content + b',"hash":"' + claimed.encode() + b'"' + rest + b"}":
        raise _Bad("the line is not canonical JSON", *where)
    if hashlib.sha256(content).hexdigest() != claimed:
        raise _Bad("the event does not have the hash it claims: it was changed", *where)
    signed = known.signed.get(organization_id, {})
    chain = known.chains.get(organization_id)
    if chain is None:
        if sequence > 1:
            chain = _Chain(sequence - 1, previous)
            known.begins[organization_id] = (chain, line)
        else:
            chain = _Chain(0, _NOTHING)
    if sequence != chain.sequence + 1:
        raise _Bad(f"event {chain.sequence + 1} should stand here", organization_id, chain.sequence + 1)
    if previous != chain.hash:
        raise _Bad("the event does not follow the one before it", *where)
    if signed.get(sequence, claimed) != claimed:
        raise _Bad("a signed head names another event here: the log was written anew or forked", *where)
    _take_parts(event, opened or {}, line, known, report)
    known.chains[organization_id] = _Chain(sequence, claimed)
    report.until[organization_id] = sequence
    report.events += 1
    if event["action"] == "audit.remove":
        _take_removal(event, known, report)


def _take_parts(event: dict[str, Any], opened: dict[str, Any], line: int, known: _Log, report: Report) -> None:
    """Check what the line shows beside the commitments, and remember what it cannot show."""
    organization_id, sequence = event["organization_id"], event["sequence"]
    where = (organization_id, sequence)
    personal = event["personal"]
    if (
        not isinstance(personal, dict)
        or personal.keys() != _OPENED_FIELDS.keys()
        or not opened.keys() <= personal.keys()
    ):
        raise _Bad("the event does not say which parts of it are personal", *where)
    closed = False
    for side, fields in _OPENED_FIELDS.items():
        part, shown = personal[side], opened.get(side)
        if part is None and side not in opened:
            continue
        if (
            not isinstance(part, dict)
            or part.keys() != _PART_FIELDS
            or not all(isinstance(v, str) for v in part.values())
        ):
            raise _Bad("the event does not say which parts of it are personal", *where)
        if side not in opened:
            closed = True
            known.closed.setdefault((organization_id, part["person"]), (sequence, line))
            continue
        if not isinstance(shown, dict) or shown.keys() != fields or not _is_committed(shown, part["commitment"]):
            raise _Bad("a personal part of the event is not the one it commits itself to: it was changed", *where)
    report.closed += closed
    if event["action"] == "personal_data.erase" and isinstance(event["target"], dict):
        known.closed.pop((organization_id, str(event["target"].get("id"))), None)


def _is_committed(shown: dict[str, Any], commitment: str) -> bool:
    salt = shown["salt"]
    if not isinstance(salt, str) or not _HASH.fullmatch(salt):
        return False
    content = _canonical({name: value for name, value in shown.items() if name != "salt"})
    return hmac.digest(bytes.fromhex(salt), content, "sha256").hex() == commitment


def _take_removal(event: dict[str, Any], known: _Log, report: Report) -> None:
    """Take from an event the signed statement that everything up to a number was removed; what is none is no harm."""
    organization_id, changes = event.get("organization_id"), event.get("changes")
    if not isinstance(organization_id, str) or event.get("action") != "audit.remove" or not isinstance(changes, list):
        return
    begin = known.begins.get(organization_id)
    for change in changes:
        if not isinstance(change, dict) or change.get("field") != "checkpoint":
            continue
        statement = change.get("after")
        try:
            owner, sequence, claimed = _signed_head(
                statement.encode() if isinstance(statement, str) else b"", known.keys
            )
        except (_Bad, UnicodeEncodeError):
            continue
        if begin is not None and (owner, sequence, claimed) == (organization_id, begin[0].sequence, begin[0].hash):
            del known.begins[organization_id]
            report.removed[organization_id] = sequence
            return


def _take_head(raw: bytes, signed: dict[str, dict[int, str]], public_keys: list[bytes], report: Report) -> None:
    organization_id, sequence, claimed = _signed_head(raw, public_keys)
    known = signed.setdefault(organization_id, {})
    if known.get(sequence, claimed) != claimed:
        raise _Bad("two signed heads contradict each other: the log was forked", organization_id, sequence)
    known[sequence] = claimed
    report.attested[organization_id] = max(sequence, report.attested.get(organization_id, 0))
    report.heads += 1


def _signed_head(raw: bytes, public_keys: list[bytes]) -> tuple[str, int, str]:
    """Return the organization, number and hash that a signed head vouches for."""
    outer = _parsed(raw)
    head, signature = outer.get("head"), outer.get("signature")
    if len(outer) != 2 or not isinstance(head, dict) or not isinstance(signature, str) or head.keys() != _HEAD_FIELDS:
        raise _Bad("the line of the heads is not a head")
    organization_id, sequence, claimed = head["organization_id"], head["sequence"], head["hash"]
    if not isinstance(organization_id, str) or type(sequence) is not int or sequence < 1:
        raise _Bad("the head does not say where it belongs")
    if not isinstance(claimed, str) or not _HASH.fullmatch(claimed):
        raise _Bad("the head has no hash", organization_id, sequence)
    content = _canonical(head)
    if raw.rstrip(b"\n") != b'{"head":' + content + b',"signature":"' + signature.encode(errors="replace") + b'"}':
        raise _Bad("the head is not canonical JSON", organization_id, sequence)
    if not _is_signed(content, signature, public_keys):
        raise _Bad("the head is not signed by a key that was given", organization_id, sequence)
    return organization_id, sequence, claimed


def _is_signed(content: bytes, signature: str, public_keys: list[bytes]) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        proof = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    if base64.b64encode(proof).decode() != signature:
        return False
    for key in public_keys:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(proof, b"powerautomation audit head\n" + content)
        except InvalidSignature:
            continue
        return True
    return False


def _refuse_number(text: str) -> NoReturn:
    raise _Bad("the line has a number that canonical JSON of integers has not")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        _refuse_number(text)
    return int(text)


_decoder = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number, parse_int=_integer)
_sorting = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False)
_plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _parsed(raw: bytes) -> dict[str, Any]:
    if len(raw) > LONGEST_LINE_BYTES:
        raise _Bad("the line is too long")
    try:
        value = _decoder.decode(raw.decode())
    except (ValueError, RecursionError):
        raise _Bad("the line is not JSON") from None
    if not isinstance(value, dict):
        raise _Bad("the line is not an object")
    return value


def _canonical(value: dict[str, Any]) -> bytes:
    try:
        written = _sorting.encode(value)
        if not written.isascii():
            # Code points and UTF-16 code units order characters outside the basic plane differently.
            written = _plain.encode(_ordered(value))
        return written.encode()
    except (ValueError, RecursionError):
        raise _Bad("the line has text that cannot be written") from None


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    return [_ordered(one) for one in value] if isinstance(value, list) else value


def read_public_key(given: str) -> bytes:
    """Return the 32 bytes of a public key: base64, or the name of a file that has it. Raises Unusable."""
    text = given.strip()
    path = Path(text)
    try:
        if len(text) < 200 and path.is_file():
            text = path.read_text().strip()
        key = base64.b64decode(text, validate=True)
    except (OSError, ValueError):
        key = b""
    if len(key) != 32:
        raise Unusable(f"{given[:200]!r} is no Ed25519 public key: 32 bytes in base64, or a file that has them")
    return key


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE_BYTES + 1):
            yield line


def verify_files(log: Path, heads: Path | None, public_keys: Iterable[str]) -> Report:
    """Check files. Raises Unusable for a file that cannot be read, a key that is none, or heads without a key."""
    keys = [read_public_key(one) for one in public_keys]
    if heads is not None and not keys:
        raise Unusable("heads need the public key they were signed for: anybody can sign with a key of their own")
    try:
        return verify(_lines(log), None if heads is None else _lines(heads), keys)
    except OSError as error:
        raise Unusable(f"{error.filename}: {error.strerror}") from None


def sentence(report: Report, *, with_heads: bool) -> str:
    """Return what a person is told."""
    if not report.ok:
        place = f" (line {report.line})" if report.line else ""
        which = (
            f"event {report.sequence} of {report.organization_id}{place}" if report.sequence else f"line {report.line}"
        )
        return f"NOT INTACT: {which}: {report.problem}."
    parts = [f"Intact: {report.events} events, {report.heads} signed heads."]
    for organization_id, last in sorted(report.until.items()):
        attested = report.attested.get(organization_id, 0)
        parts.append(f"{organization_id}: events up to {last}, attested by a signed head up to {attested}.")
        if organization_id in report.removed:
            parts.append(f"{organization_id}: events up to {report.removed[organization_id]} were removed by age.")
    if report.closed:
        parts.append(f"{report.closed} events have parts that nobody can read, as the person was erased.")
    if not with_heads:
        parts.append(
            "Without --heads, a log that was cut off or written anew as a whole cannot be told from a true one."
        )
    return "\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """Run as a program of its own. Exit codes: 0 intact, 1 not intact, 2 wrong use."""
    parser = argparse.ArgumentParser(description="Check an exported audit log.")
    parser.add_argument("log", type=Path)
    parser.add_argument("--heads", type=Path, help="signed heads, one a line")
    parser.add_argument("--public-key", action="append", default=[], help="base64 or a file; repeat for more")
    given = parser.parse_args(arguments)
    try:
        report = verify_files(given.log, given.heads, given.public_key)
    except Unusable as error:
        print(error, file=sys.stderr)  # noqa: T201 - a program of its own
        return 2
    print(sentence(report, with_heads=given.heads is not None))  # noqa: T201 - a program of its own
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
