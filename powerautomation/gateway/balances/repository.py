"""All SQL of balances. Every query is filtered by organization."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.balances.entities import Amount, Outcome, Wished
from powerautomation.gateway.balances.tables import BalanceQuestionRow as Question
from powerautomation.gateway.balances.tables import BalanceRow as Row

MOST_ANSWERS = 20_000


def _insert(session: AsyncSession, table: Any) -> Any:
    return (sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert)(table)


async def claim(session: AsyncSession, organization_id: str, provider: str, at_ms: int, not_since_ms: int) -> bool:
    """Take on a question; False when somebody asked it since a moment. Of several replicas one gets it."""
    first = _insert(session, Question).values(
        organization_id=organization_id, provider=provider, asked_ms=at_ms, code="unasked", status=0, low=False
    )
    if await session.scalar(first.on_conflict_do_nothing().returning(Question.provider)) is not None:
        return True
    taken = await session.scalar(
        update(Question)
        .where(
            Question.organization_id == organization_id,
            Question.provider == provider,
            Question.asked_ms <= not_since_ms,
        )
        .values(asked_ms=at_ms)
        .returning(Question.provider)
    )
    return taken is not None


async def put_outcome(session: AsyncSession, organization_id: str, provider: str, outcome: Outcome, at_ms: int) -> None:
    """Store how a question went, and the amounts it found."""
    for amount in outcome.amounts:
        values = {
            "organization_id": organization_id,
            "provider": provider,
            "currency": amount.currency,
            "told_ms": at_ms,
            "available_nanos": amount.available_nanos,
        }
        await session.execute(_insert(session, Row).values(values).on_conflict_do_nothing())
    await session.execute(
        update(Question)
        .where(Question.organization_id == organization_id, Question.provider == provider)
        .values(code=outcome.code, status=outcome.status)
    )


async def set_low(session: AsyncSession, organization_id: str, provider: str, low: bool) -> bool:
    """Note whether a balance is low; say whether that is news."""
    changed = await session.scalar(
        update(Question)
        .where(Question.organization_id == organization_id, Question.provider == provider, Question.low.is_not(low))
        .values(low=low)
        .returning(Question.provider)
    )
    return changed is not None


async def put_wished(session: AsyncSession, organization_id: str, provider: str, wished: Wished) -> None:
    """Store the threshold an organization wants for a provider, which may not have been asked yet."""
    values = {"low_nanos": wished.nanos, "low_days": wished.days}
    first = _insert(session, Question).values(
        organization_id=organization_id, provider=provider, asked_ms=0, code="unasked", status=0, low=False, **values
    )
    await session.execute(first.on_conflict_do_update(index_elements=["organization_id", "provider"], set_=values))


async def find_wished(session: AsyncSession, organization_id: str, provider: str) -> Wished:
    """Return the threshold an organization set for a provider; nothing in it when it set none."""
    found = await session.execute(
        select(Question.low_nanos, Question.low_days).where(
            Question.organization_id == organization_id, Question.provider == provider
        )
    )
    row = found.first()
    return Wished() if row is None else Wished(row[0], row[1])


async def list_questions(session: AsyncSession, organization_id: str | None) -> Sequence[Question]:
    """Return the latest question to each provider, of every organization when none is named."""
    query = select(Question).order_by(Question.organization_id, Question.provider)
    if organization_id is not None:
        query = query.where(Question.organization_id == organization_id)
    return (await session.scalars(query)).all()


async def latest(session: AsyncSession, organization_id: str, provider: str) -> tuple[int | None, tuple[Amount, ...]]:
    """Return when amounts were told last, and those amounts."""
    told_ms = await session.scalar(
        select(func.max(Row.told_ms)).where(Row.organization_id == organization_id, Row.provider == provider)
    )
    if told_ms is None:
        return None, ()
    rows = await session.execute(
        select(Row.currency, Row.available_nanos)
        .where(Row.organization_id == organization_id, Row.provider == provider, Row.told_ms == told_ms)
        .order_by(Row.currency)
    )
    return told_ms, tuple(Amount(currency, nanos) for currency, nanos in rows)


async def list_answers(
    session: AsyncSession, organization_id: str, from_ms: int, to_ms: int
) -> list[tuple[str, str, int, int]]:
    """Return (provider, currency, when in ms, nanos) of a time in order, at most 20,000."""
    rows = await session.execute(
        select(Row.provider, Row.currency, Row.told_ms, Row.available_nanos)
        .where(Row.organization_id == organization_id, Row.told_ms >= from_ms, Row.told_ms < to_ms)
        .order_by(Row.provider, Row.currency, Row.told_ms)
        .limit(MOST_ANSWERS)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def forget(session: AsyncSession, organization_id: str, before_ms: int) -> None:
    """Delete answers from before a moment."""
    await session.execute(delete(Row).where(Row.organization_id == organization_id, Row.told_ms < before_ms))
