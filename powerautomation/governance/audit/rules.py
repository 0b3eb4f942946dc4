"""What an event's bytes are, and what changed between two states. Pure.

The hash of an event is SHA-256 over the canonical JSON (RFC 8785, https://www.rfc-editor.org/rfc/rfc8785) of the object
``event_object`` returns. We use the subset without fractions: objects, arrays, strings, true, false, null and integers
up to 2^53 - 1; other numbers are stored as strings, so that every reader computes the same bytes.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from powerautomation.governance.audit.entities import Actor, AuditEvent, Change, NewEvent, Origin, PersonalPart

LARGEST_INTEGER = 2**53 - 1
LONGEST_TEXT = 2000
MOST_ENTRIES = 200
MOST_LEVELS = 6
_TOO_DEEP = "…"


def canonical_json(value: Any) -> bytes:
    """Return the one way to write a JSON value: keys in order of UTF-16 code units, no spaces, UTF-8, no escapes but
    the needed ones. Raises TypeError for what the subset has not."""
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: str(key).encode("utf-16-be"))}
    if isinstance(value, list | tuple):
        return [_ordered(one) for one in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and abs(value) <= LARGEST_INTEGER:
        return value
    raise TypeError(f"{type(value).__name__} is not in the canonical subset")


def event_object(
    new: NewEvent,
    sequence: int,
    previous_hash: str,
    actor_part: PersonalPart | None = None,
    target_part: PersonalPart | None = None,
) -> dict[str, Any]:
    """Return an event as the JSON object whose bytes are hashed and exported. Of what is a person's data it holds a
    commitment only, so that the hash can be checked when nobody can read the part any more."""
    behalf = new.on_behalf_of
    return {
        "id": new.id,
        "organization_id": new.organization_id,
        "sequence": sequence,
        "previous_hash": previous_hash,
        "occurred_at": moment_text(new.occurred_at),
        "actor": _actor_object(new.actor, actor_part),
        "on_behalf_of": None if behalf is None else _actor_object(behalf, actor_part),
        "origin": {
            "ip": new.origin.ip if actor_part is None else "",
            "user_agent": new.origin.user_agent if actor_part is None else "",
            "request_id": new.origin.request_id,
        },
        "action": new.action,
        "target": {
            "type": new.target.type,
            "id": new.target.id,
            "name": new.target.name if target_part is None else "",
        },
        "outcome": new.outcome,
        "changes": change_objects(new.changes) if target_part is None else [],
        "reason": new.reason if target_part is None else "",
        "approved_by": new.approved_by,
        "personal": {"actor": _part_object(actor_part), "target": _part_object(target_part)},
    }


def change_objects(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Return changes as JSON objects."""
    return [{"field": one.field, "before": one.before, "after": one.after} for one in changes]


def actor_content(new: NewEvent) -> dict[str, Any]:
    """Return what of an event is its actor's data, as the object that is committed to."""
    return {
        "actor": new.actor.name,
        "on_behalf_of": None if new.on_behalf_of is None else new.on_behalf_of.name,
        "ip": new.origin.ip,
        "user_agent": new.origin.user_agent,
    }


def target_content(new: NewEvent) -> dict[str, Any]:
    """Return what of an event is the data of the person it was done to, as the object that is committed to."""
    return {"name": new.target.name, "changes": change_objects(new.changes), "reason": new.reason}


def commitment_of(content: Mapping[str, Any], salt: bytes) -> str:
    """Return what the chain holds in the place of a part: HMAC-SHA256 of its canonical JSON under 32 random bytes. Who
    does not have these cannot try out what the part may have been."""
    return hmac.digest(salt, canonical_json(content), "sha256").hex()


def without_part(new: NewEvent, *, actor: bool, target: bool) -> NewEvent:
    """Return an event without its actor's data, its target's, or both."""
    if actor:
        behalf = new.on_behalf_of
        new = replace(
            new,
            actor=replace(new.actor, name=""),
            on_behalf_of=None if behalf is None else replace(behalf, name=""),
            origin=Origin(request_id=new.origin.request_id),
        )
    if target:
        new = replace(new, target=replace(new.target, name=""), changes=(), reason="")
    return new


def hash_of(event: Mapping[str, Any]) -> str:
    """Return the hash of an event's object, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(event)).hexdigest()


def export_line(event: AuditEvent) -> bytes:
    """Return one line of an export: ``{"event":{…},"hash":"…"}``, canonical, with a newline; with ``"opened":{…}`` when
    parts of it are somebody's data and can be read."""
    actor, target = event.actor_part, event.target_part
    content = canonical_json(event_object(event.event, event.sequence, event.previous_hash, actor, target))
    opened = {}
    if actor is not None and actor.salt:
        opened["actor"] = {**actor_content(event.event), "salt": actor.salt}
    if target is not None and target.salt:
        opened["target"] = {**target_content(event.event), "salt": target.salt}
    rest = b',"opened":' + canonical_json(opened) if opened else b""
    return b'{"event":' + content + b',"hash":"' + event.hash.encode() + b'"' + rest + b"}\n"


def moment_text(moment: datetime) -> str:
    """Return a moment as text, in UTC with milliseconds: ``2026-11-21T09:30:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sealed(key: bytes, secret: str) -> str:
    """Return what stands for a secret: equal for equal secrets, and useless without the key."""
    return "hmac-sha256:" + hmac.digest(key, secret.encode(), "sha256").hex()


def changed_fields(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> tuple[Change, ...]:
    """Return the fields that differ between two states; None is a thing that was not there yet, or is not any more."""
    before, after = before or {}, after or {}
    names = [*before, *(name for name in after if name not in before)]
    found = []
    for name in names:
        was, becomes = plain(before.get(name)), plain(after.get(name))
        if was != becomes or type(was) is not type(becomes):
            found.append(Change(text(name, 200), was, becomes))
    return tuple(found[:MOST_ENTRIES])


def plain(value: Any, levels: int = MOST_LEVELS) -> Any:
    """Return a value as the subset can hold it, bounded in depth, entries and length."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value, LONGEST_TEXT)
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_INTEGER else str(value)
    if isinstance(value, float | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return moment_text(value)
    if levels == 0:
        return _TOO_DEEP
    if isinstance(value, Mapping):
        entries = list(value.items())[:MOST_ENTRIES]
        return {text(str(key), 200): plain(one, levels - 1) for key, one in entries}
    if isinstance(value, Collection):
        ordered = value if isinstance(value, list | tuple) else sorted(value, key=str)
        return [plain(one, levels - 1) for one in list(ordered)[:MOST_ENTRIES]]
    return text(str(value), LONGEST_TEXT)


def text(value: str, most: int) -> str:
    """Return text as every database and reader can hold it: no NUL, no half characters, at most so long."""
    clean = value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def month_of(moment: datetime) -> datetime:
    """Return the first moment of a moment's month, in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime) -> datetime:
    """Return the first moment of the next month."""
    return month_of(month + timedelta(days=32))


def table_of_month(month: datetime) -> str:
    """Return the name of the table that has a month's events on PostgreSQL: ``audit_events_2026_11``."""
    return f"audit_events_{month.year:04d}_{month.month:02d}"


def month_of_table(name: str) -> datetime | None:
    """Return the month of such a table; None for any other name."""
    found = re.fullmatch(r"audit_events_([0-9]{4})_(0[1-9]|1[0-2])", name)
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC) if found else None


def _actor_object(actor: Actor, part: PersonalPart | None) -> dict[str, str]:
    return {"kind": actor.kind, "id": actor.id, "name": actor.name if part is None else ""}


def _part_object(part: PersonalPart | None) -> dict[str, str] | None:
    return None if part is None else {"person": part.person, "commitment": part.commitment}
