"""All SQL of ratings. Every query is filtered by organization."""

from datetime import datetime

from sqlalchemy import Subquery, case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.gateway.ratings.entities import Rating
from powerautomation.gateway.ratings.tables import RequestRatingRow as Row
from powerautomation.kernel.clock import from_ms
from powerautomation.kernel.principal import Principal

MOST_SCORES = 50_000


async def put_rating(
    session: AsyncSession, rater: Principal, request_id: str, rating: int, comment: str, rated_ms: int
) -> Rating:
    """Store a rating in place of the one this rater gave before, and return it."""
    values = {
        "organization_id": rater.organization_id,
        "request_id": request_id,
        "rater_id": rater.id,
        "rater_kind": rater.kind,
        "rater_name": rater.name[:200],
        "rating": rating,
        "comment": comment,
        "rated_ms": rated_ms,
    }
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    key = ["organization_id", "request_id", "rater_id"]
    changed = {name: value for name, value in values.items() if name not in key}
    await session.execute(insert(Row).values(values).on_conflict_do_update(index_elements=key, set_=changed))
    return _rating(Row(**values))


async def delete_rating(session: AsyncSession, organization_id: str, request_id: str, rater_id: str) -> bool:
    """Delete a rating; say whether there was one."""
    deleted = await session.execute(
        delete(Row)
        .where(Row.organization_id == organization_id, Row.request_id == request_id, Row.rater_id == rater_id)
        .returning(Row.request_id)
    )
    return deleted.first() is not None


async def list_ratings(session: AsyncSession, organization_id: str, request_id: str, most: int) -> list[Rating]:
    """Return the ratings of a request, newest first, at most ``most``."""
    rows = await session.scalars(
        select(Row)
        .where(Row.organization_id == organization_id, Row.request_id == request_id)
        .order_by(Row.rated_ms.desc(), Row.rater_id)
        .limit(most)
    )
    return [_rating(row) for row in rows]


async def list_scores(session: AsyncSession, organization_id: str, since: datetime) -> dict[str, list[int]]:
    """Return the latest ratings since a moment by request id: 1 and -1, of at most 50,000 ratings."""
    rows = await session.execute(
        select(Row.request_id, Row.rating)
        .where(Row.organization_id == organization_id, Row.rated_ms >= int(since.timestamp() * 1000))
        .order_by(Row.rated_ms.desc())
        .limit(MOST_SCORES)
    )
    scores: dict[str, list[int]] = {}
    for request_id, rating in rows:
        scores.setdefault(request_id, []).append(rating)
    return scores


def rating_counts(organization_id: str) -> Subquery:
    """Return, as SQL, the organization's good and bad ratings by request: ``request_id``, ``good``, ``bad``."""
    good = func.sum(case((Row.rating > 0, 1), else_=0))
    bad = func.sum(case((Row.rating < 0, 1), else_=0))
    return (
        select(Row.request_id, good.label("good"), bad.label("bad"))
        .where(Row.organization_id == organization_id)
        .group_by(Row.request_id)
        .subquery()
    )


def _rating(row: Row) -> Rating:
    return Rating(
        request_id=row.request_id,
        rater_kind=row.rater_kind,
        rater_id=row.rater_id,
        rater_name=row.rater_name,
        rating=row.rating,
        comment=row.comment,
        rated_at=from_ms(row.rated_ms),
    )
