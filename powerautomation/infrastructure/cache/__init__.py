"""Short-lived values, shared by every replica when there is Redis. Losing one must never lose a fact."""

from powerautomation.infrastructure.cache.memory import InProcessCache
from powerautomation.infrastructure.cache.ports import Cache, CacheUnavailable
from powerautomation.infrastructure.cache.redis_cache import make_cache

__all__ = ["Cache", "CacheUnavailable", "InProcessCache", "make_cache"]
