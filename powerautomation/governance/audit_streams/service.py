"""What is done with a stream: send what it has not got, try it, say how it is."""

from collections.abc import Sequence
from datetime import timedelta

from powerautomation.governance.audit import list_heads, list_next
from powerautomation.governance.audit_streams import repository, rules
from powerautomation.governance.audit_streams.entities import Place, Stream, StreamReport
from powerautomation.governance.audit_streams.errors import NotDelivered
from powerautomation.governance.audit_streams.repository import AsyncSession
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now

# Longer than one batch may take to be sent.
HOLD_SECONDS = 60.0
MOST_IN_A_BATCH = 100
LONGEST_ERROR = 500


async def deliver_batch(database: Database, stream: Stream, holder: str) -> bool:
    """Send each organization's next events, at most a hundred of each; say whether there may be more to send.

    The place moves on only after the receiver took them: what is interrupted in between is sent again. Only one server
    sends on a stream at a time. Raises NotDelivered, which is written down, and what the database raises.
    """
    async with database.read() as session:
        waiting = [place for place in await _places(session, stream.name) if place.delivered < place.newest]
    more = False
    for place in waiting:
        async with database.unit_of_work() as session:
            moment = now()
            until = moment + timedelta(seconds=HOLD_SECONDS)
            if not await repository.hold_stream(session, stream.name, holder, moment, until):
                return False
        # Read again now that nobody else sends: another server may have been here.
        async with database.read() as session:
            places = await repository.list_places(session, stream.name)
            after = places.get(place.organization_id, 0)
            events = rules.batch_of(await list_next(session, place.organization_id, after, MOST_IN_A_BATCH))
        if not events:
            continue
        try:
            complaint = await stream.send(events)
        except NotDelivered as problem:
            async with database.unit_of_work() as session:
                await repository.note_failed(session, stream.name, problem.message[:LONGEST_ERROR], now())
            raise
        last = events[-1].sequence
        async with database.unit_of_work() as session:
            complaint = complaint[:LONGEST_ERROR]
            await repository.note_delivered(session, stream.name, place.organization_id, after, last, complaint, now())
        more = more or last < place.newest
    return more


async def try_stream(database: Database, stream: Stream, organization_id: str) -> str:
    """Send the newest event of an organization, wherever the stream is; return what the receiver complained of. Raises
    NotDelivered."""
    async with database.read() as session:
        newest = next((h.sequence for h in await list_heads(session) if h.organization_id == organization_id), 0)
        events = await list_next(session, organization_id, newest - 1, 1)
    return await stream.send(events) if events else ""


async def report_streams(
    session: AsyncSession, streams: Sequence[Stream], organization_id: str | None
) -> list[StreamReport]:
    """Return how every stream is, and how far it is behind in one organization, or in all."""
    reports = []
    for stream in streams:
        places = await _places(session, stream.name)
        behind = sum(one.newest - one.delivered for one in places if organization_id in (None, one.organization_id))
        condition = await repository.find_condition(session, stream.name)
        reports.append(StreamReport(stream.name, stream.kind, stream.paused, behind, condition))
    return reports


async def release_streams(database: Database, holder: str) -> None:
    """Let another server go on at once with what this one sent."""
    async with database.unit_of_work() as session:
        await repository.release_streams(session, holder)


async def _places(session: AsyncSession, name: str) -> list[Place]:
    delivered = await repository.list_places(session, name)
    return [
        Place(name, head.organization_id, delivered.get(head.organization_id, 0), head.sequence)
        for head in await list_heads(session)
    ]
