"""Bodies of the cache endpoints. Money in nanos of a currency."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class CacheSums(BaseModel):
    """What the cache did on one route on one day; ``currency`` is that of the answers repeated, empty for misses.
    ``saved_nanos`` is what they cost when they were made."""

    model_config = ConfigDict(from_attributes=True)

    start: datetime
    route: str
    currency: str
    hits: int
    semantic: int
    misses: int
    saved_nanos: int


class CachedRoute(BaseModel):
    """A route with a cache, and what it allows."""

    name: str
    pattern: str
    semantic: bool
    similarity: float
    max_age_seconds: float
    max_answer_bytes: int
    max_temperature: float
    tools: bool
    images: bool
    per_key: bool


class CacheReport(BaseModel):
    """What the cache did, oldest day first, the routes that have one, and where answers are kept; bytes and entries
    bound the memory of one process, and are null in Redis."""

    items: list[CacheSums]
    routes: list[CachedRoute]
    store: Literal["memory", "redis"]
    max_bytes: int | None
    max_entries: int | None
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
