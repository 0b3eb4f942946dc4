"""What a running server does about erased people: finishes erasures, and lets go of answers that may be theirs."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import structlog

from powerautomation.gateway.answer_cache import AnswerCache
from powerautomation.identity.privacy import PERSON_ERASED, finish_erasures_for_ever
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.events import EventBus
from powerautomation.kernel.errors import Problem

_log = structlog.get_logger("app")


class _News(msgspec.Struct):
    organization_id: str


def follow_erasures(
    stack: AsyncExitStack, database: Database, folder: Path, bus: EventBus, answers: AnswerCache | None
) -> None:
    """Do so until the stack is closed. Raises nothing."""
    work = {"erasures": finish_erasures_for_ever(database, folder)}
    if answers is not None:
        work["answers of the erased"] = forget_answers(bus, answers)
    for name, one in work.items():
        stack.push_async_callback(end_task, asyncio.create_task(one, name=name))


async def forget_answers(bus: EventBus, answers: AnswerCache) -> None:
    """Empty an organization's answer cache whenever a person of it was erased: a kept answer does not say whose it was.
    News that is lost costs the answers' age, which is bounded, and nothing more."""
    with bus.subscribe(PERSON_ERASED) as subscription:
        async for message in subscription:
            try:
                news = msgspec.json.decode(message.payload, type=_News)
                await answers.forget(news.organization_id)
            except msgspec.MsgspecError:
                continue
            except Problem as problem:
                _log.warning("answers.not_forgotten", code=problem.code)
