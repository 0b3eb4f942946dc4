"""One attempt at one deployment: send, read, hand on. Whole answers and streams, same dialect and across dialects."""

import asyncio
import time
from typing import TYPE_CHECKING

import msgspec

from powerautomation.gateway.dialects import (
    Dialect,
    Event,
    Failed,
    UpstreamFailure,
    has_token,
    upstream_dialect,
)
from powerautomation.gateway.guardrails import Restorer
from powerautomation.gateway.proxy.attempt import Attempt, target_of
from powerautomation.gateway.proxy.demo import demo_events
from powerautomation.gateway.proxy.draining import drain
from powerautomation.gateway.proxy.errors import AttemptFailed, ClientGone, StreamBroken
from powerautomation.gateway.proxy.exchange import Exchange
from powerautomation.gateway.proxy.joining import Joiner
from powerautomation.gateway.proxy.outgoing import outgoing_body
from powerautomation.gateway.proxy.vectors import translated_answer
from powerautomation.gateway.thoughts import Listener, is_lossy
from powerautomation.infrastructure.http_client import (
    AnswerTooLarge,
    ConnectFailed,
    ConnectTimeout,
    HttpClientError,
    Response,
)

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.service import Gateway

MOST_ANSWER_BYTES = 64 * 1024 * 1024
MOST_ERROR_BYTES = 64 * 1024


async def run_attempt(gateway: "Gateway", exchange: Exchange, attempt: Attempt) -> None:
    """Make one attempt and, when it succeeds, send its whole answer to the client.

    Raises AttemptFailed while the client has seen none of this answer, StreamBroken after that, ClientGone when the
    client went away, InvalidRequest when the request cannot be said in the upstream's dialect.
    """
    exchange.current = attempt.deployment
    exchange.attempt = attempt
    exchange.first_token_at = 0.0
    exchange.last_read_at = attempt.started
    exchange.streaming_answer = exchange.peek.stream
    exchange.abort_armed = True
    if exchange.sent is not None:
        exchange.sent.drop_held()
    try:
        if attempt.deployment.is_demo:
            await _run_demo(gateway, exchange, attempt)
        elif exchange.peek.stream:
            await _run_stream(gateway, exchange, attempt)
        else:
            await _run_whole(gateway, exchange, attempt)
    except asyncio.CancelledError:
        raise _after_abort(exchange) from None
    except HttpClientError as error:
        raise _failed(exchange, _failure_of(error)) from None
    except OSError:
        if exchange.sending_since:
            raise ClientGone from None
        raise
    finally:
        exchange.abort_armed = False


def _after_abort(exchange: Exchange) -> BaseException:
    """Turn a cancellation by the sweeper into what it means; a cancellation from outside stays one."""
    abort = exchange.abort
    if not abort:
        return asyncio.CancelledError()
    assert exchange.task is not None
    exchange.task.uncancel()
    if abort == "client_gone":
        return ClientGone()
    exchange.abort = ""
    words = {
        "first_token_timeout": "it sent no token in time",
        "idle_timeout": "it stopped sending",
        "slow_stream": "it sent its answer too slowly",
        "total_timeout": "the answer took too long",
    }
    return _failed(exchange, UpstreamFailure("timeout", words[abort], code=abort))


def _failed(exchange: Exchange, failure: UpstreamFailure) -> AttemptFailed | StreamBroken:
    return StreamBroken(failure) if exchange.content_sent else AttemptFailed(failure)


def _failure_of(error: HttpClientError) -> UpstreamFailure:
    match error:
        case ConnectTimeout():
            return UpstreamFailure("timeout", "the connection timed out", code="connect_timeout")
        case ConnectFailed():
            return UpstreamFailure("connection", f"no connection could be made: {error}", code="connect_failed")
        case AnswerTooLarge():
            return UpstreamFailure("invalid_answer", "its answer is too large", code="answer_too_large")
        case _:
            return UpstreamFailure("connection", "the connection broke", code="connection_broken")


async def _send(gateway: "Gateway", exchange: Exchange, attempt: Attempt, dialect: Dialect) -> Response:
    """Send the request in the upstream's dialect and return its answer, of which the head has arrived."""
    provider = attempt.deployment.provider
    peek = exchange.peek
    target = target_of(attempt.deployment, peek.model)
    # What a continuation says is only the end of a thought: it is not listened to.
    lossy = gateway.thoughts is not None and is_lossy(exchange.client_dialect.name, dialect.name, target.family)
    # Bytes that pass through untouched are only read along for the sake of calls.
    lossy = lossy and (peek.tools > 0 or dialect is not exchange.client_dialect)
    attempt.heard = Listener(exchange.client_dialect.name) if lossy and attempt.resumed is None else None
    body = await outgoing_body(exchange, attempt, dialect, target, gateway.thoughts)
    url = provider.base_url + dialect.chat_path(target.model, stream=peek.stream)
    if exchange.query == b"beta=true" and dialect is exchange.client_dialect:
        url += "?beta=true"
    headers = dialect.upstream_headers(provider.api_key, exchange.headers)
    attempt.sent = True
    began = time.perf_counter()
    try:
        response = await gateway.client.request("POST", url, headers, body)
    finally:
        exchange.upstream_seconds += time.perf_counter() - began
    attempt.status = response.status
    return response


async def _run_whole(gateway: "Gateway", exchange: Exchange, attempt: Attempt) -> None:
    deployment = attempt.deployment
    dialect = upstream_dialect(exchange.client_dialect, deployment.provider.dialect)
    response = await _send(gateway, exchange, attempt, dialect)
    began = time.perf_counter()
    try:
        body = await response.read(MOST_ANSWER_BYTES)
    finally:
        response.close()
        exchange.upstream_seconds += time.perf_counter() - began
    if response.status >= 400:
        raise AttemptFailed(_refusal(dialect, response, body))
    came = time.perf_counter()
    reply = exchange.reply
    peek = exchange.peek
    restorer = exchange.restorer()
    if dialect is exchange.client_dialect and not dialect.needs_repair(peek, deployment.family) and restorer is None:
        attempt.usage, failure, _ = dialect.answer_usage(body)
        if failure is not None:
            raise AttemptFailed(failure)
        if attempt.usage is None:
            attempt.note(dialect.answer_events(body, reply, deployment.family))
        elif attempt.heard is not None:
            attempt.heard.hear(dialect.answer_events(body, reply, deployment.family))
    elif peek.operation == "embeddings":
        body = await translated_answer(gateway, exchange, attempt, dialect, body)
    else:
        events = dialect.answer_events(body, reply, deployment.family)
        attempt.note(events)
        if attempt.failure is not None:
            raise AttemptFailed(attempt.failure)
        if restorer is not None:
            events = restorer.restore(events)
        body = exchange.client_dialect.encode_answer(events, reply)
    attempt.first_token_at = came
    gateway.settle(exchange, attempt)
    await exchange.send_whole(200, body)


def _refusal(dialect: Dialect, response: Response, body: bytes) -> UpstreamFailure:
    headers = {
        name.decode(): value.decode("latin-1")
        for name, value in response.headers
        if name in (b"retry-after", b"retry-after-ms", b"x-should-retry")
    }
    failure = dialect.decode_failure(response.status, headers, body[:MOST_ERROR_BYTES])
    # Half a body cannot be handed on as the upstream's own words.
    return failure if len(body) <= MOST_ERROR_BYTES else msgspec.structs.replace(failure, body=b"")


async def _run_stream(gateway: "Gateway", exchange: Exchange, attempt: Attempt) -> None:
    deployment = attempt.deployment
    dialect = upstream_dialect(exchange.client_dialect, deployment.provider.dialect)
    response = await _send(gateway, exchange, attempt, dialect)
    try:
        if response.status >= 400:
            raise AttemptFailed(_refusal(dialect, response, await _read_start(response, MOST_ERROR_BYTES)))
        if response.header(b"content-type").startswith("application/json"):
            await _relay_whole_as_stream(gateway, exchange, attempt, dialect, response)
        elif (
            dialect is exchange.client_dialect
            and exchange.screened is None
            and attempt.resumed is None
            and not dialect.needs_repair(exchange.peek, deployment.family)
        ):
            await _relay(gateway, exchange, attempt, dialect, response)
        else:
            await _translate(gateway, exchange, attempt, dialect, response)
    except asyncio.CancelledError:
        if exchange.abort == "client_gone":
            await gateway.drains.read_on(attempt, response)
        raise
    finally:
        response.close()


async def _read_start(response: Response, limit: int) -> bytes:
    """Return the beginning of an answer, at least ``limit`` bytes where there are so many."""
    parts: list[bytes] = []
    size = 0
    while size < limit and (chunk := await response.read_chunk()) is not None:
        parts.append(chunk)
        size += len(chunk)
    return b"".join(parts)


async def _relay_whole_as_stream(
    gateway: "Gateway", exchange: Exchange, attempt: Attempt, dialect: Dialect, response: Response
) -> None:
    """An upstream that was asked to stream answered whole: some report errors so, some ignore the wish."""
    body = await response.read(MOST_ANSWER_BYTES)
    events = dialect.answer_events(body, exchange.reply, attempt.deployment.family)
    if attempt.resumed is not None:
        events = attempt.resumed.joiner.tolerated(events)
    attempt.note(events)
    if attempt.failure is not None:
        raise AttemptFailed(attempt.failure)
    attempt.first_token_at = exchange.first_token_at = time.perf_counter()
    restorer = _rewriter(exchange, attempt)
    events = events if restorer is None else restorer.restore(events)
    if attempt.resumed is not None and attempt.resumed.joiner.failure is not None:
        raise AttemptFailed(attempt.resumed.joiner.failure)
    part = exchange.encoder.encode(events)
    gateway.settle(exchange, attempt)
    await exchange.send_part(part, last=True)


async def _relay(
    gateway: "Gateway", exchange: Exchange, attempt: Attempt, dialect: Dialect, response: Response
) -> None:
    """Same dialect: the upstream's bytes pass through; only complete events are handed on."""
    scanner = dialect.stream_scanner(exchange.reply)
    read = response.read_chunk
    held = b""
    attempt.scanner = scanner
    heard = attempt.heard
    along = dialect.stream_decoder(exchange.reply, attempt.deployment.family) if heard is not None else None
    began = time.perf_counter()
    try:
        while True:
            chunk = await read()
            now = time.perf_counter()
            part = scanner.feed(chunk) if chunk is not None else scanner.finish()
            if heard is not None and along is not None:
                heard.hear(along.feed(chunk) if chunk is not None else along.finish())
            if scanner.failure is not None and not exchange.content_sent:
                raise AttemptFailed(scanner.failure)
            if not attempt.first_token_at:
                exchange.upstream_seconds += now - began
                began = now
                if scanner.first_token:
                    attempt.first_token_at = exchange.first_token_at = now
                elif chunk is None:
                    raise AttemptFailed(
                        UpstreamFailure("invalid_answer", "its answer was empty", attempt.status, "empty_answer")
                    )
                else:
                    held += part
                    if len(held) > MOST_ERROR_BYTES:
                        raise AttemptFailed(
                            UpstreamFailure("invalid_answer", "no token among what it sent", code="no_token")
                        )
                    continue
                if held:
                    part, held = held + part, b""
            exchange.last_read_at = now
            attempt.relayed += len(part)
            if exchange.sent is not None:
                part = exchange.sent.before_call(part, ended=scanner.finished)
            if scanner.failure is not None:
                if part:
                    await exchange.send_part(part)
                raise _failed(exchange, scanner.failure)
            if scanner.finished:
                attempt.note_scanned(scanner)
                gateway.settle(exchange, attempt)
                await exchange.send_part(part, last=True)
                if chunk is not None:
                    await drain(response)
                return
            if chunk is None:
                raise _failed(exchange, _cut(attempt))
            if part:
                await exchange.send_part(part)
    finally:
        attempt.note_scanned(scanner)


async def _translate(
    gateway: "Gateway", exchange: Exchange, attempt: Attempt, dialect: Dialect, response: Response
) -> None:
    """Another dialect, or an upstream whose stream needs repair: through the typed events."""
    decoder = attempt.decoder = dialect.stream_decoder(exchange.reply, attempt.deployment.family)
    encoder = exchange.encoder
    restorer = _rewriter(exchange, attempt)
    resumed = attempt.resumed
    read = response.read_chunk
    held: list[Event] = []
    began = time.perf_counter()
    while True:
        chunk = await read()
        now = time.perf_counter()
        events = decoder.feed(chunk) if chunk is not None else decoder.finish()
        if resumed is not None:
            events = resumed.joiner.tolerated(events)
        ended = attempt.note(events)
        said = any(map(has_token, events)) if not attempt.first_token_at else True
        if restorer is not None:
            events = restorer.restore(events)
        if resumed is not None and resumed.joiner.failure is not None:
            raise _failed(exchange, resumed.joiner.failure)
        if attempt.failure is not None:
            # While the client has nothing of this answer, the encoder must not have begun one: another will.
            if exchange.content_sent:
                if exchange.sent is not None:
                    events = exchange.sent.events_before_call(events, ended=False)
                if part := encoder.encode([event for event in events if type(event) is not Failed]):
                    await exchange.send_part(part)
            raise _failed(exchange, attempt.failure)
        if not attempt.first_token_at:
            exchange.upstream_seconds += now - began
            began = now
            if said or (ended and resumed is not None):
                attempt.first_token_at = exchange.first_token_at = now
                if resumed is not None:
                    # The client has had its first token long ago.
                    exchange.first_token_at = resumed.first_token_at
                    exchange.upstream_seconds = resumed.upstream_seconds
            elif ended or chunk is None:
                raise AttemptFailed(
                    UpstreamFailure("invalid_answer", "its answer was empty", attempt.status, "empty_answer")
                )
            else:
                held += events
                continue
            if held:
                events, held = held + events, []
        exchange.last_read_at = now
        if exchange.sent is not None:
            events = exchange.sent.events_before_call(events, ended=ended)
        if ended:
            part = encoder.encode(events)
            gateway.settle(exchange, attempt)
            await exchange.send_part(part, last=True)
            if chunk is not None:
                await drain(response)
            return
        if chunk is None:
            raise _failed(exchange, _cut(attempt))
        part = encoder.encode(events)
        if part:
            await exchange.send_part(part)


def _cut(attempt: Attempt) -> UpstreamFailure:
    return UpstreamFailure("connection", "the stream ended in the middle", attempt.status, "stream_cut")


def _rewriter(exchange: Exchange, attempt: Attempt) -> Restorer | Joiner | None:
    """Return what changes an answer on its way: it joins it to the answer before, or puts originals back into it."""
    return exchange.restorer() if attempt.resumed is None else attempt.resumed.joiner


async def _run_demo(gateway: "Gateway", exchange: Exchange, attempt: Attempt) -> None:
    attempt.status = 200
    request = exchange.decoded()
    restorer = exchange.restorer()
    # The demo model's own work is that of an upstream: none of it is the gateway's overhead.
    began = time.perf_counter()
    if not exchange.peek.stream:
        events = [event async for event in demo_events(request, paced=False)]
        attempt.first_token_at = time.perf_counter()
        exchange.upstream_seconds += attempt.first_token_at - began
        attempt.note(events)
        body = exchange.client_dialect.encode_answer(
            events if restorer is None else restorer.restore(events), exchange.reply
        )
        gateway.settle(exchange, attempt)
        await exchange.send_whole(200, body)
        return
    async for event in demo_events(request, paced=True):
        now = exchange.last_read_at = time.perf_counter()
        if not attempt.first_token_at:
            exchange.upstream_seconds += now - began
            if has_token(event):
                attempt.first_token_at = exchange.first_token_at = now
        ended = attempt.note([event])
        part = exchange.encoder.encode([event] if restorer is None else restorer.restore([event]))
        if ended:
            gateway.settle(exchange, attempt)
            await exchange.send_part(part, last=True)
        elif part:
            await exchange.send_part(part)
        began = time.perf_counter()
