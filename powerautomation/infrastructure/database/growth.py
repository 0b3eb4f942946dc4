"""What grew in a unit of work: of which organization, and in which table.

Whoever bounds what organizations may keep tells every session which tables count (``COUNTED``) and what is to be done
before the commit of a unit of work in which one of them grew (``GROWTH_CHECKS``): in one place, whichever domain wrote.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session

# Keys of ``AsyncSession.info``, see ``Database.tell_sessions``.
COUNTED = "counted tables"
GROWTH_CHECKS = "growth checks"
_GREW = "grew"

# Organization, table.
Growth = tuple[str, str]
GrowthCheck = Callable[[AsyncSession, frozenset[Growth]], Awaitable[None]]

# A row that has one of these again counts no more; one that has lost it counts again.
ENDED = ("deleted_at", "revoked_at", "archived_at")


class CountedSession(Session):
    """A session that notes which counted tables grew, whether by objects or by statements."""


def note_growth(session: AsyncSession, organization_id: str, table: str) -> None:
    """Say that a table grew where nobody can see it: a row was brought back, or became larger, by a statement."""
    session.sync_session.info.setdefault(_GREW, set()).add((organization_id, table))


def growth_of(session: AsyncSession) -> frozenset[Growth]:
    """Return what grew up to now; what was not yet written is not among it."""
    return frozenset(session.sync_session.info.get(_GREW, ()))


@event.listens_for(CountedSession, "after_flush")
def _note_objects(session: Session, _context: object) -> None:
    counted = session.info.get(COUNTED, frozenset())
    if not counted:
        return
    grew = session.info.setdefault(_GREW, set())
    for row in session.new:
        if row.__tablename__ in counted:
            grew.add((row.organization_id, row.__tablename__))
    for row in session.dirty:
        if row.__tablename__ in counted and _came_back(row):
            grew.add((row.organization_id, row.__tablename__))


@event.listens_for(CountedSession, "do_orm_execute")
def _note_statements(state: ORMExecuteState) -> None:
    if not state.is_insert:
        return
    statement: Any = state.statement
    table = statement.table.name
    session = state.session
    if table in session.info.get(COUNTED, frozenset()):
        grew = session.info.setdefault(_GREW, set())
        grew.update((organization_id, table) for organization_id in _organizations(state, statement))


def _organizations(state: ORMExecuteState, statement: Any) -> Iterator[str]:
    given: Any = state.parameters
    rows = given if isinstance(given, list) else [given] if given else []
    named = [row["organization_id"] for row in rows if "organization_id" in row]
    if not named:
        # In the statement itself, then: once, or once a row (``organization_id_m0``, …).
        values = statement.compile(dialect=state.session.get_bind().dialect).params
        named = [
            value for name, value in values.items() if name == "organization_id" or name.startswith("organization_id_m")
        ]
    if not named:
        raise RuntimeError(f"rows were written to {statement.table.name} without saying whose they are")
    yield from named


def _came_back(row: Any) -> bool:
    state = inspect(row)
    # The flush is over and its marks are not: what was there before is still known.
    return any(
        getattr(row, name) is None and any(before is not None for before in state.attrs[name].history.deleted or ())
        for name in ENDED
        if name in state.mapper.column_attrs
    )
