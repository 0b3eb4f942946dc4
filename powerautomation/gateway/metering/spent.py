"""What each key used since a moment: where budgets begin to count."""

from dataclasses import dataclass

from powerautomation.gateway.metering import usage_sql
from powerautomation.gateway.metering.ledger_rows import HOUR_MS
from powerautomation.gateway.metering.repository import AsyncSession

MOST_ROWS = 100_000
# So long that the whole ledger is one bucket.
_ONE_BUCKET_HOURS = 10**7


@dataclass(frozen=True, slots=True)
class KeyUsage:
    """What one key used in one currency. ``requests`` are those that neither failed nor were refused; ``tokens`` all of
    the prompts, cached or not, and of the answers; ``spent_nanos`` every known cost."""

    api_key_id: str
    currency: str
    requests: int
    tokens: int
    spent_nanos: int


async def unsummed_by_key(session: AsyncSession, organization_id: str, from_ms: int, to_ms: int) -> list[KeyUsage]:
    """Return the known costs that ``usage_by_key`` leaves out: of requests whose attempts cannot be added up, because
    they cost money in two currencies or one has no price. Only costs are told; at most 100,000 rows."""
    rows = await usage_sql.sum_unsummed_attempts(
        session, organization_id, from_ms=from_ms, to_ms=to_ms, limit=MOST_ROWS
    )
    return [KeyUsage(row["api_key_id"], row["currency"], 0, 0, row["spent_nanos"]) for row in rows]


async def usage_by_key(session: AsyncSession, organization_id: str, from_ms: int, to_ms: int) -> list[KeyUsage]:
    """Return what the organization's keys used in a span, at most 100,000 rows. A span that begins on the hour is read
    from the hourly sums, any other from the requests themselves, which takes longer."""
    rows = await usage_sql.sum_usage(
        session,
        organization_id,
        from_ms=from_ms,
        to_ms=to_ms,
        bucket_hours=_ONE_BUCKET_HOURS,
        offset_ms=-from_ms % HOUR_MS,
        group_by="api_key",
        limit=MOST_ROWS,
    )
    return [
        KeyUsage(
            api_key_id=row["group"],
            currency=row["currency"],
            requests=row["requests"] - row["failed"] - row["refused"],
            tokens=row["input_tokens"] + row["cached_input_tokens"] + row["output_tokens"],
            spent_nanos=row["spent_nanos"],
        )
        for row in rows
    ]
