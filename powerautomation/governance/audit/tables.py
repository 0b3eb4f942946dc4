"""The chain of events of each organization, and its end. Events are only ever added: the database refuses the rest."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.governance.encryption import SealedColumn
from powerautomation.infrastructure.database import Base, personal, whose

_PURPOSE, _KEPT = "who did what", "with the audit log"
# A person's own are never in the plain columns.
_PLAIN = "of the server, of commands and of strangers only: a person's is sealed"
SEALED_KEY = SealedColumn("person_keys", "sealed_key", ("user_id",))


class AuditEventRow(Base):
    """One event. No foreign keys: what it speaks of may be gone. On PostgreSQL each month has a table of its own.

    What is the data of a person (``actor_person``: the actor's name and origin; ``target_person``: the target's name,
    the changes and the reason) is in ``actor_sealed`` and ``target_sealed`` under that person's key, the plain columns
    are empty, and the chain holds ``…_commitment`` in its place."""

    __tablename__ = "audit_events"
    # Each ends as the list is sorted: without the number at its end SQLite takes the first, and looks at every event.
    __table_args__ = (
        Index(None, "organization_id", "occurred_at", "sequence"),
        Index(None, "organization_id", "actor_id", "occurred_at", "sequence"),
        Index(None, "organization_id", "action", "occurred_at", "sequence"),
        Index(None, "organization_id", "target_id", "occurred_at", "sequence"),
        Index(None, "organization_id", "outcome", "occurred_at", "sequence"),
        # The primary key is one of SQLite only: that of a divided table would have to hold what divides it. There is a
        # plain index in its place on PostgreSQL, which the revision makes.
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )

    organization_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(64))
    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str] = mapped_column(
        String(64), info=whose("shred", "the log stays whole; what was the person's in it cannot be read any more")
    )
    actor_name: Mapped[str] = mapped_column(String(200), info=personal("name", _PURPOSE, _KEPT, "keep", _PLAIN))
    behalf_kind: Mapped[str | None] = mapped_column(String(16))
    behalf_id: Mapped[str | None] = mapped_column(String(64))
    behalf_name: Mapped[str | None] = mapped_column(String(200), info=personal("name", _PURPOSE, _KEPT, "keep", _PLAIN))
    ip: Mapped[str] = mapped_column(String(64), info=personal("device", _PURPOSE, _KEPT, "keep", _PLAIN))
    user_agent: Mapped[str] = mapped_column(String(300), info=personal("device", _PURPOSE, _KEPT, "keep", _PLAIN))
    request_id: Mapped[str] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(100))
    target_type: Mapped[str] = mapped_column(String(64))
    target_id: Mapped[str] = mapped_column(String(200))
    target_name: Mapped[str] = mapped_column(String(300), info=personal("name", _PURPOSE, _KEPT, "keep", _PLAIN))
    outcome: Mapped[str] = mapped_column(String(16))
    changes: Mapped[list[dict[str, Any]]] = mapped_column(info=personal("text", _PURPOSE, _KEPT, "keep", _PLAIN))
    reason: Mapped[str] = mapped_column(Text, info=personal("text", _PURPOSE, _KEPT, "keep", _PLAIN))
    approved_by: Mapped[str | None] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    actor_person: Mapped[str | None] = mapped_column(String(64))
    actor_commitment: Mapped[str | None] = mapped_column(String(64))
    actor_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=personal("name", "who did what, from where", _KEPT, "shred")
    )
    target_person: Mapped[str | None] = mapped_column(String(64))
    target_commitment: Mapped[str | None] = mapped_column(String(64))
    target_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=personal("text", "what was done to whom", _KEPT, "shred")
    )


class PersonKeyRow(Base):
    """The key under which a person's parts of audit events are sealed, itself sealed by the secret box. Erasing the
    person empties ``sealed_key``, for ever: a person of this id never gets another."""

    __tablename__ = "person_keys"

    organization_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        String(64),
        primary_key=True,
        info=whose("keep", "an id that leads to nobody any more, so that no new key is ever made for it"),
    )
    sealed_key: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=SEALED_KEY.info | personal("secret", "reading the person's parts of events", _KEPT, "shred")
    )
    created_at: Mapped[datetime]
    shredded_at: Mapped[datetime | None]


class AuditHeadRow(Base):
    """The end of one organization's chain. Who adds an event holds this row until the commit. Events up to number
    ``removed_until`` were let go; the database refuses to remove others."""

    __tablename__ = "audit_heads"

    organization_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    removed_until: Mapped[int] = mapped_column(default=0)
