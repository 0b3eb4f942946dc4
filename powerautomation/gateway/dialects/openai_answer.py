"""Whole answers of OpenAI-style upstreams, and where such hosts put usage. Facts from the hosts' documentation and from
answers of Moonshot, Infini, vLLM and OpenRouter, 2026-10."""

import time
from collections.abc import Sequence

import msgspec

from powerautomation.gateway.dialects.entities import (
    Event,
    Failed,
    Finished,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    UpstreamFailure,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.openai_calls import CallForms, call_forms
from powerautomation.gateway.dialects.openai_failure import failure_of_error
from powerautomation.gateway.dialects.openai_responses_tools import freeform_arguments
from powerautomation.gateway.dialects.openai_signatures import signature_of
from powerautomation.gateway.dialects.ports import Reply, wished
from powerautomation.gateway.dialects.tool_ids import AnswerIds
from powerautomation.gateway.dialects.tool_markup import MarkupReader
from powerautomation.gateway.families import Family


class _PromptDetails(msgspec.Struct, gc=False):
    cached_tokens: int | None = None


class _OutputDetails(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None


class WireUsage(msgspec.Struct, gc=False):
    """Usage as it is on the wire; ``prompt_tokens`` includes cached ones, which hosts put in one of three places."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    prompt_cache_hit_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _OutputDetails | None = None


def usage_of(wire: WireUsage, service_tier: object = None) -> Usage:
    """Return token counts as the ledger wants them: cached tokens apart, always integers, never negative.
    ``service_tier`` is what stands beside them, whatever it is."""
    details = wire.prompt_tokens_details
    cached = wire.cached_tokens or wire.prompt_cache_hit_tokens or (details and details.cached_tokens) or 0
    prompt = wire.prompt_tokens or 0
    output = wire.completion_tokens_details
    return Usage(
        max(prompt - cached, 0),
        max(cached, 0),
        0,
        0,
        max(wire.completion_tokens or 0, 0),
        max((output and output.reasoning_tokens) or 0, 0),
        service_tier=wished(service_tier),
    )


class _Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | dict[str, msgspec.Raw] | None = None


class _Custom(msgspec.Struct, gc=False):
    name: str | None = None
    input: str | None = None


class WireCall(msgspec.Struct, gc=False):
    """A tool call or a piece of one, of a function or of a freeform tool."""

    index: int | None = None
    id: str | None = None
    function: _Function | None = None
    custom: _Custom | None = None
    extra_content: msgspec.Raw = msgspec.Raw()


class _ContentPart(msgspec.Struct, gc=False):
    type: str = "text"
    text: str | None = None
    refusal: str | None = None


class WireMessage(msgspec.Struct, gc=False):
    """What the model said: a whole message, or the delta of a stream."""

    content: str | list[_ContentPart] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[WireCall] | None = None
    function_call: _Function | None = None


class _AnswerChoice(msgspec.Struct, gc=False):
    message: WireMessage | None = None
    finish_reason: str | None = None
    usage: WireUsage | None = None


class _Answer(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    choices: list[_AnswerChoice] | None = None
    usage: WireUsage | None = None
    service_tier: object = None
    error: msgspec.Raw = msgspec.Raw()  # a union with None would decode nothing but null


_NO_ERROR = (b"", b"null")
_answers = msgspec.json.Decoder(_Answer, strict=False)
_ILLEGIBLE = UpstreamFailure("invalid_answer", "its answer is not a chat completion", 200)
_EMPTY = UpstreamFailure("invalid_answer", "its answer was empty", 200)

_REASONS: dict[str, Finished] = {
    "stop": Finished("stop"), "eos": Finished("stop"), "end_turn": Finished("stop"), "length": Finished("length"),
    "max_tokens": Finished("length"), "tool_calls": Finished("tool_calls"), "tool_use": Finished("tool_calls"),
    "function_call": Finished("tool_calls"), "content_filter": Finished("refusal"), "sensitive": Finished("refusal"),
    "refusal": Finished("refusal"),
}  # fmt: skip


def finished_of(reason: str | None, *, called: bool) -> Finished:
    """Return how an answer ended. Hosts say ``stop`` after tool calls now and then; what was sent counts."""
    finished = _REASONS.get(reason or "stop", _REASONS["stop"])
    if called and finished.reason == "stop":
        return _REASONS["tool_calls"]
    if not called and finished.reason == "tool_calls":
        return _REASONS["stop"]
    return finished


def text_of(content: str | list[_ContentPart] | None) -> str:
    """Return the text of a message whose content may come as a list of parts."""
    if isinstance(content, list):
        return "".join(part.text or part.refusal or "" for part in content)
    return content or ""


def arguments_of(arguments: str | dict[str, msgspec.Raw] | None) -> str:
    """Return arguments as JSON text, also where a host sends them as an object."""
    if isinstance(arguments, dict):
        return msgspec.json.encode(arguments).decode()
    return arguments or ""


def _decode(body: bytes) -> tuple[_Answer | None, UpstreamFailure | None]:
    try:
        answer = _answers.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, _ILLEGIBLE
    error = answer.error
    if bytes(error) not in _NO_ERROR:
        return answer, failure_of_error(error)
    if not answer.choices:
        return answer, _ILLEGIBLE if answer.choices is None else _EMPTY
    return answer, None


def answer_usage(body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
    """Return the usage of a whole answer, a failure it hides (an error object, no content at all), and whether it is
    good. An answer without usage is good: the caller estimates."""
    answer, failure = _decode(body)
    if answer is None:
        return None, failure, False
    choices = answer.choices
    wire = answer.usage or (choices[0].usage if choices else None)
    usage = usage_of(wire, answer.service_tier) if wire is not None else None
    if failure is None and choices is not None:
        for choice in choices:
            said = choice.message
            if said is not None and (
                said.content
                or said.tool_calls
                or said.reasoning_content
                or said.reasoning
                or said.refusal
                or said.function_call
            ):
                return usage, None, True
        failure = _EMPTY
    return usage, failure, False


def answer_events(body: bytes, reply: Reply, family: Family) -> list[Event]:
    """Return a whole answer as events; the last is Finished or Failed."""
    answer, failure = _decode(body)
    if answer is None or failure is not None or not answer.choices:
        return [Failed(failure or _EMPTY)]
    choice = answer.choices[0]
    message = choice.message or WireMessage()
    events: list[Event] = [Started(answer.id or "", answer.model or "")]
    ids = AnswerIds(reply.request_id)
    reader = MarkupReader(ids) if family.leaks_tool_markup else None
    thought = message.reasoning_content or message.reasoning or ""
    text = text_of(message.content) or message.refusal or ""
    if reader is None:
        if thought:
            events.append(ThinkingDelta(thought))
        if text:
            events.append(TextDelta(text))
    else:
        events += reader.read_thinking(thought)
        events += reader.finish()
        events += reader.read_text(text)
        events += reader.finish()
    started = reader.calls if reader is not None else 0
    calls = message.tool_calls or ()
    if message.function_call is not None:
        calls = [*calls, WireCall(function=message.function_call)]
    for number, call in enumerate(calls, started):
        name = call.function.name if call.function is not None else call.custom.name if call.custom else None
        if not name:
            return [Failed(UpstreamFailure("invalid_answer", "it called a tool without naming it", 200))]
        signature = signature_of(call.extra_content) if call.extra_content else ""
        events.append(ToolCallStarted(number, ids.of_call(call.id or "", name, number), name, signature))
        arguments = arguments_of(call.function.arguments) if call.function is not None else ""
        if call.custom is not None:
            arguments = freeform_arguments(call.custom.input or "")
        events.append(ToolArgumentsDelta(number, arguments or "{}"))
    if len(events) == 1:
        return [Failed(_EMPTY)]
    wire = answer.usage or choice.usage
    if wire is not None:
        events.append(UsageReported(usage_of(wire, answer.service_tier)))
    called = any(type(event) is ToolCallStarted for event in events)
    events.append(finished_of(choice.finish_reason, called=called))
    return events


def usage_object(usage: Usage) -> dict[str, object]:
    """Return usage as an OpenAI client expects it: the prompt includes cached and cache-written tokens."""
    prompt = usage.input_tokens + usage.cached_input_tokens + usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": usage.output_tokens,
        "total_tokens": prompt + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_input_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def finish_word(finished: Finished, *, called: bool) -> str:
    """Return the ``finish_reason`` an OpenAI client is told."""
    if finished.reason == "length":
        return "length"
    if finished.reason == "refusal":
        return "content_filter"
    return "tool_calls" if called else "stop"


def encode_answer(events: Sequence[Event], reply: Reply) -> bytes:
    """Return the events of a good answer as one chat completion. Signatures of thinking have no place in this dialect
    and stay behind."""
    texts: list[str] = []
    thoughts: list[str] = []
    calls: dict[int, tuple[ToolCallStarted, list[str]]] = {}
    usage = Usage()
    finished = Finished("stop")
    for event in events:
        if isinstance(event, TextDelta):
            texts.append(event.text)
        elif isinstance(event, ThinkingDelta):
            thoughts.append(event.text)
        elif isinstance(event, ToolCallStarted):
            calls[event.index] = (event, [])
        elif isinstance(event, ToolArgumentsDelta):
            calls[event.index][1].append(event.partial_json)
        elif isinstance(event, UsageReported):
            usage = event.usage
        elif isinstance(event, Finished):
            finished = event
    message: dict[str, object] = {"role": "assistant", "content": "".join(texts) if texts or not calls else None}
    if thoughts:
        message["reasoning_content"] = "".join(thoughts)
    word = finish_word(finished, called=bool(calls))
    if calls:
        forms = call_forms(reply.request) or CallForms(frozenset(), older=False)
        message |= forms.message((call, "".join(pieces) or "{}") for call, pieces in calls.values())
        if forms.older and word == "tool_calls":
            word = "function_call"
    return msgspec.json.encode(
        {
            "id": f"chatcmpl-{reply.request_id}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": reply.model,
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "logprobs": None,
                    "finish_reason": word,
                }
            ],
            "usage": usage_object(usage),
        }
    )
