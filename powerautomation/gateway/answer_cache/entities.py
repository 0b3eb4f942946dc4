"""What is kept of an answer, and what a route allows to be kept."""

from typing import Literal

import msgspec

from powerautomation.gateway.dialects import Event, Usage

CacheState = Literal["hit", "semantic", "miss"]


class CachePolicy(msgspec.Struct, frozen=True):
    """What a route lets the cache do. ``similarity`` (0 to 1) is the least likeness of a semantic answer's question;
    ``max_temperature`` the highest temperature whose answers may be repeated, 1 being what a request means that names
    none; ``per_key`` keeps the answers of every gateway key apart."""

    semantic: bool = False
    similarity: float = 0.9
    max_age_seconds: float = 3600.0
    max_answer_bytes: int = 256 * 1024
    max_temperature: float = 0.0
    tools: bool = False
    images: bool = False
    per_key: bool = False


class StoredAnswer(msgspec.Struct, frozen=True):
    """A whole good answer as events, whoever will read it in whichever dialect. ``cost_nanos`` is what it cost when it
    was made (None: unknown), ``at_ms`` when that was."""

    events: tuple[Event, ...]
    usage: Usage
    deployment: str
    at_ms: int
    cost_nanos: int | None
    currency: str


class Question(msgspec.Struct, frozen=True):
    """A request as the cache sees it: the key of exactly this request; and for semantic look-ups the key of everything
    but the last thing said, and that (empty where it is not plain text)."""

    key: str
    context_key: str
    text: str


class Found(msgspec.Struct, frozen=True):
    """A stored answer, how it was found, and how alike the questions are (1 for the same)."""

    answer: StoredAnswer
    state: CacheState
    similarity: float
