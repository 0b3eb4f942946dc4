"""Which branch of a route's choices a request takes: asks the conditions in order."""

import time
from collections.abc import Callable
from typing import Any

from powerautomation.gateway.conditions import ConditionFailed, visible_headers
from powerautomation.gateway.dialects import Peek
from powerautomation.gateway.metering import reason_part
from powerautomation.gateway.routing.ports import Asked, EditionOf
from powerautomation.gateway.routing.rules import Branch, Choice
from powerautomation.gateway.routing.task_classes import task_class_of, tokens_of

LONGEST_MESSAGE = 200
_DAY_SECONDS = 86_400


def decide(
    branches: tuple[Branch, ...],
    peek: Peek,
    body_bytes: int,
    asked: Asked | None,
    organization_id: str,
    edition_of: EditionOf,
) -> tuple[Choice, list[str]]:
    """Return the first choice whose condition holds, and what is to be noted of the way there.

    A condition without an answer (it asks for a header the request does not have) does not hold; one that guards a
    refusal does, because whoever wrote it wants nothing through that he did not think of.
    """
    facts: dict[str, Any] = {}
    notes: list[str] = []
    for condition, choice in branches:
        if condition is None:
            return choice, notes
        for name in condition.names - facts.keys():
            facts[name] = _FACTS[name](peek, body_bytes, asked, organization_id, edition_of)
        try:
            holds = condition.holds(facts)
        except ConditionFailed as error:
            holds = bool(choice.refusal)
            notes.append(reason_part("no_answer", choice.route, str(error)[:LONGEST_MESSAGE]))
        if holds:
            if "task_class" in facts:
                notes.append(reason_part("task", facts["task_class"]))
            notes.append(reason_part("condition", choice.route, condition.text))
            return choice, notes
    raise AssertionError("the last choice has no condition")


_Fact = Callable[[Peek, int, Asked | None, str, EditionOf], Any]
_FACTS: dict[str, _Fact] = {
    "model": lambda peek, *_: peek.model,
    "task_class": lambda peek, size, asked, *_: task_class_of(peek, size, asked.body if asked is not None else b""),
    "tokens": lambda _, size, *__: tokens_of(size),
    "max_tokens": lambda peek, *_: peek.max_output_tokens or 0,
    "tools": lambda peek, *_: peek.tools,
    "images": lambda peek, *_: peek.images,
    "documents": lambda peek, *_: peek.documents,
    "thinking": lambda peek, *_: peek.thinking,
    "stream": lambda peek, *_: peek.stream,
    "headers": lambda _, __, asked, *___: visible_headers(asked.headers) if asked is not None else {},
    "organization": lambda _, __, ___, organization_id, ____: organization_id,
    "key": lambda _, __, asked, *___: asked.key.name if asked is not None else "",
    "project": lambda _, __, asked, *___: asked.key.project if asked is not None else "",
    "tags": lambda _, __, asked, *___: list(asked.key.tags) if asked is not None else [],
    "person": lambda _, __, asked, *___: asked.key.created_by if asked is not None else "",
    "edition": lambda _, __, ___, organization_id, edition_of: edition_of(organization_id),
    # The epoch began on a Thursday, at midnight UTC.
    "hour": lambda *_: int(time.time()) % _DAY_SECONDS // 3600,
    "weekday": lambda *_: (int(time.time()) // _DAY_SECONDS + 3) % 7 + 1,
}
