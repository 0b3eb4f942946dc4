"""News between parts and replicas: what happened, told to whoever listens, at least once.

A use case calls ``record_event`` inside its unit of work; the event is committed with the change or not at all
(transactional outbox). ``OutboxRelay`` then publishes it on the ``EventBus``, whose subscribers refresh what they hold.
"""

from powerautomation.infrastructure.events.bus import (
    RESUMED_TOPIC,
    EventBus,
    EventBusUnavailable,
    InProcessEventBus,
    Message,
    Subscription,
)
from powerautomation.infrastructure.events.choice import make_event_bus
from powerautomation.infrastructure.events.outbox import OutboxRelay, record_event

__all__ = [
    "RESUMED_TOPIC",
    "EventBus",
    "EventBusUnavailable",
    "InProcessEventBus",
    "Message",
    "OutboxRelay",
    "Subscription",
    "make_event_bus",
    "record_event",
]
