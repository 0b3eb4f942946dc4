"""Bodies of the cache endpoints. Money in nanos of a currency."""

from datetime import datetime

from pydantic import BaseModel


class CacheSumsAnswer(BaseModel):
    """What the cache did on one route in one hour; ``currency`` is that of the answers repeated, empty for misses."""

    start: datetime
    route: str
    currency: str
    hits: int
    semantic: int
    misses: int
    saved_nanos: int


class CacheReport(BaseModel):
    """The last 48 hours as the process that answers counted them, newest first."""

    items: list[CacheSumsAnswer]
