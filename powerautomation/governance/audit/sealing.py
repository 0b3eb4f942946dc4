"""Sealing what is a person's data in an event under that person's key, and reading it again. Without I/O.

A sealed part is ``nonce (12 bytes) | AES-256-GCM ciphertext and tag`` over ``{"content":…,"salt":…}``, readable only as
this part of this event.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from powerautomation.governance.audit import rules
from powerautomation.governance.audit.entities import AuditEvent, Change, NewEvent, Origin, PersonalPart

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Side = Literal["actor", "target"]

# Keys by person; None for a person who was erased.
Keys = Mapping[str, "bytes | None"]
KEY_BYTES = 32
SALT_BYTES = 32
_NONCE_BYTES = 12


class _Actor(msgspec.Struct):
    actor: str
    on_behalf_of: str | None
    ip: str
    user_agent: str


class _SealedActor(msgspec.Struct):
    content: _Actor
    salt: str


class _Target(msgspec.Struct):
    name: str
    changes: list[dict[str, Any]]
    reason: str


class _SealedTarget(msgspec.Struct):
    content: _Target
    salt: str


class _Words(msgspec.Struct):
    """What of a target's part is searched: its changes are not even decoded."""

    name: str
    reason: str


class _SealedWords(msgspec.Struct):
    content: _Words


_actors = msgspec.json.Decoder(_SealedActor)
_targets = msgspec.json.Decoder(_SealedTarget)
_words = msgspec.json.Decoder(_SealedWords)


def actor_person(new: NewEvent) -> str:
    """Return whose data the actor's name and origin are; empty when they are nobody's. What a stranger did to
    somebody, such as a failed sign-in, is of the person it was done to."""
    for one in (new.actor, new.on_behalf_of):
        if one is not None and (one.person or one.kind == "user"):
            return one.person or one.id
    return target_person(new) if new.actor.kind == "unknown" else ""


def target_person(new: NewEvent) -> str:
    """Return whose data the target's name, the changes and the reason are; empty when they are nobody's."""
    return new.target.person or (new.target.id if new.target.type == "user" else "")


def sealed(new: NewEvent, keys: Keys) -> tuple[NewEvent, PersonalPart | None, PersonalPart | None]:
    """Return an event with its personal parts, sealed with the keys of the people. Of a person who has no key, being
    erased or before the installation is unlocked, nothing is written but the id."""
    actor, target = _part(new, "actor", actor_person(new), keys), _part(new, "target", target_person(new), keys)
    lost_actor = bool(actor_person(new)) and actor is None
    lost_target = bool(target_person(new)) and target is None
    return rules.without_part(new, actor=lost_actor, target=lost_target), actor, target


def opened(event: AuditEvent, ciphers: "Mapping[str, AESGCM]") -> AuditEvent:
    """Return an event as it is read with the keys of people that there are; a part without its key stays closed."""
    new, actor, target = event.event, event.actor_part, event.target_part
    if actor is not None and (plain := _plain(new.id, "actor", actor.person, actor.sealed, ciphers)) is not None:
        read = _actors.decode(plain)
        behalf = new.on_behalf_of
        new = replace(
            new,
            actor=replace(new.actor, name=read.content.actor),
            on_behalf_of=None if behalf is None else replace(behalf, name=read.content.on_behalf_of or ""),
            origin=Origin(read.content.ip, read.content.user_agent, new.origin.request_id),
        )
        actor = replace(actor, salt=read.salt)
    if target is not None and (plain := _plain(new.id, "target", target.person, target.sealed, ciphers)) is not None:
        told = _targets.decode(plain)
        changes = tuple(Change(one["field"], one["before"], one["after"]) for one in told.content.changes)
        new = replace(
            new,
            target=replace(new.target, name=told.content.name),
            changes=changes,
            reason=told.content.reason,
        )
        target = replace(target, salt=told.salt)
    return replace(event, event=new, actor_part=actor, target_part=target)


def words_of(event_id: str, side: Side, person: str | None, sealed: bytes, ciphers: "Mapping[str, AESGCM]") -> str:
    """Return the words of a sealed part in which a search looks, a line each; nothing of one that cannot be read."""
    plain = None if person is None else _plain(event_id, side, person, sealed, ciphers)
    if plain is None:
        return ""
    if side == "actor":
        read = _actors.decode(plain).content
        return f"\n{read.on_behalf_of or ''}\n{read.actor}\n{read.ip}"
    told = _words.decode(plain).content
    return f"\n{told.name}\n{told.reason}"


def ciphers_of(keys: Keys) -> "dict[str, AESGCM]":
    """Return what reads with each key that there is."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return {person: AESGCM(key) for person, key in keys.items() if key is not None}


def _part(new: NewEvent, side: Side, person: str, keys: Keys) -> PersonalPart | None:
    key = keys.get(person) if person else None
    if key is None:
        return None
    content = rules.actor_content(new) if side == "actor" else rules.target_content(new)
    salt = os.urandom(SALT_BYTES)
    plain = rules.canonical_json({"content": content, "salt": salt.hex()})
    nonce = os.urandom(_NONCE_BYTES)
    sealed_bytes = nonce + ciphers_of({person: key})[person].encrypt(nonce, plain, _place(new.id, side))
    return PersonalPart(person, rules.commitment_of(content, salt), sealed_bytes, salt.hex())


def _plain(event_id: str, side: Side, person: str, sealed: bytes, ciphers: "Mapping[str, AESGCM]") -> bytes | None:
    from cryptography.exceptions import InvalidTag

    cipher = ciphers.get(person)
    if cipher is None or not sealed:
        return None
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _place(event_id, side))
    except (InvalidTag, ValueError):
        # Changed in the database: it stays closed, and the verifier says that nobody was erased who would explain it.
        return None


def _place(event_id: str, side: Side) -> bytes:
    return f"audit_events {side} {event_id}".encode()
