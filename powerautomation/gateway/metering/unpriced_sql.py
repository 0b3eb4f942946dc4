"""Finds models that were used and have no price. Filtered by organization, but for the doctor of the command line."""

from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from powerautomation.gateway.metering.prices import plain_model
from powerautomation.gateway.metering.repository import AsyncSession
from powerautomation.gateway.metering.tables import (
    GatewayAttemptRow,
    GatewayRequestRow,
    ImportedPriceRow,
    PriceAlarmRow,
)

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
    none is named. A model that got a price by an import after its last such request is left out."""
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
    found = [UnpricedModel(row[0], row[1], row[2], row[3]) for row in await session.execute(query)]
    imported = await _imported(session, organization_id) if found else {}
    return [one for one in found if imported.get(plain_model(one.model), 0) <= one.last_ms]


async def _imported(session: AsyncSession, organization_id: str | None) -> dict[str, int]:
    """Return when a price was imported last, by the model's plain id."""
    query = select(ImportedPriceRow.model, func.max(ImportedPriceRow.imported_ms)).group_by(ImportedPriceRow.model)
    if organization_id is not None:
        query = query.where(ImportedPriceRow.organization_id == organization_id)
    at: dict[str, int] = {}
    for model, imported_ms in await session.execute(query):
        name = plain_model(model)
        at[name] = max(at.get(name, 0), imported_ms)
    return at


async def insert_alarm(session: AsyncSession, organization_id: str, provider: str, model: str, day: str) -> bool:
    """Note that a model without a price was announced on a day; False when that is known already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    noted = await session.scalar(
        insert(PriceAlarmRow)
        .values(organization_id=organization_id, provider=provider, model=model, day=day)
        .on_conflict_do_nothing()
        .returning(PriceAlarmRow.model)
    )
    return noted is not None
