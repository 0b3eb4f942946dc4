"""The requests and answers of the bench: a short chat, what Claude Code really sends, and an 80K-token prompt."""

import json
from typing import Any

Json = dict[str, Any]

SHORT = "Write a haiku about a proxy that nobody notices."
WORDS = "The quick brown fox jumps over the lazy dog while the gateway counts every token it sees. "


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _tool(number: int) -> Json:
    properties: Json = {
        f"argument_{index}": {"type": "string", "description": f"What argument {index} of this tool means. {WORDS * 2}"}
        for index in range(6)
    }
    schema = {"type": "object", "properties": properties, "required": ["argument_0"], "additionalProperties": False}
    return {"name": f"Tool{number}", "description": WORDS * 8, "input_schema": schema}


def _history(size: int) -> list[tuple[str, str]]:
    turns: list[tuple[str, str]] = []
    written = 0
    while written < size:
        role = "user" if len(turns) % 2 == 0 else "assistant"
        text = f"Turn {len(turns)}. " + WORDS * 44
        turns.append((role, text))
        written += len(text)
    if turns[-1][0] == "assistant":
        turns.append(("user", SHORT))
    return turns


def chat_body(model: str, *, stream: bool, size: int = 0) -> bytes:
    """An OpenAI chat request of about ``size`` bytes (a short one when 0)."""
    turns = _history(size) if size else [("user", SHORT)]
    body: Json = {
        "model": model,
        "messages": [{"role": role, "content": text} for role, text in turns],
        "max_tokens": 1024,
        "stream": stream,
    }
    if stream:
        body["stream_options"] = {"include_usage": True}
    return _compact(body).encode()


def messages_body(model: str, *, stream: bool, size: int = 0, tools: int = 0) -> bytes:
    """An Anthropic request of about ``size`` bytes (short when 0), with ``tools`` tools like Claude Code's."""
    turns = _history(size) if size else [("user", SHORT)]
    body: Json = {
        "model": model,
        "max_tokens": 1024,
        "messages": [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns],
        "stream": stream,
    }
    if tools:
        mark = {"type": "ephemeral"}
        body["system"] = [{"type": "text", "text": WORDS * 30, "cache_control": mark}]
        body["tools"] = [_tool(number) for number in range(tools)]
        body["metadata"] = {"user_id": json.dumps({"session_id": "5a7c9f7e-1f7c-4bb0-8d6e-000000000001"})}
    return _compact(body).encode()


ANSWER_WORDS = ["Quiet", " hop", " between", " hosts,", " no", " header", " out", " of", " its", " place;"]


def chat_answer() -> str:
    """A whole OpenAI answer."""
    text = "".join(ANSWER_WORDS * 4)
    return _compact(
        {
            "id": "chatcmpl-bench",
            "object": "chat.completion",
            "created": 1790000000,
            "model": "kimi-k2-instruct",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 21, "completion_tokens": 48, "total_tokens": 69},
        }
    )


def chat_events() -> list[str]:
    """An OpenAI stream of 52 events, the last but one with usage."""

    def chunk(choices: list[Json], **extra: object) -> str:
        head: Json = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1790000000}
        return "data: " + _compact({**head, "model": "kimi-k2-instruct", "choices": choices, **extra})

    def choice(delta: Json, finish: str | None = None) -> list[Json]:
        return [{"index": 0, "delta": delta, "finish_reason": finish}]

    events = [chunk(choice({"role": "assistant", "content": ""}))]
    events += [chunk(choice({"content": ANSWER_WORDS[index % 10]})) for index in range(48)]
    events.append(chunk(choice({}, "stop")))
    events.append(chunk([], usage={"prompt_tokens": 21, "completion_tokens": 48, "total_tokens": 69}))
    events.append("data: [DONE]")
    assert len(events) == 52
    return events


_USAGE = {"input_tokens": 21, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 48}


def messages_answer() -> str:
    """A whole Anthropic answer."""
    return _compact(
        {
            "id": "msg_bench",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-6",
            "content": [{"type": "text", "text": "".join(ANSWER_WORDS * 4)}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": _USAGE,
        }
    )


def messages_events() -> list[str]:
    """An Anthropic stream of 52 events."""

    def event(kind: str, **fields: object) -> str:
        return f"event: {kind}\\ndata: {_compact({'type': kind, **fields})}"

    message = json.loads(messages_answer()) | {
        "content": [],
        "stop_reason": None,
        "usage": {**_USAGE, "output_tokens": 1},
    }
    events = [event("message_start", message=message), event("ping")]
    events.append(event("content_block_start", index=0, content_block={"type": "text", "text": ""}))
    for index in range(46):
        delta = {"type": "text_delta", "text": ANSWER_WORDS[index % 10]}
        events.append(event("content_block_delta", index=0, delta=delta))
    events.append(event("content_block_stop", index=0))
    events.append(event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage=_USAGE))
    events.append(event("message_stop"))
    assert len(events) == 52
    return events
