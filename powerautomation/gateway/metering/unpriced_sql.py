"""Finds models that were used and have no price. Filtered by organization, but for the doctor of the command line."""

from typing import Any

import msgspec
from sqlalchemy import func, select

from powerautomation.gateway.metering.repository import AsyncSession
from powerautomation.gateway.metering.tables import GatewayAttemptRow, GatewayRequestRow

MOST_LISTED = 200


class UnpricedModel(msgspec.Struct, frozen=True):
    """A model at a provider whose attempts have an unknown cost: how many, and when the last began (ms)."""

    provider: str
    model: str
    attempts: int
    last_ms: int


async def list_unpriced_models(
    session: AsyncSession, organization_id: str | None, since_ms: int
) -> list[UnpricedModel]:
    """Return models whose cost was unknown since a moment, the most used first, at most 200; of every organization when
    none is named."""
    requests: Any = GatewayRequestRow.__table__.c
    attempts: Any = GatewayAttemptRow.__table__.c
    count = func.count()
    query = (
        select(attempts.provider, attempts.model, count, func.max(requests.started_ms))
        .join_from(requests.id.table, attempts.request_id.table, requests.id == attempts.request_id)
        .where(
            requests.started_ms >= since_ms,
            requests.cost_nanos.is_(None),
            requests.organization_id == attempts.organization_id,
            attempts.cost_nanos.is_(None),
        )
        .group_by(attempts.provider, attempts.model)
        .order_by(count.desc(), attempts.provider, attempts.model)
        .limit(MOST_LISTED)
    )
    if organization_id is not None:
        query = query.where(requests.organization_id == organization_id)
    return [UnpricedModel(row[0], row[1], row[2], row[3]) for row in await session.execute(query)]
