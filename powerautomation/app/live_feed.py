"""What the console shows live: finished and running requests, and news that something changed, per organization."""

import asyncio
import os
import secrets
import time
from collections import deque

import msgspec
import structlog

from powerautomation.app.ledger_metrics import observe_batch
from powerautomation.app.snapshots import SnapshotKeeper
from powerautomation.gateway.metering import RequestRecord, summary_of
from powerautomation.gateway.proxy import Exchange, Gateway
from powerautomation.infrastructure.events import EventBus, EventBusUnavailable, Message

TOPIC = "gateway.requests"
SEES_REQUESTS = "requests:read"
NEWS_TOPICS = (
    "api_keys.*",
    "approvals.*",
    "providers.*",
    "limits.*",
    "prices.*",
    "users.*",
    "roles.*",
    "policies.*",
)
TICK_SECONDS = 0.25
SHOWN_RUNNING_AFTER_SECONDS = 0.3
MOST_SHOWN = 50
# Records noted before requests get a turn: less than half a millisecond's work.
SLICE_RECORDS = 32
MOST_WAITING_FRAMES = 256
RUNNING_REPEATED_AFTER_SECONDS = 2.0
RUNNING_FORGOTTEN_AFTER_SECONDS = 5.0
_log = structlog.get_logger("gateway.requests")


class Listener:
    """One open console page: a bounded queue of JSON frames. A page that reads too slowly loses the oldest.

    ``permissions`` are those of whoever looks at it; requests go only to who may see requests.
    """

    __slots__ = ("arrived", "frames", "organization_id", "permissions")

    def __init__(self, organization_id: str, permissions: frozenset[str]) -> None:
        self.organization_id = organization_id
        self.permissions = permissions
        self.frames: deque[str] = deque(maxlen=MOST_WAITING_FRAMES)
        self.arrived = asyncio.Event()

    def offer(self, frame: str) -> None:
        """Queue a frame."""
        self.frames.append(frame)
        self.arrived.set()

    async def next_frames(self) -> list[str]:
        """Return all waiting frames, waiting for the first."""
        await self.arrived.wait()
        self.arrived.clear()
        frames = list(self.frames)
        self.frames.clear()
        return frames


class LiveFeed:
    """Publishes this process's requests to all replicas, and hands on to the pages open here what any published."""

    def __init__(self, bus: EventBus, gateway: Gateway, snapshots: SnapshotKeeper) -> None:
        self._bus = bus
        self._gateway = gateway
        self._snapshots = snapshots
        self._process = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._listeners: set[Listener] = set()
        self._running: dict[tuple[str, str], tuple[float, list[object]]] = {}
        self._last_running: dict[str, tuple[float, bytes]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to publish and to hand on."""
        self._tasks = [
            asyncio.create_task(self._publish_running(), name="live feed running"),
            asyncio.create_task(self._hand_on(TOPIC), name="live feed requests"),
            *(asyncio.create_task(self._hand_on(topic), name=f"live feed {topic}") for topic in NEWS_TOPICS),
        ]

    async def stop(self) -> None:
        """Stop both."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def listen(self, organization_id: str, permissions: frozenset[str]) -> Listener:
        """Return a new listener for one organization's frames; end it with :meth:`leave`."""
        listener = Listener(organization_id, permissions)
        self._listeners.add(listener)
        frame = self._frame(organization_id, [])
        if frame is not None and SEES_REQUESTS in permissions:
            listener.offer(frame)
        return listener

    def leave(self, listener: Listener) -> None:
        """End a listener."""
        self._listeners.discard(listener)

    async def on_batch(self, records: list[RequestRecord]) -> None:
        """Take what was just written to the ledger: metrics, the log, and the pages that are open anywhere."""
        by_organization: dict[str, list[object]] = {}
        for record in records[-MOST_SHOWN:]:
            summary = summary_of(record, self._snapshots.key_names.get(record.api_key_id, ""))
            by_organization.setdefault(record.organization_id, []).append(summary)
        for start in range(0, len(records), SLICE_RECORDS):
            self._note(records[start : start + SLICE_RECORDS])
            await asyncio.sleep(0)
        for organization_id, completed in by_organization.items():
            await self._publish(organization_id, {"completed": completed})

    def _note(self, records: list[RequestRecord]) -> None:
        observe_batch(records)
        for record in records:
            if record.outcome in ("failed", "refused"):
                # What a caller did wrong is no alarm.
                (_log.warning if record.outcome == "failed" else _log.info)(
                    f"gateway.request_{record.outcome}",
                    request_id=record.request_id,
                    model=record.requested_model,
                    status=record.status,
                    code=record.error_code,
                )

    async def _publish(self, organization_id: str, content: dict[str, object]) -> None:
        payload = {"organization_id": organization_id, "process": self._process, **content}
        try:
            await self._bus.publish(TOPIC, msgspec.json.encode(payload))
        except EventBusUnavailable:
            # The pages fall back to asking; the ledger has everything.
            return

    async def _publish_running(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.perf_counter()
            by_organization: dict[str, list[object]] = {name: [] for name in self._last_running}
            for exchange in tuple(self._gateway.sweeper.in_flight):
                if exchange.done or now - exchange.started < SHOWN_RUNNING_AFTER_SECONDS:
                    continue
                shown = by_organization.setdefault(exchange.key.organization_id, [])
                if len(shown) < MOST_SHOWN:
                    shown.append(_running(exchange))
            for organization_id, running in by_organization.items():
                encoded = msgspec.json.encode(running)
                published_at, last = self._last_running.get(organization_id, (0.0, b"[]"))
                # Repeated now and then: other replicas forget what nobody speaks of any more.
                if last == encoded and (not running or now - published_at < RUNNING_REPEATED_AFTER_SECONDS):
                    continue
                if running:
                    self._last_running[organization_id] = (now, encoded)
                else:
                    self._last_running.pop(organization_id, None)
                await self._publish(organization_id, {"running": running})

    async def _hand_on(self, topic: str) -> None:
        with self._bus.subscribe(topic) as subscription:
            async for message in subscription:
                self._deliver(message)

    def _deliver(self, message: Message) -> None:
        if not message.payload:
            return
        content = msgspec.json.decode(message.payload)
        organization_id = content.get("organization_id", "")
        if message.topic == TOPIC:
            if "running" in content:
                self._running[organization_id, content["process"]] = (time.monotonic(), content["running"])
            frame = self._frame(organization_id, content.get("completed", []))
        else:
            news = {"type": "changed", "kind": content.get("kind", message.topic)}
            if "approval_id" in content.get("payload", {}):
                # So that a page with many requests asks for the one.
                news["id"] = content["payload"]["approval_id"]
            frame = msgspec.json.encode(news).decode()
        if frame is not None:
            for listener in self._listeners:
                may_see = message.topic != TOPIC or SEES_REQUESTS in listener.permissions
                if listener.organization_id == organization_id and may_see:
                    listener.offer(frame)

    def _frame(self, organization_id: str, completed: list[object]) -> str | None:
        running: list[object] = []
        now = time.monotonic()
        for key, (seen_at, shown) in list(self._running.items()):
            # A replica that died cannot say that its requests ended.
            if not shown or (key[1] != self._process and now - seen_at > RUNNING_FORGOTTEN_AFTER_SECONDS):
                del self._running[key]
            elif key[0] == organization_id:
                running += shown
        frame = {"type": "requests", "completed": completed, "running": running[:MOST_SHOWN]}
        return msgspec.json.encode(frame).decode()


def _running(exchange: Exchange) -> dict[str, object]:
    return {
        "id": exchange.request_id,
        "started_at": exchange.started_ms,
        "requested_model": exchange.peek.model,
        "deployment": exchange.current.id if exchange.current is not None else None,
        "state": "streaming" if exchange.content_sent else "waiting",
    }
