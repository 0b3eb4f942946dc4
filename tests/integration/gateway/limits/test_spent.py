"""What a budget begins with: the ledger's costs in the budget's currency, on each storage column."""

from datetime import UTC, date, datetime
from decimal import Decimal

from powerautomation.gateway.limits import Limit, spent_since
from powerautomation.gateway.metering import ExchangeRates, Rate, RequestRecord, sum_costs
from powerautomation.gateway.metering.repository import insert_prepared, prepare_records
from powerautomation.infrastructure.database import Database
from tests.unit.gateway.metering.records import attempt_of, record_of

RATES = ExchangeRates(
    [
        Rate("USD", "CNY", Decimal(4), date(2024, 1, 1), "a bank"),
        Rate("USD", "CNY", Decimal(5), date(2024, 11, 10), "a bank"),
    ]
)


def ms(day: int, hour: int = 12) -> int:
    return int(datetime(2024, 11, day, hour, tzinfo=UTC).timestamp() * 1000)


def spending(request_id: str, day: int, *costs: tuple[int | None, str], key: str = "key_1") -> RequestRecord:
    """A request of that day whose attempts cost so much."""
    attempts = [attempt_of(cost_nanos=cost, currency=currency) for cost, currency in costs]
    cost, currency = sum_costs(attempts)
    return record_of(
        request_id, started_ms=ms(day), api_key_id=key, attempts=attempts, cost_nanos=cost, currency=currency
    )


def budget(currency: str, zone: str = "UTC", key: str = "key_1") -> Limit:
    return Limit("lim_1", "org_1", "key", key, "money", "month", 10**9, currency=currency, time_zone=zone)


async def test_other_currencies_count_by_the_rate_of_their_day_and_mixed_requests_by_their_attempts(
    db: Database,
) -> None:
    records = [
        spending("req_1", 3, (100, "USD")),
        spending("req_2", 3, (400, "CNY")),
        spending("req_3", 12, (500, "CNY")),
        spending("req_4", 12, (7, "USD"), (50, "CNY")),
        spending("req_5", 12, (30, "USD"), (None, "USD")),
        spending("req_6", 12, (1_000, "EUR")),
        spending("req_7", 12, (9_000, "USD"), key="key_2"),
    ]
    async with db.unit_of_work() as session:
        await insert_prepared(session, [prepare_records(records)])
    async with db.read() as session:
        # 100 + 400/4 + 500/5 + (7 + 50/5) + 30; nothing let the euros through under this budget.
        assert await spent_since(session, budget("USD"), ms(1, 0), RATES) == 347
        assert await spent_since(session, budget("CNY"), ms(1, 0), RATES) == 400 + 400 + 500 + 35 + 50 + 150
        assert await spent_since(session, budget("USD"), ms(11, 0), RATES) == 147
        # A month that does not begin on the hour is read from the requests themselves.
        assert await spent_since(session, budget("USD"), ms(1, 0) + 1_800_000, RATES) == 347
