"""Logs and heads as the product writes them, made in memory."""

import base64
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from powerautomation.governance.audit.entities import (
    FIRST_PREVIOUS_HASH,
    Actor,
    AuditEvent,
    Change,
    NewEvent,
    Origin,
    PersonalPart,
    Target,
)
from powerautomation.governance.audit.rules import (
    actor_content,
    canonical_json,
    commitment_of,
    event_object,
    export_line,
    hash_of,
    target_content,
    without_part,
)

BEGINNING = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()


def chain_of(count: int, organization_id: str = "org_a", seed: int = 0) -> list[AuditEvent]:
    """Return a chain of ``count`` events that differ from each other."""
    luck = random.Random(seed)
    previous, events = FIRST_PREVIOUS_HASH, []
    for sequence in range(1, count + 1):
        new = NewEvent(
            id=f"aud_{luck.getrandbits(60):x}",
            organization_id=organization_id,
            occurred_at=BEGINNING + timedelta(seconds=sequence * 7),
            actor=Actor("user", f"usr_{luck.randrange(9)}", luck.choice(["Ada", "李雷", "Zoë 💡"])),
            on_behalf_of=None if luck.random() < 0.5 else Actor("user", "usr_9", "Root"),
            origin=Origin("203.0.113.7", 'Mozilla/5.0 "quoted"', f"req_{luck.getrandbits(40):x}"),
            action=luck.choice(["api_keys.create", "providers.update", "sessions.sign_in"]),
            target=Target("api_key", f"key_{luck.randrange(99)}", "laptop\n2"),
            outcome=luck.choice(["done", "refused"]),  # type: ignore[arg-type]  # both are outcomes
            changes=(Change("amount", luck.randrange(10**15), {"ﬀ": 1, "💡": [True, None], "a": "b"}),),
            reason="",
            approved_by=None,
        )
        actor, target = None, None
        if luck.random() < 0.5:
            salt = luck.randbytes(32)
            actor = PersonalPart(new.actor.id, commitment_of(actor_content(new), salt), salt=salt.hex())
        if luck.random() < 0.3:
            salt = luck.randbytes(32)
            target = PersonalPart("usr_target", commitment_of(target_content(new), salt), salt=salt.hex())
        digest = hash_of(event_object(new, sequence, previous, actor, target))
        events.append(AuditEvent(new, sequence, previous, digest, actor, target))
        previous = digest
    return events


def removal_after(last: AuditEvent, statement: str) -> AuditEvent:
    """Return the event that follows and says that older ones were removed."""
    new = replace(last.event, id="aud_removal", action="audit.remove", changes=(Change("checkpoint", None, statement),))
    sequence = last.sequence + 1
    return AuditEvent(new, sequence, last.hash, hash_of(event_object(new, sequence, last.hash)))


def closed(event: AuditEvent) -> AuditEvent:
    """Return an event as it is read when the keys of its people were shredded."""
    parts = {
        side: None if part is None else replace(part, salt="")
        for side, part in (("actor_part", event.actor_part), ("target_part", event.target_part))
    }
    new = without_part(event.event, actor=event.actor_part is not None, target=event.target_part is not None)
    return replace(event, event=new, **parts)


def erasure_after(last: AuditEvent, person: str) -> AuditEvent:
    """Return the event that follows and says that a person was erased."""
    new = replace(
        last.event, id=f"aud_{person}", action="personal_data.erase", target=Target("erasure", person), changes=()
    )
    sequence = last.sequence + 1
    return AuditEvent(new, sequence, last.hash, hash_of(event_object(new, sequence, last.hash)))


def replace_place(event: AuditEvent, last: AuditEvent) -> AuditEvent:
    """Return an event with a target's part as the one that follows another."""
    salt = b"s" * 32
    target = PersonalPart("usr_target", commitment_of(target_content(event.event), salt), salt=salt.hex())
    sequence = last.sequence + 1
    digest = hash_of(event_object(event.event, sequence, last.hash, None, target))
    return AuditEvent(event.event, sequence, last.hash, digest, None, target)


def lines_of(events: list[AuditEvent]) -> list[bytes]:
    """Return the lines of an export."""
    return [export_line(one) for one in events]


def head_of(event: AuditEvent, key: Ed25519PrivateKey = KEY) -> bytes:
    """Return a signed head that vouches for an event."""
    content = canonical_json(
        {
            "organization_id": event.event.organization_id,
            "sequence": event.sequence,
            "hash": event.hash,
            "signed_at": "2026-11-21T10:00:00.000Z",
            "key_id": "test",
        }
    )
    signature = base64.b64encode(key.sign(b"powerautomation audit head\n" + content))
    return b'{"head":' + content + b',"signature":"' + signature + b'"}\n'
