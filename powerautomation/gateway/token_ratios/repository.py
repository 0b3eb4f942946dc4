"""All SQL about learned ratios. They are read and written for the data plane, of all organizations at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.token_ratios.entities import LearnedRatio
from powerautomation.gateway.token_ratios.tables import TokenRatioRow as Row


async def put_rows(session: AsyncSession, ratios: Sequence[LearnedRatio], updated_ms: int) -> None:
    """Keep ratios in the place of those that were learned from no more samples. Deployments must differ."""
    # In one order, so that replicas that write the same rows wait for each other and never for ever.
    rows = [{**ratio._asdict(), "updated_ms": updated_ms} for ratio in sorted(ratios)]
    statement: Any = sqlite.insert(Row) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(Row)
    new = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "deployment"],
            set_={name: new[name] for name in ("value", "samples", "updated_ms")},
            where=new.samples >= Row.samples,
        ),
        rows,
    )


async def list_changed(session: AsyncSession, since_ms: int, most: int) -> list[LearnedRatio]:
    """Return at most ``most`` ratios that were written at ``since_ms`` or later, newest first."""
    query = (
        select(Row.organization_id, Row.deployment, Row.value, Row.samples)
        .where(Row.updated_ms >= since_ms)
        .order_by(Row.updated_ms.desc())
        .limit(most)
    )
    return [LearnedRatio(*row) for row in await session.execute(query)]


async def delete_before(session: AsyncSession, updated_ms: int) -> None:
    """Forget ratios that nobody has confirmed since."""
    await session.execute(delete(Row).where(Row.updated_ms < updated_ms))
