"""SQL of imported prices."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, select

from powerautomation.gateway.metering.entities import Price
from powerautomation.gateway.metering.repository import AsyncSession
from powerautomation.gateway.metering.tables import ImportedPriceRow


async def write_prices(
    session: AsyncSession, organization_id: str, prices: Sequence[tuple[str, str, Price]], imported_ms: int
) -> None:
    """Store imported (vendor, model, price), each instead of the one of the same currency and day."""
    for vendor, model, price in prices:
        row = ImportedPriceRow(
            organization_id=organization_id,
            vendor=vendor,
            model=model,
            currency=price.currency,
            effective_from="" if price.effective_from is None else price.effective_from.isoformat(),
            price=msgspec.to_builtins(price),
            imported_ms=imported_ms,
        )
        await session.merge(row)


async def delete_prices(session: AsyncSession, organization_id: str) -> None:
    """Forget what the organization imported."""
    await session.execute(
        delete(ImportedPriceRow)
        .where(ImportedPriceRow.organization_id == organization_id)
        .execution_options(synchronize_session="fetch")
    )


async def list_imported_prices(session: AsyncSession, organization_id: str) -> list[tuple[str, str, Price]]:
    """Return what the organization imported, in order of import."""
    rows = await session.scalars(
        select(ImportedPriceRow)
        .where(ImportedPriceRow.organization_id == organization_id)
        .order_by(ImportedPriceRow.imported_ms, ImportedPriceRow.vendor, ImportedPriceRow.model)
    )
    return [(row.vendor, row.model, msgspec.convert(row.price, Price)) for row in rows]


async def list_imported_prices_everywhere(session: AsyncSession) -> list[tuple[str, str, str, Price]]:
    """Return (organization, vendor, model, price) of every organization: for the data plane's snapshot only."""
    rows = await session.scalars(
        select(ImportedPriceRow).order_by(ImportedPriceRow.imported_ms, ImportedPriceRow.vendor, ImportedPriceRow.model)
    )
    return [(row.organization_id, row.vendor, row.model, msgspec.convert(row.price, Price)) for row in rows]
