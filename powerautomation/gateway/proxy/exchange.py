"""One client request on its way through the gateway: what is known of it, what was tried, what was sent."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from powerautomation.gateway.dialects import ChatRequest, Dialect, Peek, Reply, StreamEncoder
from powerautomation.gateway.guardrails import Restorer, Screened
from powerautomation.gateway.limits import Reservation
from powerautomation.gateway.metering import AttemptRecord
from powerautomation.gateway.providers import Catalog, Deployment
from powerautomation.gateway.proxy.errors import ClientGone
from powerautomation.gateway.proxy.transcript import Transcript
from powerautomation.gateway.routing import Plan
from powerautomation.identity.api_keys import ApiKeyRecord

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.answers import Recorder
    from powerautomation.gateway.proxy.attempt import Attempt

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Abort = Literal["", "client_gone", "first_token_timeout", "idle_timeout", "slow_stream", "total_timeout"]

_SSE = (b"content-type", b"text/event-stream; charset=utf-8")
_JSON = (b"content-type", b"application/json")
_NO_CACHE = (b"cache-control", b"no-cache")
_NO_BUFFER = (b"x-accel-buffering", b"no")
# What a model wrote is JSON or events and never a page: a browser that is led here must not make one of it.
NO_PAGE = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class Exchange:
    """Mutable state of one request. Only its own task and the sweeper touch it, both on the event loop."""

    __slots__ = (
        "_encoder",
        "abort",
        "abort_armed",
        "answered_before",
        "attempt",
        "attempts",
        "body",
        "cache_state",
        "catalog",
        "client_dialect",
        "content_sent",
        "continuations",
        "current",
        "done",
        "first_token_at",
        "head_sent",
        "headers",
        "keepalive_task",
        "kept",
        "key",
        "last_read_at",
        "last_sent_at",
        "limit_headers",
        "peek",
        "plan",
        "query",
        "receive",
        "recorder",
        "reply",
        "request",
        "request_id",
        "reservation",
        "screened",
        "send",
        "sending_since",
        "sent",
        "started",
        "started_ms",
        "streaming_answer",
        "task",
        "upstream_seconds",
        "watcher",
    )  # fmt: skip

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        dialect: Dialect,
        key: ApiKeyRecord,
        catalog: Catalog,
        started: float,
        body: bytes,
        peek: Peek,
        reply: Reply,
    ) -> None:
        self.headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.query: bytes = scope["query_string"]
        self.receive = receive
        self.send = send
        self.client_dialect = dialect
        self.key = key
        self.catalog = catalog
        self.request_id = reply.request_id
        self.started = started
        self.started_ms = time.time_ns() // 1_000_000
        self.body = body
        self.peek = peek
        self.reply = reply
        self._encoder: StreamEncoder | None = None
        self.request: ChatRequest | None = None
        self.plan: Plan | None = None
        self.attempts: list[AttemptRecord] = []
        self.attempt: Attempt | None = None
        self.current: Deployment | None = None
        # Who made the answer that the cache gives again.
        self.answered_before = ""
        self.task: asyncio.Task[Any] | None = None
        self.abort: Abort = ""
        self.abort_armed = False
        self.cache_state = b""
        self.head_sent = False
        self.content_sent = False
        self.streaming_answer = False
        self.done = False
        self.keepalive_task: asyncio.Task[None] | None = None
        self.watcher: asyncio.Task[None] | None = None
        self.first_token_at = 0.0
        self.last_read_at = started
        self.last_sent_at = started
        self.sending_since = 0.0
        self.upstream_seconds = 0.0
        self.recorder: Recorder | None = None
        self.screened: Screened | None = None
        self.reservation: Reservation | None = None
        self.limit_headers: tuple[tuple[bytes, bytes], ...] = ()
        self.sent: Transcript | None = None
        self.kept: asyncio.Future[None] | None = None
        self.continuations = 0

    @property
    def encoder(self) -> StreamEncoder:
        """The encoder of the client's stream; made when something is first said in it."""
        if self._encoder is None:
            self._encoder = self.client_dialect.stream_encoder(self.reply)
        return self._encoder

    def use_encoder(self, encoder: StreamEncoder) -> None:
        """Go on with the client's stream by another encoder."""
        self._encoder = encoder

    def decoded(self) -> ChatRequest:
        """Return the whole request in the typed model; decoded once, and only when another dialect needs it."""
        if self.request is None:
            request = self.client_dialect.decode_request(self.body)
            peek = self.peek
            if request.model != peek.model or request.stream != peek.stream:
                # In some dialects the address says these two, not the body.
                request = msgspec.structs.replace(request, model=peek.model, stream=peek.stream)
            self.request = request
        return self.request

    def restorer(self) -> Restorer | None:
        """Return what puts originals back into one attempt's answer; None when nothing was masked."""
        screened = self.screened
        return Restorer(screened.originals) if screened is not None and screened.originals else None

    def cancelled(self) -> BaseException:
        """Return what a cancellation outside of attempts means: that the client left, or that it comes from outside."""
        if self.abort == "client_gone" and self.task is not None:
            self.task.uncancel()
            return ClientGone()
        return asyncio.CancelledError()

    def overhead_ms(self) -> float:
        """Return the milliseconds spent here so far, without waiting for upstreams."""
        return max(0.0, (time.perf_counter() - self.started - self.upstream_seconds) * 1000)

    def _head(self, status: int, headers: list[tuple[bytes, bytes]]) -> Message:
        sent = [
            *headers,
            *self.limit_headers,
            (b"x-request-id", self.request_id.encode()),
            (b"x-powerautomation-overhead-ms", b"%.2f" % self.overhead_ms()),
            *NO_PAGE,
        ]
        if self.cache_state:
            sent.append((b"x-powerautomation-cache", self.cache_state))
        if answered := self.current.id if self.current is not None else self.answered_before:
            sent.append((b"x-powerautomation-route", answered.encode("latin-1", "replace")))
        return {"type": "http.response.start", "status": status, "headers": sent}

    async def send_whole(self, status: int, body: bytes, extra: list[tuple[bytes, bytes]] | None = None) -> None:
        """Send a complete JSON answer."""
        headers = [_JSON, (b"content-length", b"%d" % len(body))]
        if extra:
            headers += extra
        if self.kept is not None:
            await asyncio.wait((self.kept,))
        self.head_sent = self.content_sent = True
        self.sending_since = time.perf_counter()
        await self.send(self._head(status, headers))
        await self.send({"type": "http.response.body", "body": body})

    async def send_part(self, part: bytes, *, last: bool = False) -> None:
        """Send more of a stream, opening it first when needed. ``part`` holds whole events only."""
        if self.keepalive_task is not None:
            await self.keepalive_task
            self.keepalive_task = None
        if last and self.kept is not None:
            # Whoever saw the end may ask another replica at once.
            await asyncio.wait((self.kept,))
        self.last_sent_at = self.sending_since = time.perf_counter()
        if not self.head_sent:
            self.head_sent = True
            await self.send(self._head(200, [_SSE, _NO_CACHE, _NO_BUFFER]))
        self.content_sent = True
        if self.sent is not None:
            self.sent.note(part)
        await self.send({"type": "http.response.body", "body": part, "more_body": not last})
        self.sending_since = 0.0
        # While the client did not take what was sent, the upstream was not asked for more.
        self.last_read_at = time.perf_counter()

    async def send_keepalive(self) -> None:
        """Tell the client that work goes on. Opens the stream, but commits to no answer: failover stays possible."""
        if self.done:
            return
        self.last_sent_at = time.perf_counter()
        if not self.head_sent:
            self.head_sent = True
            await self.send(self._head(200, [_SSE, _NO_CACHE, _NO_BUFFER]))
        await self.send({"type": "http.response.body", "body": self.encoder.keepalive(), "more_body": True})
