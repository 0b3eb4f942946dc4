"""Sums what the answer cache did, from the requests it had to do with. Filtered by organization."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, case, cast, func, literal_column, select

from powerautomation.gateway.metering.repository import AsyncSession, Columns
from powerautomation.gateway.metering.tables import GatewayRequestRow

MOST_SUMS = 20_000
_DAY_MS = 86_400_000
_EPOCH = datetime.fromtimestamp(0, UTC)
_MS = timedelta(milliseconds=1)


async def sum_cache(
    session: AsyncSession, organization_id: str, start: datetime, end: datetime, utc_offset_minutes: int
) -> list[Columns]:
    """Return day_ms (where the day began, ms since the epoch), route, currency, hits, semantic, misses and saved_nanos;
    oldest first, at most 20,000. Days are those of the zone so many minutes ahead of UTC; ``currency`` is empty for
    misses. An unknown cost adds nothing to what was saved."""
    table = GatewayRequestRow.__table__.c
    offset_ms = utc_offset_minutes * 60_000
    found = (
        select(
            (table.started_ms - (table.started_ms + offset_ms) % _DAY_MS).label("day_ms"),
            table.route,
            table.cache_currency.label("currency"),
            table.cache,
            table.cache_saved_nanos,
        )
        .where(
            table.organization_id == organization_id,
            # Not a parameter: only so does the database see that the index of these requests will do.
            table.cache != literal_column("''"),
            table.started_ms >= (start - _EPOCH) // _MS,
            table.started_ms < (end - _EPOCH) // _MS,
        )
        .subquery()
        .c
    )
    keys = (found.day_ms, found.route, found.currency)
    states = {"hits": "hit", "semantic": "semantic", "misses": "miss"}
    counts = [func.sum(case((found.cache == state, 1), else_=0)).label(name) for name, state in states.items()]
    saved = cast(func.coalesce(func.sum(found.cache_saved_nanos), 0), BigInteger).label("saved_nanos")
    query = select(*keys, *counts, saved).group_by(*keys).order_by(*keys).limit(MOST_SUMS)
    return list((await session.execute(query)).mappings())
