"""The ledger in the shape of a provider's bill: attempts by day and model. Bounded by its range and its limit."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.gateway.metering.ledger_rows import HOUR_MS
from powerautomation.gateway.metering.repository import Columns
from powerautomation.gateway.metering.tables import GatewayAttemptRow, GatewayRequestRow

# An attempt begins at most so long after its request: failover and long streams end far earlier.
LONGEST_REQUEST_MS = 24 * HOUR_MS


async def sum_billed(
    session: AsyncSession, organization_id: str, provider: str, midnights_ms: Sequence[int], limit: int
) -> list[Columns]:
    """Return the attempts at a provider by ``day``, ``model`` and ``currency``, at most ``limit`` rows.

    midnights_ms: ascending; ``day`` n lies from midnight n until before midnight n + 1. Left out are attempts that cost
    nothing as far as we know: no tokens, and a price of zero. ``unpriced`` counts those whose cost is not known.
    """
    requests, attempts = GatewayRequestRow.__table__.c, GatewayAttemptRow.__table__.c
    start, end = midnights_ms[0], midnights_ms[-1]
    day = case(*((attempts.started_ms < edge, place) for place, edge in enumerate(midnights_ms[1:])))
    counts = {
        "input_tokens": attempts.input_tokens,
        "cached_input_tokens": attempts.cached_input_tokens,
        "cache_write_5m_tokens": attempts.cache_write_5m_tokens,
        "cache_write_1h_tokens": attempts.cache_write_1h_tokens,
        "output_tokens": attempts.output_tokens,
    }
    sums = {
        **{name: func.sum(column) for name, column in counts.items()},
        "cost_nanos": func.sum(func.coalesce(attempts.cost_nanos, 0)),
        "attempts": func.count(),
        "unpriced": func.sum(case((attempts.cost_nanos.is_(None), 1), else_=0)),
        "estimated": func.sum(case((attempts.estimated, 1), else_=0)),
    }
    inside = (
        select(
            day.label("day"),
            attempts.model,
            attempts.currency,
            *(cast(value, BigInteger).label(name) for name, value in sums.items()),
        )
        .join(
            GatewayAttemptRow.__table__,
            and_(attempts.organization_id == requests.organization_id, attempts.request_id == requests.id),
        )
        .where(
            requests.organization_id == organization_id,
            requests.started_ms >= start - LONGEST_REQUEST_MS,
            requests.started_ms < end,
            attempts.provider == provider,
            attempts.started_ms >= start,
            attempts.started_ms < end,
            or_(attempts.cost_nanos > 0, *(column > 0 for column in counts.values())),
        )
        .group_by(day, attempts.model, attempts.currency)
        .limit(limit)
    )
    return list((await session.execute(inside)).mappings())
