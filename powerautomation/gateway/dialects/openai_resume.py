"""Goes on with a stream of chat completion chunks that broke off."""

import re
from typing import Any

import msgspec

from powerautomation.gateway.dialects.openai_stream import OpenAiStreamEncoder
from powerautomation.gateway.dialects.ports import Reply, Resumed
from powerautomation.gateway.dialects.request_fields import decode_fields, encode_fields, extended, lowered
from powerautomation.gateway.dialects.sse import EventSplitter
from powerautomation.gateway.families import Family

CALL_MARK = re.compile(rb'"tool_calls":\s*\[\s*\{|"function_call":\s*\{')
_DONE = b"data: [DONE]\n\n"
_THOUGHTS = ("reasoning_content", "reasoning", "reasoning_details")


class _Chunk(msgspec.Struct, gc=False):
    id: str = ""
    created: int = 0
    model: str = ""
    choices: list[dict[str, Any]] = []


_decode = msgspec.json.Decoder(_Chunk, strict=False).decode


def _said(choice: dict[str, Any]) -> str | None:
    """Return the text of a choice; None when it holds more than text and reasoning."""
    delta = choice.get("delta") or {}
    known = {"role", "content", *_THOUGHTS}
    if choice.get("index") or choice.get("logprobs") or any(delta[name] for name in delta if name not in known):
        return None
    text = delta.get("content") or ""
    return text if isinstance(text, str) else None


def resume(sent: bytes, reply: Reply) -> Resumed | None:
    """Return how far a client's stream got; None when nobody else could go on with it."""
    encoder = OpenAiStreamEncoder(reply)
    texts: list[str] = []
    begun = complete = False
    for payload in EventSplitter().feed(sent):
        try:
            chunk = _decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if payload.strip() == b"[DONE]":
                return None
            continue
        if not begun:
            begun = True
            encoder.resume(chunk.id, chunk.created, chunk.model)
        for choice in chunk.choices:
            text = _said(choice)
            if text is None:
                return None
            texts.append(text)
            complete = complete or bool(choice.get("finish_reason"))
    if not begun:
        return None
    return Resumed(encoder, "".join(texts), _DONE if complete else b"", complete=complete)


def ask_for_rest(body: bytes, said: str, instruction: str, spent: int) -> bytes:
    """Return the request for what is missing of an answer."""
    fields = decode_fields(body)
    turns: list[object] = [{"role": "assistant", "content": said}]
    if instruction:
        turns.append({"role": "user", "content": instruction})
    fields["messages"] = extended(fields["messages"], turns)
    for name in ("max_tokens", "max_completion_tokens"):
        lowered(fields, name, spent)
    return encode_fields(fields)


def prefilled(body: bytes, family: Family) -> bytes:
    """Return a request that ends with the beginning of its answer as Moonshot and Alibaba take it: marked ``partial``,
    and without thinking (https://platform.kimi.com/docs/api/chat and
    https://help.aliyun.com/zh/model-studio/partial-mode, read 2026-11)."""
    fields = decode_fields(body)
    messages = msgspec.json.decode(fields["messages"], type=list[msgspec.Raw])
    last = msgspec.json.decode(messages[-1], type=dict[str, msgspec.Raw])
    last["partial"] = msgspec.Raw(b"true")
    fields["messages"] = msgspec.Raw(msgspec.json.encode([*messages[:-1], last]))
    if family.thinking == "toggle":
        fields.pop("reasoning_effort", None)
        if family.thinking_field == "enable_thinking":
            fields["enable_thinking"] = msgspec.Raw(b"false")
        else:
            fields["thinking"] = msgspec.Raw(b'{"type":"disabled"}')
    return msgspec.json.encode(fields)
