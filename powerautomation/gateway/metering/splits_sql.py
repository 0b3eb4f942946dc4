"""Reads what took part in experiments, for comparing their arms. Every query is filtered by organization."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, literal_column, select

from powerautomation.gateway.metering.repository import AsyncSession, Columns
from powerautomation.gateway.metering.tables import GatewayRequestRow

_TABLE = GatewayRequestRow.__table__.c
_MS = timedelta(milliseconds=1)
_EPOCH = datetime.fromtimestamp(0, UTC)
# Not a parameter: only so does the database see that the index of requests in experiments will do.
_IN_SPLIT = _TABLE.split != literal_column("''")
_OBSERVED = ("id", "arm", "session", "outcome", "cost_nanos", "currency", "first_token_us", "duration_us")


async def count_splits(
    session: AsyncSession, organization_id: str, name: str | None = None
) -> list[tuple[str, str, int, int, int]]:
    """Return (split, arm, requests, first started_ms, last started_ms) of every split, or of the named one."""
    query = (
        select(_TABLE.split, _TABLE.arm, func.count(), func.min(_TABLE.started_ms), func.max(_TABLE.started_ms))
        .where(_TABLE.organization_id == organization_id, _IN_SPLIT)
        .group_by(_TABLE.split, _TABLE.arm)
    )
    if name is not None:
        query = query.where(_TABLE.split == name)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in await session.execute(query)]


async def list_split_requests(
    session: AsyncSession, organization_id: str, name: str, start: datetime, end: datetime, most: int
) -> list[Columns]:
    """Return the requests of a split, newest first, at most ``most``, without those of the demo model: id, arm,
    session, outcome, cost_nanos, currency, first_token_us and duration_us."""
    query = (
        select(*(_TABLE[column] for column in _OBSERVED))
        .where(
            _TABLE.organization_id == organization_id,
            _TABLE.split == name,
            _IN_SPLIT,
            _TABLE.started_ms >= (start - _EPOCH) // _MS,
            _TABLE.started_ms < (end - _EPOCH) // _MS,
            _TABLE.demo.is_(False),
        )
        .order_by(_TABLE.started_ms.desc(), _TABLE.id.desc())
        .limit(most)
    )
    return list((await session.execute(query)).mappings())
