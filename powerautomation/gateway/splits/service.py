"""What a person can ask about splits."""

from datetime import datetime, timedelta

from powerautomation.gateway.metering import RangeInvalid, count_splits, list_split_requests
from powerautomation.gateway.ratings import list_scores
from powerautomation.gateway.splits import rules
from powerautomation.gateway.splits.entities import Comparison, Observation, Split, SplitArm
from powerautomation.gateway.splits.errors import BaselineUnknown, SplitNotFound
from powerautomation.infrastructure.database import AsyncSession
from powerautomation.kernel.clock import from_ms

# So many requests, the newest, are looked at: enough for narrow intervals, and read in well under a second.
MOST_REQUESTS = 20_000
MOST_SPLITS = 200
LONGEST_RANGE = timedelta(days=400)


async def list_splits(session: AsyncSession, organization_id: str) -> list[Split]:
    """Return every split that served requests, the latest first, at most 200."""
    found: dict[str, list[tuple[str, int, int, int]]] = {}
    for name, arm, requests, first_ms, last_ms in await count_splits(session, organization_id):
        found.setdefault(name, []).append((arm, requests, first_ms, last_ms))
    splits = [
        Split(
            name,
            from_ms(min(first for _, _, first, _ in arms)),
            from_ms(max(last for _, _, _, last in arms)),
            tuple(SplitArm(arm, requests) for arm, requests, _, _ in sorted(arms)),
        )
        for name, arms in found.items()
    ]
    return sorted(splits, key=lambda one: (one.last_at, one.name), reverse=True)[:MOST_SPLITS]


async def compare_arms(
    session: AsyncSession, organization_id: str, name: str, start: datetime, end: datetime, baseline: str | None
) -> Comparison:
    """Return every arm of a split and how the others differ from the baseline: the first arm by name, unless one is
    named. Raises SplitNotFound, BaselineUnknown, RangeInvalid."""
    if end <= start or end - start > LONGEST_RANGE:
        raise RangeInvalid(
            "The range must end after it starts and span at most 400 days.", action="Choose another range."
        )
    rows = await list_split_requests(session, organization_id, name, start, end, MOST_REQUESTS + 1)
    known = {arm for split, arm, *_ in await count_splits(session, organization_id, name)} if not rows else None
    if known is not None and not known:
        raise SplitNotFound(
            "No request took part in a split of this name.", action="Its name is the one in the configuration."
        )
    observations = [
        Observation(
            request_id=row["id"],
            arm=row["arm"],
            session=row["session"] or row["id"],
            outcome=row["outcome"],
            cost_nanos=row["cost_nanos"],
            currency=row["currency"],
            first_token_ms=None if row["first_token_us"] is None else row["first_token_us"] / 1000,
            duration_ms=row["duration_us"] / 1000,
        )
        for row in rows[:MOST_REQUESTS]
    ]
    arms = rules.measure_arms(observations, await list_scores(session, organization_id, start))
    by_name = {arm.name: arm for arm in arms}
    if baseline is not None and arms and baseline not in by_name:
        raise BaselineUnknown(
            f"The split has no arm “{baseline}” in this range.", action=f"Name one of: {', '.join(by_name)}."
        )
    first = by_name[baseline] if baseline in by_name else arms[0] if arms else None
    return Comparison(
        name=name,
        start=start,
        end=end,
        baseline="" if first is None else first.name,
        currency=rules.main_currency(observations),
        is_sample=len(rows) > MOST_REQUESTS,
        arms=arms,
        differences=tuple(rules.compare(first, arm) for arm in arms if first is not None and arm is not first),
    )
