"""SQL of the keys under which people's parts of events are sealed: made at the first event, emptied by an erasure."""

import secrets
from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.governance.audit.sealing import KEY_BYTES
from powerautomation.governance.audit.tables import SEALED_KEY, PersonKeyRow
from powerautomation.governance.encryption import SecretBox, find_box
from powerautomation.kernel.clock import now

_MOST_NAMED = 500


async def load_keys(session: AsyncSession, organization_id: str, people: Collection[str]) -> dict[str, bytes | None]:
    """Return the keys of these people; None for one who was erased. Who has none yet is left out, and everybody while
    nothing is unlocked."""
    box = find_box(session)
    if box is None:
        return {}
    found: dict[str, bytes | None] = {}
    wanted = sorted(people)
    for begin in range(0, len(wanted), _MOST_NAMED):
        some = wanted[begin : begin + _MOST_NAMED]
        rows = await session.execute(
            select(PersonKeyRow.user_id, PersonKeyRow.sealed_key).where(
                PersonKeyRow.organization_id == organization_id, PersonKeyRow.user_id.in_(some)
            )
        )
        for user_id, sealed in rows:
            found[user_id] = None if sealed is None else _open(box, organization_id, user_id, bytes(sealed))
    return found


async def hold_keys(session: AsyncSession, organization_id: str, people: Collection[str]) -> dict[str, bytes | None]:
    """Return the keys of these people, made where they are missing. Call it while the end of the chain is held: nobody
    else makes or shreds keys of the organization meanwhile."""
    box = find_box(session)
    if box is None or not people:
        return {}
    found = await load_keys(session, organization_id, people)
    for user_id in sorted(set(people) - set(found)):
        key = secrets.token_bytes(KEY_BYTES)
        sealed = box.encrypt(key, SEALED_KEY.place(organization_id, user_id))
        session.add(
            PersonKeyRow(
                organization_id=organization_id, user_id=user_id, sealed_key=sealed, created_at=now(), shredded_at=None
            )
        )
        found[user_id] = key
    await session.flush()
    return found


async def shred_key(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Empty a person's key for ever, also of one who never had any. Call it while the end of the chain is held."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    moment = now()
    await session.execute(
        insert(PersonKeyRow)
        .values(
            organization_id=organization_id, user_id=user_id, sealed_key=None, created_at=moment, shredded_at=moment
        )
        .on_conflict_do_nothing(index_elements=["organization_id", "user_id"])
    )
    await session.execute(
        update(PersonKeyRow)
        .where(
            PersonKeyRow.organization_id == organization_id,
            PersonKeyRow.user_id == user_id,
            PersonKeyRow.shredded_at.is_(None),
        )
        .values(sealed_key=None, shredded_at=moment)
        .execution_options(synchronize_session=False)
    )


def _open(box: SecretBox, organization_id: str, user_id: str, sealed: bytes) -> bytes:
    return box.decrypt(sealed, SEALED_KEY.place(organization_id, user_id))
