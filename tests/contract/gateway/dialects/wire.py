"""Puts scripted upstream answers through the dialects' door and lets the vendors' own SDKs read what a client gets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import anthropic
import httpx2
import openai

from powerautomation.gateway.dialects import DIALECTS, Event, Failed, Finished, Reply, UpstreamFailure
from powerautomation.gateway.families import Family, family_of
from tests.fixtures.simulators import Answer, Count, chat_answers, messages_answers, responses_answers
from tests.fixtures.simulators.chat_models import MOONSHOT, OPENAI
from tests.fixtures.simulators.delivery import Frame

DialectName = Literal["anthropic-messages", "openai-chat", "openai-responses"]
DIALECT_NAMES: tuple[DialectName, ...] = ("anthropic-messages", "openai-chat", "openai-responses")
REPLY = Reply("req_0199contract0123456789abcdef", "asked-model", True)
PROMPT = Count(input=120, cached=40)
MODELS: dict[DialectName, str] = {
    "anthropic-messages": "claude-sonnet-4-6", "openai-chat": "kimi-k2.6", "openai-responses": "gpt-5.5",
}  # fmt: skip


def family_behind(upstream: DialectName) -> Family:
    """The family of the model that answers in these tests."""
    return family_of(MODELS[upstream])


def frames_of(upstream: DialectName, answer: Answer, *, number: int = 7, usage: bool = True) -> list[Frame]:
    """The vendor's stream for a scripted answer, with the quirks that concern bytes already applied."""
    if upstream == "openai-chat":
        host = OPENAI if answer.ids == "conversation" else MOONSHOT
        context = chat_answers.Context(host, MODELS[upstream], number, 160, 40, usage, 0)
        frames = chat_answers.stream_frames(context, answer)
    elif upstream == "openai-responses":
        frames = responses_answers.stream_frames(responses_answers.Context(MODELS[upstream], number, PROMPT), answer)
    else:
        frames = messages_answers.stream_frames(messages_answers.Context(MODELS[upstream], number, PROMPT), answer)
    if "missing_done" in answer.quirks:
        frames = [frame for frame in frames if not frame.terminator]
    return frames


def bytes_of(frames: Sequence[Frame], answer: Answer) -> bytes:
    """The frames as one byte string, with comments, a malformed line and CR LF where the script asks for them."""
    parts: list[bytes] = []
    tokens = 0
    for frame in frames:
        tokens += frame.token
        if frame.token and tokens == 2:
            if "malformed_line" in answer.quirks:
                parts.append(b'data: {"id":"broken","choices":[{"index":0,"delta":{"content":"los\n\n')
            if "comments" in answer.quirks:
                parts.append(b": keep-alive\n\n")
        parts.append(frame.data)
    whole = b"".join(parts)
    return whole.replace(b"\n", b"\r\n") if "crlf" in answer.quirks else whole


def whole_of(upstream: DialectName, answer: Answer, *, number: int = 7) -> dict[str, object]:
    """The vendor's whole answer as JSON."""
    if upstream == "openai-chat":
        return chat_answers.whole_answer(
            chat_answers.Context(MOONSHOT, MODELS[upstream], number, 160, 40, True, 0), answer
        )[0]
    if upstream == "openai-responses":
        return responses_answers.whole_answer(responses_answers.Context(MODELS[upstream], number, PROMPT), answer)[0]
    return messages_answers.whole_answer(messages_answers.Context(MODELS[upstream], number, PROMPT), answer)[0]


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    """``data`` in pieces, cut at these places (modulo its length)."""
    edges = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(edges)]


def events_of(upstream: DialectName, chunks: Iterable[bytes], reply: Reply = REPLY) -> list[Event]:
    """What the decoder makes of a stream whose socket closes properly after it."""
    decoder = DIALECTS[upstream].stream_decoder(reply, family_behind(upstream))
    events: list[Event] = []
    for chunk in chunks:
        events += decoder.feed(chunk)
        if any(isinstance(event, Finished | Failed) for event in events):
            return events
    return events + decoder.finish()


def client_stream(client: DialectName, events: Sequence[Event], reply: Reply = REPLY) -> bytes:
    """What the client reads, event by event as it would leave the gateway."""
    encoder = DIALECTS[client].stream_encoder(reply)
    return b"".join(encoder.encode([event]) for event in events)


def failure_in(events: Sequence[Event]) -> UpstreamFailure | None:
    """The failure the events report, if any."""
    return next((event.failure for event in events if isinstance(event, Failed)), None)


@dataclass
class Read:
    """What an SDK understood of one answer. ``calls`` are (id, name, JSON text); ``order`` are the kinds of blocks."""

    text: str = ""
    thinking: str = ""
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    stop: str | None = None
    usage: tuple[int, int, int] | None = None
    order: list[str] = field(default_factory=list)


def _transport(content: bytes, *, stream: bool, status: int = 200) -> httpx2.MockTransport:
    kind = "text/event-stream" if stream else "application/json"
    return httpx2.MockTransport(
        lambda request: httpx2.Response(status, content=content, headers={"content-type": kind})
    )


def anthropic_client(content: bytes, *, stream: bool, status: int = 200) -> anthropic.Anthropic:
    """Anthropic's SDK, to which every request is answered with ``content``."""
    http = httpx2.Client(transport=_transport(content, stream=stream, status=status))
    return anthropic.Anthropic(api_key="pa_test", base_url="http://gateway", http_client=http, max_retries=0)


def openai_client(content: bytes, *, stream: bool, status: int = 200) -> openai.OpenAI:
    """OpenAI's SDK, to which every request is answered with ``content``."""
    http = httpx2.Client(transport=_transport(content, stream=stream, status=status))
    return openai.OpenAI(api_key="pa_test", base_url="http://gateway/v1", http_client=http, max_retries=0)


def _read_message(message: anthropic.types.Message) -> Read:
    read = Read(stop=message.stop_reason)
    for block in message.content:
        read.order.append(block.type)
        if block.type == "text":
            read.text += block.text
        elif block.type == "thinking":
            read.thinking += block.thinking
        elif block.type == "tool_use":
            read.calls.append((block.id, block.name, block.input))
    usage = message.usage
    read.usage = (usage.input_tokens, usage.cache_read_input_tokens or 0, usage.output_tokens)
    return read


def read_by_sdk(client: DialectName, content: bytes, *, stream: bool, status: int = 200) -> Read:
    """Let the SDK of this dialect read an answer. Raises what the SDK raises."""
    if client == "anthropic-messages":
        with anthropic_client(content, stream=stream, status=status) as sdk:
            if not stream:
                return _read_message(sdk.messages.create(model="m", max_tokens=9, messages=[_HI]))
            with sdk.messages.stream(model="m", max_tokens=9, messages=[_HI]) as events:
                return _read_message(events.get_final_message())
    with openai_client(content, stream=stream, status=status) as sdk:
        if client == "openai-responses":
            if not stream:
                return _read_response(sdk.responses.create(model="m", input="hi"))
            return _read_response_events(sdk.responses.create(model="m", input="hi", stream=True))
        if not stream:
            return _read_completion(sdk.chat.completions.create(model="m", messages=[_HI]))
        return _read_chunks(sdk.chat.completions.create(model="m", messages=[_HI], stream=True))


_HI: Any = {"role": "user", "content": "hi"}


def _openai_usage(usage: Any) -> tuple[int, int, int]:
    cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else 0
    return usage.prompt_tokens - (cached or 0), cached or 0, usage.completion_tokens


def _read_response(response: Any) -> Read:
    read = Read(text=response.output_text)
    for item in response.output:
        read.order.append(item.type)
        if item.type == "reasoning":
            read.thinking += "".join(part.text for part in item.summary)
        elif item.type == "function_call":
            read.calls.append((item.call_id, item.name, item.arguments))
        elif item.type == "custom_tool_call":
            read.calls.append((item.call_id, item.name, item.input))
    if response.status == "incomplete":
        read.stop = {"max_output_tokens": "length", "content_filter": "refusal"}[response.incomplete_details.reason]
    else:
        assert response.status == "completed", response.status
        read.stop = "tool_calls" if read.calls else "stop"
    if response.usage:
        cached = response.usage.input_tokens_details.cached_tokens
        read.usage = (response.usage.input_tokens - cached, cached, response.usage.output_tokens)
    return read


def _read_response_events(events: Iterable[Any]) -> Read:
    """Check that the events build, piece by piece, the very items they close with and the last one repeats."""
    building: dict[int, str] = {}
    closed: dict[int, Any] = {}
    for number, event in enumerate(events):
        assert event.sequence_number == number
        if event.type in ("response.failed", "error"):
            message = event.message if event.type == "error" else event.response.error.message
            raise openai.APIError(message, httpx2.Request("POST", "http://gateway"), body=None)
        if event.type == "response.output_item.added":
            assert event.output_index == len(closed) == len(building), "an item opens before the last was closed"
            building[event.output_index] = ""
        elif event.type.endswith(".delta"):
            assert event.output_index not in closed
            building[event.output_index] += event.delta
        elif event.type == "response.output_item.done":
            item = closed[event.output_index] = event.item
            said = {
                "message": lambda item: "".join(part.text for part in item.content),
                "reasoning": lambda item: "".join(part.text for part in item.summary),
                "function_call": lambda item: item.arguments,
                "custom_tool_call": lambda item: item.input,
                "tool_search_call": lambda item: "",
            }[item.type](item)
            assert building[event.output_index] == said or ("call" in item.type and not building[event.output_index])
        elif event.type in ("response.completed", "response.incomplete"):
            assert [item.id for item in event.response.output] == [item.id for _, item in sorted(closed.items())]
            return _read_response(event.response)
    raise AssertionError("the stream ended without its last event")


def _read_completion(completion: Any) -> Read:
    choice = completion.choices[0]
    read = Read(text=choice.message.content or "", stop=choice.finish_reason)
    read.thinking = getattr(choice.message, "reasoning_content", None) or ""
    read.calls = [(call.id, call.function.name, call.function.arguments) for call in choice.message.tool_calls or []]
    if completion.usage:
        read.usage = _openai_usage(completion.usage)
    return read


def _read_chunks(chunks: Iterable[Any]) -> Read:
    read = Read()
    calls: dict[int, list[str]] = {}
    for chunk in chunks:
        if chunk.usage:
            read.usage = _openai_usage(chunk.usage)
        for choice in chunk.choices:
            read.text += choice.delta.content or ""
            read.thinking += getattr(choice.delta, "reasoning_content", None) or ""
            read.stop = choice.finish_reason or read.stop
            for call in choice.delta.tool_calls or []:
                parts = calls.setdefault(call.index, ["", "", ""])
                parts[0] += call.id or ""
                parts[1] += (call.function.name or "") if call.function else ""
                parts[2] += (call.function.arguments or "") if call.function else ""
    read.calls = [(parts[0], parts[1], parts[2]) for _, parts in sorted(calls.items())]
    return read
