"""Periods, claims, refusals and headers: what can be said without counting."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.limits.entities import Claim, Limit, NewLimit, Used
from powerautomation.gateway.limits.errors import BudgetSpent, LimitInvalid
from powerautomation.gateway.limits.headers import limit_headers
from powerautomation.gateway.limits.rules import Plan, checked, period_of, reached_percents, refusal, used_of, wait_ms
from powerautomation.gateway.metering import ExchangeRates, Rate

RATES = ExchangeRates([Rate("USD", "CNY", Decimal(7), date(2026, 11, 1), "a bank")])
ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia")


def limit_of(measure: str = "requests", window: str = "month", amount: int = 100, **more: object) -> Limit:
    currency = "USD" if measure == "money" else ""
    known = {"subject_kind": "key", "subject_id": "key_1", "currency": currency, **more}
    return Limit(id="lim_1", organization_id="org_1", measure=measure, window=window, amount=amount, **known)  # type: ignore[arg-type]


def ms(year: int, month: int, day: int, hour: int = 0, zone: str = "UTC") -> int:
    return int(datetime(year, month, day, hour, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("window", "zone", "at", "starts", "ends"),
    [
        ("day", "UTC", ms(2026, 11, 21, 5), ms(2026, 11, 21), ms(2026, 11, 22)),
        ("week", "UTC", ms(2026, 11, 22, 23), ms(2026, 11, 16), ms(2026, 11, 23)),
        ("month", "UTC", ms(2026, 12, 31, 23), ms(2026, 12, 1), ms(2027, 1, 1)),
        # 20:00 in Greenwich is the next day in Shanghai.
        ("day", "Asia/Shanghai", ms(2026, 11, 21, 20), ms(2026, 11, 22, 0, "Asia/Shanghai"), ms(2026, 11, 22, 16)),
        # The day the clocks go back has 25 hours.
        ("day", "Europe/Berlin", ms(2026, 10, 25, 12), ms(2026, 10, 24, 22), ms(2026, 10, 25, 23)),
        (
            "month",
            "Asia/Kathmandu",
            ms(2026, 2, 10),
            ms(2026, 2, 1, 0, "Asia/Kathmandu"),
            ms(2026, 3, 1, 0, "Asia/Kathmandu"),
        ),
    ],
)
def test_periods_begin_at_the_organizations_midnight(window: str, zone: str, at: int, starts: int, ends: int) -> None:
    assert period_of(limit_of(window=window, time_zone=zone), at) == (starts, ends)


@given(
    at=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - made aware below
    zone=st.sampled_from(ZONES),
    window=st.sampled_from(["day", "week", "month"]),
)
def test_periods_cover_time_without_gap(at: datetime, zone: str, window: str) -> None:
    moment = int(at.replace(tzinfo=UTC).timestamp() * 1000)
    limit = limit_of(window=window, time_zone=zone)
    starts, ends = period_of(limit, moment)
    assert starts <= moment < ends
    assert period_of(limit, ends)[0] == ends
    assert period_of(limit, starts)[0] == starts


def test_the_counter_changes_with_the_period_and_stays_within_it() -> None:
    plan = Plan(limit_of(window="day"))
    first = plan.counter(ms(2026, 11, 21, 1))
    assert plan.counter(ms(2026, 11, 21, 23)) == first
    assert plan.counter(ms(2026, 11, 22)) != first
    rolling = Plan(limit_of(window="hour"))
    assert rolling.counter(ms(2026, 11, 21)) == rolling.counter(ms(2027, 1, 1))


def test_a_settlement_that_cannot_be_priced_keeps_the_reservation() -> None:
    money = limit_of("money", "day")
    claim = Claim("c", (70,), 100, 0.0, True, 1)
    at = ms(2026, 11, 21)

    def counted(costs: dict[str, int] | None) -> int:
        return used_of(money, claim, Used(1, 10, costs), RATES, at)

    assert counted({"USD": 30}) == 30
    assert counted(None) == 70
    assert counted({"EUR": 30}) == 70
    assert counted({"USD": 30, "CNY": 70}) == 40, "what two deployments cost, by the rate of the day"
    assert counted({}) == 0
    assert used_of(limit_of("requests"), claim, Used(0, 10, {"EUR": 30}), RATES, at) == 0


def test_a_rate_says_when_there_is_room_again() -> None:
    limit = limit_of("requests", "minute", 60)
    plan = Plan(limit)
    claim = plan.claim((1,), 0)
    assert wait_ms(limit, claim, 60.0, 0, 0) == pytest.approx(1_000)
    assert wait_ms(limit, claim, 59.5, 0, 0) == pytest.approx(500)
    assert wait_ms(limit, claim, 59.0, 0, 0) == 0


def test_the_refusal_is_of_the_limit_that_keeps_waiting_longest() -> None:
    now = ms(2026, 11, 21, 12)
    plans = [Plan(limit_of("requests", "minute", 1)), Plan(limit_of("requests", "day", 1))]
    claims = [plan.claim((1,), now) for plan in plans]
    told = refusal(plans, claims, [1.0, 1.0], now, "")
    assert isinstance(told, BudgetSpent)
    assert told.retry_after_seconds == 12 * 3600
    assert "2026-11-22T00:00:00Z" in told.message


def test_headers_tell_of_the_limit_with_least_left() -> None:
    now = ms(2026, 11, 21, 23)
    plans = [
        Plan(limit_of("requests", "minute", 60)),
        Plan(limit_of("requests", "day", 1_000)),
        Plan(limit_of("tokens", "hour", 1_000, burst=500)),
        Plan(limit_of("money", "day", 1_000)),
    ]
    claims = [plan.claim((100 if plan.limit.measure == "tokens" else 1,), now) for plan in plans]
    levels = [30.0, 995.0, 100.0, 1.0]
    assert dict(limit_headers("openai-chat", plans, claims, levels, now)) == {
        b"x-ratelimit-limit-requests": b"1000",
        b"x-ratelimit-remaining-requests": b"5",
        b"x-ratelimit-reset-requests": b"1h0m0s",
        b"x-ratelimit-limit-tokens": b"500",
        b"x-ratelimit-remaining-tokens": b"400",
        b"x-ratelimit-reset-tokens": b"6m0s",
    }
    anthropic = dict(limit_headers("anthropic-messages", plans, claims, levels, now))
    assert anthropic[b"anthropic-ratelimit-requests-remaining"] == b"5"
    assert anthropic[b"anthropic-ratelimit-requests-reset"] == b"2026-11-22T00:00:00Z"
    assert anthropic[b"anthropic-ratelimit-tokens-reset"] == b"2026-11-21T23:06:00Z"
    assert limit_headers("gemini", plans, claims, levels, now) == ()


def test_thresholds_are_of_calendar_budgets_only() -> None:
    assert reached_percents(limit_of(amount=10, warn_percents=(50, 80, 100)), 8) == [50, 80]
    assert reached_percents(limit_of(window="hour", amount=10, warn_percents=(50,)), 10) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject_kind": "organization"}, "subject_id"),
        ({"subject_id": ""}, "subject_id"),
        ({"measure": "concurrency"}, "window"),
        ({"window": ""}, "window"),
        ({"amount": -1}, "amount"),
        ({"amount": 10**16}, "amount"),
        ({"window": "hour", "amount": 0}, "amount"),
        ({"burst": 5}, "burst"),
        ({"measure": "money"}, "currency"),
        ({"currency": "USD"}, "currency"),
        ({"warn_percents": (0,)}, "warn_percents"),
        ({"subject_id": "a\nb"}, "subject_id"),
    ],
)
def test_limits_that_make_no_sense_are_refused_by_field(changes: dict[str, object], field: str) -> None:
    good = {"subject_kind": "key", "subject_id": "key_1", "measure": "requests", "window": "day", "amount": 5}
    assert checked(NewLimit(**good)).warn_percents == (80, 100)  # type: ignore[arg-type]
    with pytest.raises(LimitInvalid) as refused:
        checked(NewLimit(**{**good, **changes}))  # type: ignore[arg-type]
    assert field in refused.value.fields
