"""What can be done with bills: compare one with the ledger, and look at what was compared."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import IO, Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from powerautomation.gateway.metering import plain_model, sum_billed
from powerautomation.gateway.reconciliation import repository, rules
from powerautomation.gateway.reconciliation.bills import MOST_LINES, read_bill
from powerautomation.gateway.reconciliation.entities import BillLine, Comparison, LedgerLine, Reconciliation, Tokens
from powerautomation.gateway.reconciliation.errors import BillInvalid, BillTooLarge, ReconciliationNotFound
from powerautomation.gateway.reconciliation.events import RECONCILED
from powerautomation.gateway.reconciliation.repository import AsyncSession
from powerautomation.governance import audit
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal

MOST_LISTED = 1_000


class ExchangeRate(NamedTuple):
    """One unit of ``base`` is ``rate`` units of ``quote`` from the day ``on`` until a later rate begins."""

    base: str
    quote: str
    rate: Decimal
    on: date
    source: str


class Asked(NamedTuple):
    """Which bill is compared: ``month`` as 2026-10, on the clocks of ``time_zone``, an IANA name; of a bill of several
    accounts the lines of one."""

    provider: str
    month: str
    time_zone: str = "UTC"
    file_name: str = ""
    dry_run: bool = False
    account: str = ""


async def reconcile(
    database: Database,
    principal: Principal,
    asked: Asked,
    file: IO[bytes],
    rates: Sequence[ExchangeRate] = (),
) -> Reconciliation:
    """Compare a bill with the ledger, and keep the result unless it is a dry run.

    The file is read outside of any unit of work. Raises BillInvalid, BillTooLarge; nothing is stored then.
    """
    first, after, midnights = _days(asked)
    form, bill = await asyncio.to_thread(read_bill, file, asked.provider, asked.account)
    inside = [line for line in bill if first <= line.day < after]
    if not inside:
        raise BillInvalid(
            f"The bill has no day of {asked.month}; it covers {bill[0].day} to {bill[-1].day}.",
            action="Choose the bill's month.",
        )
    async with database.read() as session:
        ledger = await _ledger(session, principal.organization_id, asked.provider, first, midnights)
    comparison = await asyncio.to_thread(_compared, inside, ledger, rates)
    moment = now()
    done = Reconciliation(
        provider=asked.provider,
        month=asked.month,
        time_zone=asked.time_zone,
        format=form,
        file_name=asked.file_name[:200],
        created_at=moment.isoformat(),
        created_by=principal.id,
        tolerance_ppm=rules.TOLERANCE_PPM,
        comparison=comparison,
    )
    if not asked.dry_run:
        async with database.unit_of_work() as session:
            await repository.put(session, principal.organization_id, done, moment, summary_of(done))
            said = {"provider": done.provider, "month": done.month, "status": comparison.status}
            record_event(session, principal.organization_id, RECONCILED, said)
            target = audit.Target("reconciliation", f"{done.provider}/{done.month}", done.file_name)
            audit.record(session, principal, "reconciliations.create", target, after={**said, "format": form})
    return done


async def get_reconciliation(session: AsyncSession, organization_id: str, provider: str, month: str) -> Reconciliation:
    """Return the latest comparison of a provider's month. Raises ReconciliationNotFound."""
    found = await repository.find(session, organization_id, provider, month)
    if found is None:
        raise ReconciliationNotFound(
            "No bill of this provider and month was compared.", action="Upload the provider's bill of the month."
        )
    return found


async def list_reconciliations(session: AsyncSession, organization_id: str) -> list[dict[str, Any]]:
    """Return the latest comparison of every provider and month without its lines, newest month first, at most 1,000."""
    return await repository.list_summaries(session, organization_id, MOST_LISTED)


def summary_of(one: Reconciliation) -> dict[str, Any]:
    """Return a comparison without its lines, and how many of them do not agree."""
    built = msgspec.to_builtins(one)
    comparison = built.pop("comparison")
    lines = comparison.pop("lines")
    differing = sum(line["finding"] not in ("agrees", "midnight", "credit") for line in lines)
    return {**built, **comparison, "lines_count": len(lines), "differing_count": differing}


def _days(asked: Asked) -> tuple[date, date, list[int]]:
    try:
        first, after = rules.month_of(asked.month)
    except ValueError:
        raise BillInvalid(f"“{asked.month[:20]}” is not a month.", action="Write it as 2026-10.") from None
    try:
        zone = ZoneInfo(asked.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BillInvalid(
            f"There is no time zone “{asked.time_zone[:60]}”.",
            action="Name it as in Europe/Berlin, Asia/Shanghai or UTC.",
        ) from None
    days = [first + timedelta(days=number) for number in range((after - first).days + 1)]
    return first, after, [int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000) for day in days]


async def _ledger(
    session: AsyncSession, organization_id: str, provider: str, first: date, midnights: Sequence[int]
) -> list[LedgerLine]:
    rows = await sum_billed(session, organization_id, provider, midnights, MOST_LINES + 1)
    if len(rows) > MOST_LINES:
        raise BillTooLarge(f"The ledger has more than {MOST_LINES:,} days and models of this provider in the month.")
    return [
        LedgerLine(
            first + timedelta(days=row["day"]),
            row["model"],
            Tokens(
                row["input_tokens"],
                row["cached_input_tokens"],
                row["cache_write_5m_tokens"],
                row["cache_write_1h_tokens"],
                row["output_tokens"],
            ),
            row["cost_nanos"],
            row["currency"],
            row["attempts"],
            row["unpriced"],
            row["estimated"],
        )
        for row in rows
    ]


def _compared(bill: Sequence[BillLine], ledger: Sequence[LedgerLine], rates: Sequence[ExchangeRate]) -> Comparison:
    return rules.compare(bill, ledger, same_model=_same_model(bill, ledger), find_rate=_rate_finder(rates))


def _same_model(bill: Sequence[BillLine], ledger: Sequence[LedgerLine]) -> Callable[[str], str]:
    """Return how to call a model so that both sides mean the same: its name where both use it, or its plain name.

    A bill's dated id meets our plain one; two dated ids that both sides tell apart stay apart.
    """
    shared = {line.model for line in bill} & {line.model for line in ledger}
    return lambda model: model if model in shared else plain_model(model)


def _rate_finder(rates: Sequence[ExchangeRate]) -> rules.FindRate:
    def find(base: str, quote: str, on: date) -> rules.Rate | None:
        fitting = [one for one in rates if {one.base, one.quote} == {base, quote} and one.on <= on]
        if not fitting:
            return None
        newest = max(fitting, key=lambda one: one.on)
        factor = Fraction(newest.rate) if newest.base == base else 1 / Fraction(newest.rate)
        said = f"1 {newest.base} = {newest.rate} {newest.quote} ({newest.on.isoformat()}, {newest.source})"
        return rules.Rate(factor, said)

    return find
