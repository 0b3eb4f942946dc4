"""Which bus an installation uses."""

from powerautomation.infrastructure.events.bus import EventBus, InProcessEventBus
from powerautomation.infrastructure.settings import Settings


def make_event_bus(settings: Settings) -> EventBus:
    """Return the bus the settings mean: Redis when there is a ``redis_url``, else in process."""
    if not settings.redis_url:
        return InProcessEventBus()
    from powerautomation.infrastructure.events.redis_bus import RedisEventBus

    return RedisEventBus(settings.redis_url)
