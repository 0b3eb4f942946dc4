"""The verifier finds every tampering, names the first bad event, and takes nothing else of the product."""

import base64
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from powerautomation.governance.audit.rules import canonical_json, hash_of, plain
from powerautomation.governance.audit_verifier import Unusable, read_public_key, sentence, verifier, verify
from tests.unit.governance.audit_verifier.logs import (
    KEY,
    PUBLIC,
    chain_of,
    closed,
    erasure_after,
    head_of,
    lines_of,
    removal_after,
    replace_place,
)

EVENTS = chain_of(12)
LINES = lines_of(EVENTS)
HEADS = [head_of(EVENTS[4]), head_of(EVENTS[-1])]
OTHER = lines_of(chain_of(12, seed=1))
FILE = Path(verifier.__file__)


def rechained(events: list[dict[str, Any]], begin: int) -> list[bytes]:
    """Return lines whose hashes were all computed anew from one event on, as a careful forger would."""
    lines, previous = [], None
    for number, event in enumerate(events):
        if number >= begin and previous is not None:
            event["previous_hash"] = previous
        previous = hash_of(event)
        lines.append(b'{"event":' + canonical_json(event) + b',"hash":"' + previous.encode() + b'"}\n')
    return lines


def edited_byte(luck: random.Random, lines: list[bytes]) -> int:
    number = luck.randrange(len(lines))
    line = bytearray(lines[number])
    at = luck.randrange(len(line) - 1)
    line[at] = luck.choice([value for value in range(32, 127) if value != line[at]])
    lines[number] = bytes(line)
    return number + 1


def edited_value(luck: random.Random, lines: list[bytes]) -> int:
    number = luck.randrange(len(lines))
    outer = json.loads(lines[number])
    name = luck.choice(["actor", "action", "outcome", "changes", "occurred_at", "reason", "origin", "target"])
    outer["event"][name] = luck.choice(["Eve", None, [], {"kind": "user"}, 1])
    content = canonical_json(outer["event"])
    lines[number] = b'{"event":' + content + b',"hash":"' + outer["hash"].encode() + b'"}\n'
    return number + 1


def edited_with_its_hash(luck: random.Random, lines: list[bytes]) -> int:
    number = luck.randrange(len(lines))
    event = json.loads(lines[number])["event"]
    event["reason"] = f"nothing to see {luck.random()}"
    lines[number] = b'{"event":' + canonical_json(event) + b',"hash":"' + hash_of(event).encode() + b'"}\n'
    # It is right in itself: the next one does not follow it, or a head names another.
    return number + 1 if number in (4, len(lines) - 1) else number + 2


def rewritten_from_there_on(luck: random.Random, lines: list[bytes]) -> int:
    number = luck.randrange(len(lines))
    events = [json.loads(line)["event"] for line in lines]
    events[number]["actor"]["name"] = f"Eve {luck.random()}"
    lines[:] = rechained(events, number)
    return 5 if number < 5 else len(lines)


def deleted(luck: random.Random, lines: list[bytes]) -> int:
    number = luck.randrange(len(lines))
    del lines[number]
    return number + 1


def several_deleted_and_rewritten(luck: random.Random, lines: list[bytes]) -> int:
    number, count = luck.randrange(len(lines) - 1), luck.randint(1, 3)
    del lines[number : number + count]
    events = [json.loads(line)["event"] for line in lines]
    for place, event in enumerate(events):
        event["sequence"] = place + 1
        if place == 0:
            event["previous_hash"] = "0" * 64
    lines[:] = rechained(events, number)
    return 5 if number < 5 else len(lines) + 1


def swapped(luck: random.Random, lines: list[bytes]) -> int:
    first, second = sorted(luck.sample(range(len(lines)), 2))
    lines[first], lines[second] = lines[second], lines[first]
    return first + 1


def doubled(luck: random.Random, lines: list[bytes]) -> int:
    number = luck.randrange(len(lines))
    lines.insert(luck.randint(number + 1, len(lines)), lines[number])
    return 0


def tail_cut(luck: random.Random, lines: list[bytes]) -> int:
    kept = luck.randrange(len(lines))
    del lines[kept:]
    return kept + 1


def beginning_cut(luck: random.Random, lines: list[bytes]) -> int:
    count = luck.randrange(1, len(lines))
    del lines[:count]
    return 1


def forked(luck: random.Random, lines: list[bytes]) -> int:
    number = luck.randrange(len(lines))
    lines[number:] = OTHER[number:]
    # Another whole log is right in itself, up to the first event that a head names.
    return number + 1 if number else 5


def inserted(luck: random.Random, lines: list[bytes]) -> int:
    lines.insert(luck.randint(0, len(lines)), luck.choice(OTHER))
    return 0


def edited_part(luck: random.Random, lines: list[bytes]) -> int:
    number = luck.choice([place for place, line in enumerate(lines) if b'"opened"' in line])
    outer = json.loads(lines[number])
    part = outer["opened"][luck.choice(list(outer["opened"]))]
    name = luck.choice(list(part))
    part[name] = luck.choice([value for value in ("Eve", None, [], "0" * 64) if value != part[name]])
    lines[number] = canonical_json(outer) + b"\n"
    return number + 1


def part_left_out(luck: random.Random, lines: list[bytes]) -> int:
    number = luck.choice([place for place, line in enumerate(lines) if b'"opened"' in line])
    outer = json.loads(lines[number])
    del outer["opened"][luck.choice(list(outer["opened"]))]
    if not outer["opened"]:
        del outer["opened"]
    lines[number] = canonical_json(outer) + b"\n"
    return number + 1


TAMPERINGS = [
    edited_part,
    part_left_out,
    edited_byte,
    edited_value,
    edited_with_its_hash,
    rewritten_from_there_on,
    deleted,
    several_deleted_and_rewritten,
    swapped,
    doubled,
    tail_cut,
    beginning_cut,
    forked,
    inserted,
]


def test_log_as_written_is_intact() -> None:
    report = verify(LINES, HEADS, [PUBLIC])
    assert (report.problem, report.events, report.heads) == ("", 12, 2)
    assert report.until == report.attested == {"org_a": 12}
    assert verify([]).ok
    assert verify(LINES[:5], HEADS[:1], [PUBLIC]).ok


def test_ten_thousand_random_tamperings_are_all_found_and_the_first_bad_event_is_named() -> None:
    for number in range(10_000):
        luck = random.Random(number)
        tampering = TAMPERINGS[number % len(TAMPERINGS)]
        lines = list(LINES)
        expected = tampering(luck, lines)
        report = verify(lines, HEADS, [PUBLIC])
        assert not report.ok, f"{tampering.__name__} {number} was not found"
        if expected and tampering is not edited_byte:
            assert report.sequence == expected, f"{tampering.__name__} {number}: {report}"
        elif tampering is edited_byte:
            assert expected == report.line, f"{tampering.__name__} {number}: {report}"


def test_event_moved_to_another_organization_is_found() -> None:
    theirs = lines_of(chain_of(3, "org_b"))
    assert verify(LINES + theirs).until == {"org_a": 12, "org_b": 3}
    moved = theirs[1].replace(b"org_b", b"org_a")
    report = verify([*LINES, moved])
    assert not report.ok


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"outcome":', b'"outcome": '),
        (b'{"event":{', b'{"event":{"action":"x",'),
        (b'"sequence":3', b'"sequence":3.0'),
        (b'"sequence":3', b'"sequence":3e0'),
        (b'"Ada"', b'"\\u0041da"'),
        (b"\n", b"\r\n"),
        (b"\n", b" \n"),
        (b'"approved_by":null', b'"approved_by":NaN'),
        (b'"amount"', b'"\\ud800"'),
    ],
)
def test_other_spelling_of_the_same_event_is_not_taken(old: bytes, new: bytes) -> None:
    lines = [line.replace(old, new, 1) for line in LINES]
    assert lines != LINES
    assert not verify(lines).ok


@pytest.mark.parametrize("line", [b"", b"\n", b"[]", b"{", b"null", b"\xff", b"[" * 100_000, b'{"event":1,"hash":2}'])
def test_line_that_is_no_event_is_named_and_never_a_crash(line: bytes) -> None:
    report = verify([*LINES, line])
    assert report.line == 13
    assert report.problem


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_garbage_is_refused(lines: list[bytes]) -> None:
    assert verify(lines).ok == (not lines)
    assert verify([], lines, [PUBLIC]).ok == (not lines)


def test_parts_of_an_erased_person_may_be_missing_before_the_event_that_says_so() -> None:
    events = [closed(one) if one.target_part is not None and one.actor_part is None else one for one in EVENTS]
    count = sum(one.target_part is not None and one.actor_part is None for one in EVENTS)
    erased = erasure_after(EVENTS[-1], "usr_target")
    report = verify(lines_of([*events, erased]), HEADS, [PUBLIC])
    assert (report.problem, report.closed) == ("", count)
    assert count
    assert f"{count} events have parts that nobody can read" in sentence(report, with_heads=True)
    other = verify(lines_of([*events, erasure_after(EVENTS[-1], "usr_other")]), HEADS, [PUBLIC])
    assert "no event says that the person was erased" in other.problem
    assert other.sequence == next(one.sequence for one in events if one.target_part and not one.target_part.salt)
    late = [*lines_of([*EVENTS, erased])]
    after = closed(replace_place(EVENTS[1], erased))
    assert not verify([*late, *lines_of([after])]).ok, "what comes after the erasure holds nothing of the person"


def test_head_of_another_key_or_changed_or_contradicting_is_refused() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    assert "not signed" in verify(LINES, [head_of(EVENTS[3], stranger)], [PUBLIC]).problem
    assert "not signed" in verify(LINES, [HEADS[0].replace(b'"sequence":5', b'"sequence":6')], [PUBLIC]).problem
    assert "not signed" in verify(LINES, HEADS, []).problem
    contradicting = head_of(chain_of(12, seed=1)[4])
    report = verify(LINES, [*HEADS, contradicting], [PUBLIC])
    assert (report.line, report.sequence) == (3, 5)
    assert "forked" in report.problem


def test_log_may_begin_where_a_signed_event_says_that_the_rest_was_removed() -> None:
    statement = head_of(EVENTS[4]).decode().rstrip()
    removing = lines_of([*EVENTS, removal_after(EVENTS[-1], statement)])

    report = verify(removing[5:], HEADS, [PUBLIC])

    assert (report.problem, report.removed) == ("", {"org_a": 5})
    assert "org_a: events up to 5 were removed by age." in sentence(report, with_heads=True)
    # The event is enough, with the key; heads from before are no harm.
    assert verify(removing[5:], None, [PUBLIC]).removed == {"org_a": 5}
    assert verify(removing, HEADS, [PUBLIC]).removed == {}
    # A head alone is not: there is one every hour, and whoever cuts the beginning off would find one that fits.
    for lines, keys in ((LINES[5:], [PUBLIC]), (removing[5:], []), (removing[6:], [PUBLIC]), (removing[4:], [PUBLIC])):
        report = verify(lines, HEADS if keys else None, keys)
        assert ("missing" in report.problem, report.line, report.sequence) == (True, 1, 1)
    # The first bad event is named, not the beginning, when the event that allows it stands behind.
    tampered = [*removing[5:8], *removing[9:]]
    assert verify(tampered, HEADS, [PUBLIC]).sequence == 9
    for forged in ("", "{}", statement.replace("org_a", "org_b"), head_of(EVENTS[5]).decode()):
        lines = lines_of([*EVENTS, removal_after(EVENTS[-1], forged)])
        assert "missing" in verify(lines[5:], HEADS, [PUBLIC]).problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_writer_and_verifier_agree_on_canonical_json(value: Any) -> None:
    kept = {"value": plain(value)}
    assert verifier._canonical(kept) == canonical_json(kept)
    assert verifier._decoder.decode(canonical_json(kept).decode()) == kept


SCRAPS = st.sampled_from(
    [
        *LINES[:2],
        *HEADS,
        b"{",
        b"}",
        b'"',
        b"\\ud800",
        b"\xff",
        b"null",
        b"1e9",
        b"9" * 5000,
        b"[" * 3000,
        b'{"event":',
        b'"hash"',
    ]
)
MANGLED = st.tuples(
    st.sampled_from([*LINES, *HEADS]), st.integers(0, 900), st.integers(0, 40), SCRAPS | st.binary(max_size=9)
)


def mangled(given: tuple[bytes, int, int, bytes]) -> bytes:
    line, place, length, scrap = given
    return line[:place] + scrap + line[place + length :]


# Examples that shrink well are not needed: any exception but the verifier's own is found by its being raised.
@settings(max_examples=300, phases=[Phase.generate])
@given(st.lists(MANGLED.map(mangled) | SCRAPS, max_size=6), st.lists(MANGLED.map(mangled) | SCRAPS, max_size=3))
def test_no_hostile_file_breaks_the_verifier(log: list[bytes], heads: list[bytes]) -> None:
    for report in (verify(log, heads, [PUBLIC]), verify([*LINES[:3], *log], None, [PUBLIC])):
        sentence(report, with_heads=True).encode()


def test_canonical_json_is_that_of_rfc_8785() -> None:
    # https://www.rfc-editor.org/rfc/rfc8785#section-3.2.3, without its number
    given = {"€": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew", "1": "One", "😀": "Emoji", "ö": "Latin"}
    ordered = '{"\\r":"Carriage Return","1":"One","ö":"Latin","€":"Euro Sign","😀":"Emoji","\ufb33":"Hebrew"}'
    assert canonical_json(given).decode() == ordered


def test_runs_alone_without_the_product(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(b"".join(LINES))
    (tmp_path / "heads.jsonl").write_bytes(b"".join(HEADS))
    (tmp_path / "verifier.py").write_bytes(FILE.read_bytes())
    assert b"import powerautomation" not in FILE.read_bytes()
    assert b"from powerautomation" not in FILE.read_bytes()

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        # Isolated: neither the folder nor the environment add anything to what can be imported.
        command = [sys.executable, "-I", "verifier.py", "log.jsonl", *more]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)

    key = base64.b64encode(PUBLIC).decode()
    whole = run("--heads", "heads.jsonl", "--public-key", key)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "attested by a signed head up to 12" in whole.stdout
    (tmp_path / "log.jsonl").write_bytes(b"".join(LINES[:8]))
    cut = run("--heads", "heads.jsonl", "--public-key", key)
    assert cut.returncode == 1
    assert "event 9 of org_a" in cut.stdout
    assert run("--heads", "heads.jsonl").returncode == 2


def test_key_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text(base64.b64encode(PUBLIC).decode() + "\n")
    assert read_public_key(str(tmp_path / "key.pub")) == PUBLIC == KEY.public_key().public_bytes_raw()
    for wrong in ("", "x", str(tmp_path), base64.b64encode(b"short").decode()):
        with pytest.raises(Unusable):
            read_public_key(wrong)
