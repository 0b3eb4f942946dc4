"""What can be done with balances: note what a provider said, list them, and hold a month against the ledger."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from itertools import groupby

import msgspec

from powerautomation.gateway.balances import repository, rules
from powerautomation.gateway.balances.entities import Amount, Balance, Change, Outcome, Threshold, Wished
from powerautomation.gateway.balances.errors import ThresholdDeclared
from powerautomation.gateway.balances.events import LOW
from powerautomation.gateway.balances.repository import AsyncSession
from powerautomation.gateway.metering import sum_billed
from powerautomation.governance import audit
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.principal import Principal

DAY_MS = 86_400_000
SPENT_DAYS = 7
KEPT_DAYS = 400
MOST_MODELS = 10_000


async def note(
    session: AsyncSession,
    organization_id: str,
    provider: str,
    outcome: Outcome,
    at_ms: int,
    *,
    declared: Wished,
    default: Threshold,
) -> None:
    """Store what a question found, and announce a balance that became low. A question that failed changes nothing but
    how the latest one went."""
    await repository.put_outcome(session, organization_id, provider, outcome, at_ms)
    await repository.forget(session, organization_id, at_ms - KEPT_DAYS * DAY_MS)
    if not outcome.code:
        await _judge(session, organization_id, provider, outcome.amounts, declared, default)


async def set_threshold(
    session: AsyncSession,
    principal: Principal,
    provider: str,
    wished: Wished,
    *,
    declared: Wished,
    default: Threshold,
) -> None:
    """Store below what an organization wants to be told of a provider's balance, and judge the one known by it.

    Raises ThresholdDeclared where the configuration says it.
    """
    if declared != Wished():
        raise ThresholdDeclared(
            f"The configuration says when the balance of “{provider}” is low.",
            action="Change low_balance and low_balance_days of the provider there.",
        )
    organization_id = principal.organization_id
    known = await repository.find_wished(session, organization_id, provider)
    await repository.put_wished(session, organization_id, provider, wished)
    audit.record(
        session,
        principal,
        "balances.set_threshold",
        audit.Target("balance_threshold", provider, provider),
        before=msgspec.to_builtins(known),
        after=msgspec.to_builtins(wished),
    )
    _, amounts = await repository.latest(session, organization_id, provider)
    if amounts:
        await _judge(session, organization_id, provider, amounts, declared, default)


async def _judge(
    session: AsyncSession,
    organization_id: str,
    provider: str,
    amounts: tuple[Amount, ...],
    declared: Wished,
    default: Threshold,
) -> None:
    stored = await repository.find_wished(session, organization_id, provider)
    threshold = rules.threshold_of(declared, stored, default)
    spent = await _spent(session, organization_id, provider)
    low = any(
        rules.is_low(one, rules.lasts_days(one, spent.get(one.currency, 0), SPENT_DAYS), threshold)
        for one in _in_use(amounts, spent)
    )
    if await repository.set_low(session, organization_id, provider, low) and low:
        told = {one.currency: str(one.available_nanos) for one in amounts}
        record_event(session, organization_id, LOW, {"provider": provider, "available_nanos": told})


async def list_balances(session: AsyncSession, organization_id: str | None) -> list[Balance]:
    """Return the latest known balance of every provider that was ever asked; of every organization when none is
    named."""
    found = []
    for question in await repository.list_questions(session, organization_id):
        owner = question.organization_id
        known_ms, amounts = await repository.latest(session, owner, question.provider)
        spent = await _spent(session, owner, question.provider) if amounts else {}
        lasting = [
            days
            for one in _in_use(amounts, spent)
            if (days := rules.lasts_days(one, spent.get(one.currency, 0), SPENT_DAYS)) is not None
        ]
        found.append(
            Balance(
                provider=question.provider,
                amounts=amounts,
                known_ms=known_ms,
                asked_ms=question.asked_ms or None,
                code=question.code,  # type: ignore[arg-type]  # a column of text that only Outcome's codes are put into
                status=question.status,
                low=question.low,
                lasts_days=min(lasting, default=None),
                wished=Wished(question.low_nanos, question.low_days),
            )
        )
    return found


async def list_changes(session: AsyncSession, organization_id: str, month: date) -> list[Change]:
    """Return how the balances moved in a month (UTC; ``month`` is its first day), against the ledger."""
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    answers = await repository.list_answers(session, organization_id, _ms(month), _ms(after))
    found = []
    for (provider, currency), group in groupby(answers, key=lambda one: (one[0], one[1])):
        told = [(at_ms, nanos) for _, _, at_ms, nanos in group]
        first_ms, last_ms = told[0][0], told[-1][0]
        fallen, raised = rules.movements([nanos for _, nanos in told])
        rows = (
            await sum_billed(session, organization_id, provider, [first_ms, last_ms], MOST_MODELS)
            if last_ms > first_ms
            else []
        )
        ledger = sum(row["cost_nanos"] for row in rows if row["currency"] == currency)
        unpriced = sum(row["unpriced"] for row in rows)
        found.append(
            Change(
                provider=provider,
                currency=currency,
                first_ms=first_ms,
                last_ms=last_ms,
                answers=len(told),
                fallen_nanos=fallen,
                raised_nanos=raised,
                ledger_nanos=ledger,
                unpriced=unpriced,
                estimated=sum(row["estimated"] for row in rows if row["currency"] == currency),
                finding=rules.finding_of(len(told), fallen, raised, ledger, unpriced),
            )
        )
    return found


def _in_use(amounts: Iterable[Amount], spent: Mapping[str, int]) -> list[Amount]:
    """Return the amounts that matter: those of currencies that were spent, or else all that are not empty, or all.

    An account that holds nothing in a second currency is not out of money."""
    listed = list(amounts)
    return (
        [one for one in listed if spent.get(one.currency)] or [one for one in listed if one.available_nanos] or listed
    )


async def _spent(session: AsyncSession, organization_id: str, provider: str) -> dict[str, int]:
    """Return what the last seven days cost at a provider, by currency."""
    until = now_ms()
    rows = await sum_billed(session, organization_id, provider, [until - SPENT_DAYS * DAY_MS, until], MOST_MODELS)
    spent: dict[str, int] = {}
    for row in rows:
        spent[row["currency"]] = spent.get(row["currency"], 0) + row["cost_nanos"]
    return spent


def _ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
