"""The usage explorer's SQL: sums over attempts, and the prompt caches that were left behind. Bounded by its range."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, and_, case, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession
from sqlalchemy.sql.selectable import Subquery

from powerautomation.gateway.metering.ledger_rows import HOUR_MS
from powerautomation.gateway.metering.repository import Columns
from powerautomation.gateway.metering.tables import GatewayAttemptRow, GatewayRequestRow

DAY_MS = 24 * HOUR_MS
# How long a prompt cache is taken to live: Anthropic's shorter lifetime, so that the loss is rather said too low.
CACHE_LIVES_MS = 300_000
# Keeps the sum of a hostile upstream's counts inside 64 bits; no context window is nearly as long.
MOST_PROMPT_TOKENS = 10_000_000
MILLION = 1_000_000
SUMS = (
    "requests", "failed", "refused", "cancelled", "attempts", "estimated_attempts", "unpriced_attempts",
    "unpriced_requests", "input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens",
    "reasoning_tokens", "spent_nanos", "compared_nanos", "baseline_nanos", "cache_breaks", "cache_lost_tokens",
    "cache_lost_nanos", "good_ratings", "bad_ratings",
)  # fmt: skip
# Given an organization, the number of good and bad ratings by request: columns request_id, good and bad.
RatingCounts = Callable[[str], Subquery]

_requests = GatewayRequestRow.__table__.c
_attempts = GatewayAttemptRow.__table__.c
DIMENSIONS: Mapping[str, ColumnElement[str]] = {
    "model": _requests.requested_model,
    "served_model": _attempts.model,
    "provider": _attempts.provider,
    "deployment": _attempts.deployment,
    "person": _requests.person,
    "project": _requests.project,
    "api_key": _requests.api_key_id,
    "tag": _requests.tags,
    "session": _requests.session,
    "task": _requests.task,
}


async def sum_attempts(
    session: AsyncSession,
    organization_id: str,
    *,
    from_ms: int,
    to_ms: int,
    bucket: str,
    offsets: Sequence[tuple[int, int]],
    rate_days_ms: Sequence[int],
    pairs: Sequence[tuple[str, str]],
    group_by: str,
    filters: Mapping[str, str],
    ratings: RatingCounts,
    limit: int,
) -> list[Columns]:
    """Return sums by bucket, group, currency, the baseline's currency and the number of the rate period.

    offsets: (from when in ms, the zone's offset in ms), oldest first, the first one for all before it. rate_days_ms:
    when exchange rates change, oldest first. pairs: (cost currency, baseline currency) that can be compared by a rate.
    A tag's group is the JSON list of all tags of the key. ``bucket_ms`` of a day is its midnight on the zone's clocks,
    counted as if they showed UTC.
    """
    breaks = _cache_breaks(organization_id, from_ms, to_ms)
    rated = ratings(organization_id)
    is_last = or_(_attempts.number.is_(None), _attempts.number == _requests.attempts_count - 1)
    currency = func.coalesce(_attempts.currency, _requests.currency)
    same = _requests.currency == _requests.baseline_currency
    comparable = or_(
        same, *(and_(_requests.currency == cost, _requests.baseline_currency == base) for cost, base in pairs)
    )
    compared = and_(
        is_last,
        _requests.demo.is_(False),
        _requests.cost_nanos.is_not(None),
        _requests.baseline_nanos.is_not(None),
        _requests.currency == currency,
        comparable,
    )
    answered_uncompared = and_(
        is_last,
        _requests.demo.is_(False),
        or_(_requests.cost_nanos.is_(None), and_(_requests.outcome == "completed", case((compared, 0), else_=1) == 1)),
    )
    lost = case((is_last, breaks.c.lost_tokens), else_=None)
    values: dict[str, ColumnElement[Any]] = {
        "requests": case((is_last, 1 + _requests.repeats), else_=0),
        "failed": case((and_(is_last, _requests.outcome == "failed"), 1 + _requests.repeats), else_=0),
        "refused": case((and_(is_last, _requests.outcome == "refused"), 1 + _requests.repeats), else_=0),
        "cancelled": _one_if(and_(is_last, _requests.outcome == "cancelled")),
        "attempts": _one_if(_attempts.number.is_not(None)),
        "estimated_attempts": _one_if(_attempts.estimated),
        "unpriced_attempts": _one_if(and_(_attempts.number.is_not(None), _attempts.cost_nanos.is_(None))),
        "unpriced_requests": _one_if(answered_uncompared),
        "input_tokens": _attempts.input_tokens,
        "cached_input_tokens": _attempts.cached_input_tokens,
        "cache_write_tokens": _attempts.cache_write_5m_tokens + _attempts.cache_write_1h_tokens,
        "output_tokens": _attempts.output_tokens,
        "reasoning_tokens": _attempts.reasoning_tokens,
        "spent_nanos": _attempts.cost_nanos,
        "compared_nanos": case((compared, _requests.cost_nanos), else_=0),
        "baseline_nanos": case((compared, _requests.baseline_nanos), else_=0),
        "cache_breaks": _one_if(lost > 0),
        "cache_lost_tokens": lost,
        "cache_lost_nanos": lost * func.coalesce(_requests.cache_discount_nanos, 0) // MILLION,
        "good_ratings": case((is_last, rated.c.good), else_=0),
        "bad_ratings": case((is_last, rated.c.bad), else_=0),
    }
    group = DIMENSIONS.get(group_by, literal("", String))
    per_attempt = (
        select(
            _bucket(bucket, offsets).label("bucket_ms"),
            func.coalesce(group, "").label("group"),
            currency.label("currency"),
            case((compared, _requests.baseline_currency), else_="").label("baseline_currency"),
            _period(rate_days_ms).label("rate_period"),
            *(cast(func.coalesce(value, 0), BigInteger).label(name) for name, value in values.items()),
        )
        .select_from(GatewayRequestRow.__table__)
        .join(
            GatewayAttemptRow.__table__,
            and_(_attempts.request_id == _requests.id, _attempts.organization_id == organization_id),
            isouter=True,
        )
        .join(breaks, breaks.c.id == _requests.id, isouter=True)
        .join(rated, rated.c.request_id == _requests.id, isouter=True)
        .where(_requests.organization_id == organization_id)
        .where(_requests.started_ms >= from_ms, _requests.started_ms < to_ms)
        .where(*(_has(name, value) for name, value in filters.items()))
        .subquery()
        .c
    )
    keys = [per_attempt[name] for name in ("bucket_ms", "group", "currency", "baseline_currency", "rate_period")]
    sums = [cast(func.sum(per_attempt[name]), BigInteger).label(name) for name in SUMS]
    query = select(*keys, *sums).group_by(*keys).order_by(*keys).limit(limit)
    return list((await session.execute(query)).mappings())


def _cache_breaks(organization_id: str, from_ms: int, to_ms: int) -> Subquery:
    """Return, for each answered request whose session was served by another deployment shortly before, the tokens
    that were the start of both prompts as far as one can know, and did not come from a cache."""
    prompt = _requests.input_tokens + _requests.cached_input_tokens + _requests.cache_write_tokens
    # A client's session may use several models in turn, for example a small one for titles: each keeps its own cache.
    window: dict[str, Any] = {
        "partition_by": (_requests.session, _requests.requested_model),
        "order_by": (_requests.started_ms, _requests.id),
    }
    turns = (
        select(
            _requests.id,
            _requests.started_ms,
            _requests.deployment,
            prompt.label("prompt"),
            _requests.cached_input_tokens.label("cached"),
            func.lag(_requests.deployment).over(**window).label("before"),
            func.lag(prompt).over(**window).label("prompt_before"),
            func.lag(_requests.started_ms).over(**window).label("before_ms"),
        )
        .where(_requests.organization_id == organization_id)
        .where(_requests.started_ms >= from_ms - CACHE_LIVES_MS, _requests.started_ms < to_ms)
        .where(_requests.session != "", _requests.outcome == "completed", _requests.demo.is_(False))
        .subquery()
        .c
    )
    shared = case((turns.prompt_before < turns.prompt, turns.prompt_before), else_=turns.prompt)
    lost = case((shared > turns.cached, shared - turns.cached), else_=0)
    return (
        select(turns.id, case((lost < MOST_PROMPT_TOKENS, lost), else_=MOST_PROMPT_TOKENS).label("lost_tokens"))
        .where(turns.before != turns.deployment, turns.started_ms - turns.before_ms <= CACHE_LIVES_MS)
        .subquery()
    )


def _bucket(bucket: str, offsets: Sequence[tuple[int, int]]) -> ColumnElement[int]:
    if bucket == "none":
        return literal(0, BigInteger)
    at = _requests.started_ms
    local = at + (
        case(*((at >= since, literal(offset, BigInteger)) for since, offset in reversed(offsets)), else_=offsets[0][1])
    )
    return local - local % DAY_MS if bucket == "day" else at - local % HOUR_MS


def _period(rate_days_ms: Sequence[int]) -> ColumnElement[int]:
    if not rate_days_ms:
        return literal(0, BigInteger)
    numbered = list(enumerate(rate_days_ms, 1))
    return case(*((_requests.started_ms >= since, number) for number, since in reversed(numbered)), else_=0)


def _has(name: str, value: str) -> ColumnElement[bool]:
    if name == "tag":
        # One of a JSON list: quotes and backslashes inside tags are escaped, so the quoted text is a whole tag.
        return func.replace(_requests.tags, value, "") != _requests.tags
    return DIMENSIONS[name] == value


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
