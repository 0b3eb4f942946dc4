"""The data plane's door: raw ASGI, mounted before everything else. Parses, authenticates, and answers in the caller's
own dialect, errors too."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
import structlog

from powerautomation.gateway.dialects import (
    DIALECTS,
    GEMINI_EMBEDDING,
    GEMINI_EMBEDDINGS,
    OPENAI_EMBEDDINGS,
    Dialect,
    Reply,
)
from powerautomation.gateway.limits import LimitReached
from powerautomation.gateway.proxy.bodies import connection_closed, read_body
from powerautomation.gateway.proxy.credentials import authenticate
from powerautomation.gateway.proxy.errors import KeyRefused, unforeseen
from powerautomation.gateway.proxy.exchange import Exchange, Message, Receive, Scope, Send
from powerautomation.gateway.proxy.file_references import FILE_MARK, with_files
from powerautomation.gateway.proxy.files import (
    answer_files,
    is_files_path,
    owner_of,
    receive_part,
    shape_of,
    upload_id_of,
)
from powerautomation.gateway.proxy.gemini_array import as_array
from powerautomation.gateway.proxy.gemini_paths import Address, address_of, is_gemini_path
from powerautomation.gateway.proxy.models import list_gemini_models, list_models
from powerautomation.gateway.proxy.rating import LONGEST_BODY_BYTES, give_rating, withdraw_rating
from powerautomation.gateway.proxy.refusals import early_record
from powerautomation.gateway.proxy.replies import (
    Headers,
    dialect_of,
    meant_path,
    new_request_id,
    refuse,
    retry_headers,
    send_json,
)
from powerautomation.gateway.proxy.service import Gateway, UnchangedRefusal
from powerautomation.gateway.proxy.stored_responses import answer_about, open_conversation
from powerautomation.gateway.proxy.token_count import Counted, count_gemini_tokens, count_tokens
from powerautomation.identity.api_keys import MODELS, ApiKeyRecord
from powerautomation.kernel.errors import NotFound, Problem

Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_ANTHROPIC = DIALECTS["anthropic-messages"]
_OPENAI = DIALECTS["openai-chat"]
_RESPONSES = DIALECTS["openai-responses"]
_GEMINI = DIALECTS["gemini"]
_EMBEDDINGS: dict[str, Dialect] = {"embedContent": GEMINI_EMBEDDING, "batchEmbedContents": GEMINI_EMBEDDINGS}
_FILE_DIALECTS: dict[str, Dialect] = {"anthropic": _ANTHROPIC, "openai": _OPENAI, "google": _GEMINI}
# What a key's scopes call the doors by which each dialect comes in.
_DOORS = {
    _ANTHROPIC.name: "messages",
    _OPENAI.name: "chat",
    _RESPONSES.name: "responses",
    _GEMINI.name: "gemini",
    **{dialect.name: "embeddings" for dialect in (OPENAI_EMBEDDINGS, *_EMBEDDINGS.values())},
}
_log = structlog.get_logger("gateway")


def _key_of(gateway: Gateway, scope: Scope, door: str, query: bytes = b"") -> ApiKeyRecord:
    """Return the key of a request that comes by a door. Raises KeyRefused, DoorClosed."""
    return authenticate(scope["headers"], gateway.hmac_secret, gateway.keys, query, door=door, uses=gateway.uses)


class GatewayApp:
    """An ASGI application that answers the gateway's paths and hands everything else to ``control``."""

    def __init__(self, gateway: Gateway, control: Asgi) -> None:
        self._gateway = gateway
        self._control = control
        self._loop = asyncio.get_running_loop()
        self._posts: dict[str, Callable[[Scope, Receive, Send], Awaitable[None]]] = {
            "/v1/messages": partial(self._generate, _ANTHROPIC),
            "/v1/chat/completions": partial(self._generate, _OPENAI),
            "/v1/responses": partial(self._generate, _RESPONSES),
            "/v1/embeddings": partial(self._generate, OPENAI_EMBEDDINGS),
            "/v1/messages/count_tokens": self._count_tokens,
            "/v1/ratings": self._rating,
        }

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one ASGI connection."""
        if scope["type"] == "http":
            path = scope["path"]
            door = self._posts.get(path)
            if door is not None:
                if scope["method"] == "POST":
                    return door(scope, receive, send)
                return self._refuse_method(scope, send)
            if path.startswith("/v1/responses/"):
                return self._stored_response(scope, send)
            if path.startswith("/v1/ratings/"):
                return self._rating(scope, receive, send)
            if is_files_path(path):
                return self._files(scope, receive, send)
            if is_gemini_path(path, scope["method"]):
                return self._gemini(scope, receive, send)
            if path == "/v1/models" or path.startswith("/v1/models/"):
                return self._models(scope, send)
            meant = meant_path(path)
            if meant != path:
                return self({**scope, "path": meant}, receive, send)
            if path.startswith("/v1/"):
                return self._unknown_path(scope, send)
        return self._control(scope, receive, send)

    async def _generate(
        self, dialect: Dialect, scope: Scope, receive: Receive, send: Send, address: Address | None = None
    ) -> None:
        started = time.perf_counter()
        gateway = self._gateway
        request_id = new_request_id()
        exchange: Exchange | None = None
        key: ApiKeyRecord | None = None
        body = b""
        try:
            query = scope["query_string"] if address is not None else b""
            key = _key_of(gateway, scope, _DOORS[dialect.name], query)
            catalog = gateway.catalog_of(key.organization_id)
            body = await read_body(scope, receive, gateway.max_body_bytes)
            if dialect is _RESPONSES:
                body, send = await open_conversation(gateway, key, body, send)
            if FILE_MARK in body:
                body = await with_files(gateway.files, owner_of(key), dialect, body, gateway.max_body_bytes)
            peek = dialect.peek(body)
            if address is not None:
                peek = msgspec.structs.replace(peek, model=address.model, stream=address.stream)
            exchange = Exchange(
                scope,
                receive,
                send,
                dialect=dialect,
                key=key,
                catalog=catalog,
                started=started,
                body=body,
                peek=peek,
                reply=Reply(request_id, peek.model, peek.include_usage, body),
            )
            exchange.task = asyncio.current_task(self._loop)
            gateway.sweeper.in_flight.add(exchange)
            await gateway.serve(exchange)
        except UnchangedRefusal as refusal:
            await self._send_refusal(exchange, send, refusal.status, refusal.body)
        except Exception as error:
            if exchange is None:
                problem = self._ended_early(dialect, request_id, key, started, body, address, error)
            elif isinstance(error, Problem):
                problem = error
                if isinstance(problem, LimitReached):
                    exchange.limit_headers = tuple(problem.headers)
            else:
                # It was written down when it happened; the server ends the connection.
                raise
            await self._send_problem(dialect, exchange, send, request_id, started, problem)
        except asyncio.CancelledError:
            if exchange is None and key is not None:
                gateway.journal.append(early_record(request_id, key, dialect, started, body, "", connection_closed()))
            raise
        finally:
            if exchange is not None:
                exchange.done = True
                gateway.sweeper.in_flight.discard(exchange)
                if exchange.watcher is not None:
                    exchange.watcher.cancel()
                    # A cancelled task keeps the frame it was in: let go of it, or the body stays for the collector.
                    exchange.watcher = None
                exchange.task = None

    def _ended_early(
        self,
        dialect: Dialect,
        request_id: str,
        key: ApiKeyRecord | None,
        started: float,
        body: bytes,
        address: Address | None,
        error: Exception,
    ) -> Problem:
        """Write down a request that ended before it was understood; return what its sender is told."""
        if isinstance(error, Problem):
            problem = error
        else:
            _log.error("gateway.unexpected_error", request_id=request_id, exc_info=error)
            problem = unforeseen()
        if key is None:
            return problem
        model = address.model if address is not None else ""
        record = early_record(request_id, key, dialect, started, body, model, problem)
        try:
            if record.outcome == "cancelled":
                self._gateway.journal.append(record)
            else:
                self._gateway.refusals.write(record)
        except Problem as unrecorded:
            return unrecorded
        return problem

    async def _send_refusal(self, exchange: Exchange | None, send: Send, status: int, body: bytes) -> None:
        assert exchange is not None
        await exchange.send_whole(status, body)

    async def _send_problem(
        self,
        dialect: Dialect,
        exchange: Exchange | None,
        send: Send,
        request_id: str,
        started: float,
        problem: Problem,
    ) -> None:
        if isinstance(problem, KeyRefused):
            self._gateway.refusals.note_stranger(problem)
        status, body = dialect.encode_problem(problem, request_id)
        extra = retry_headers(problem)
        if exchange is not None:
            await exchange.send_whole(status, body, extra)
            return
        await send_json(send, status, body, request_id, started, extra)

    async def _count_tokens(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, request_id = time.perf_counter(), new_request_id()
        try:
            gateway = self._gateway
            key = _key_of(gateway, scope, "messages")
            body = await read_body(scope, receive, gateway.max_body_bytes)
            if FILE_MARK in body:
                body = await with_files(gateway.files, owner_of(key), _ANTHROPIC, body, gateway.max_body_bytes)
            counted = await count_tokens(gateway, key, body, scope["headers"])
        except Problem as problem:
            await self._send_problem(_ANTHROPIC, None, send, request_id, started, problem)
            return
        await send_json(send, counted.status, counted.body, request_id, started, _counted_how(counted))

    async def _gemini(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve an address of Google's API, which says itself what is wanted of which model."""
        started, request_id = time.perf_counter(), new_request_id()
        query = scope["query_string"]
        gateway = self._gateway
        try:
            address = address_of(scope["path"], query)
            if (scope["method"] == "POST") != bool(address.method) or scope["method"] not in ("GET", "HEAD", "POST"):
                wanted = "POST" if address.method else "GET"
                raise Problem(f"This path answers {wanted} only.", code="gateway.method_not_allowed", status=405)
            if address.method not in ("", "countTokens"):
                dialect = _EMBEDDINGS.get(address.method, _GEMINI)
                await self._generate(dialect, scope, receive, as_array(send) if address.array else send, address)
                return
            key = _key_of(gateway, scope, "gemini" if address.method else MODELS, query)
            status = 200
            extra: Headers = ()
            if address.method:
                body = await read_body(scope, receive, gateway.max_body_bytes)
                if FILE_MARK in body:
                    body = await with_files(gateway.files, owner_of(key), _GEMINI, body, gateway.max_body_bytes)
                counted = await count_gemini_tokens(gateway, key, address.model, body)
                status, body, extra = counted.status, counted.body, _counted_how(counted)
            else:
                body = list_gemini_models(gateway.catalog_of(key.organization_id), address.model, key)
        except Problem as problem:
            await self._send_problem(_GEMINI, None, send, request_id, started, problem)
            return
        await send_json(send, status, body, request_id, started, extra)

    async def _models(self, scope: Scope, send: Send) -> None:
        names = {name for name, _ in scope["headers"]}
        if b"x-goog-api-key" in names or (b"key=" in scope["query_string"] and b"authorization" not in names):
            await self._gemini(scope, _nothing, send)
            return
        started, request_id = time.perf_counter(), new_request_id()
        dialect = dialect_of(scope)
        anthropic = dialect is _ANTHROPIC
        try:
            if scope["method"] not in ("GET", "HEAD"):
                raise Problem("This path answers GET only.", code="gateway.method_not_allowed", status=405)
            key = _key_of(self._gateway, scope, MODELS)
            wanted = scope["path"].removeprefix("/v1/models").removeprefix("/")
            body = list_models(self._gateway.catalog_of(key.organization_id), wanted, key, anthropic=anthropic)
        except Problem as problem:
            await self._send_problem(dialect, None, send, request_id, started, problem)
            return
        await send_json(send, 200, body, request_id, started)

    async def _unknown_path(self, scope: Scope, send: Send) -> None:
        problem = NotFound(
            f"The gateway has no {scope['path']}.",
            code="gateway.unknown_path",
            action=f"It answers {', '.join(self._posts)} and /v1/models.",
        )
        await refuse(scope, send, problem)

    async def _stored_response(self, scope: Scope, send: Send) -> None:
        started, request_id = time.perf_counter(), new_request_id()
        try:
            key = _key_of(self._gateway, scope, "responses")
            wanted = scope["path"].removeprefix("/v1/responses/")
            store = self._gateway.responses
            body = await answer_about(store, key, scope["method"], wanted, scope["query_string"])
        except Problem as problem:
            await self._send_problem(_RESPONSES, None, send, request_id, started, problem)
            return
        await send_json(send, 200, body, request_id, started)

    async def _files(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, request_id = time.perf_counter(), new_request_id()
        gateway = self._gateway
        query = scope["query_string"]
        try:
            upload_id = upload_id_of(scope)
            if upload_id:
                answer = await receive_part(gateway.files, scope, receive, upload_id)
            else:
                key = _key_of(gateway, scope, "files", query)
                answer = await answer_files(gateway.files, key, scope, receive)
        except Problem as problem:
            await self._send_problem(_FILE_DIALECTS[shape_of(scope)], None, send, request_id, started, problem)
            return
        await send_json(send, 200, answer.body, request_id, started, answer.headers, answer.media_type.encode())

    async def _rating(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, request_id = time.perf_counter(), new_request_id()
        try:
            key = _key_of(self._gateway, scope, "ratings")
            rated = scope["path"].removeprefix("/v1/ratings").removeprefix("/")
            if rated:
                body = await withdraw_rating(self._gateway, key, scope["method"], rated)
            else:
                sent = await read_body(scope, receive, LONGEST_BODY_BYTES)
                body = await give_rating(self._gateway, key, sent)
        except Problem as problem:
            await self._send_problem(dialect_of(scope), None, send, request_id, started, problem)
            return
        await send_json(send, 200, body, request_id, started)

    async def _refuse_method(self, scope: Scope, send: Send) -> None:
        problem = Problem(
            f"{scope['path']} answers POST only.", code="gateway.method_not_allowed", status=405, action="Use POST."
        )
        await refuse(scope, send, problem, [(b"allow", b"POST")])


async def _nothing() -> Message:
    return {"type": "http.request"}


def _counted_how(counted: Counted) -> Headers:
    return ((b"x-powerautomation-token-count", b"estimated" if counted.estimated else b"exact"),)
