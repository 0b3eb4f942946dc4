"""What may be answered from the cache, and when two requests ask the same: decisions without input or output."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from powerautomation.gateway.answer_cache.entities import CachePolicy, Question, StoredAnswer
from powerautomation.gateway.dialects import (
    ChatRequest,
    Event,
    Finished,
    Peek,
    RedactedThinking,
    Started,
    TextDelta,
    ThinkingDelta,
    ThinkingSignature,
    ToolArgumentsDelta,
    ToolCallStarted,
    Usage,
    UsageReported,
)

BILLING_HEADER = "x-anthropic-billing-header"
USUAL_TEMPERATURE = 1.0
# Comparing 64 questions of this length takes a few milliseconds, which other requests wait for.
LONGEST_SEMANTIC_CHARACTERS = 500
PIECE_CHARACTERS = 200
# What changes how an answer is carried or counted, and nothing about what it says.
_MEANINGLESS = ("stream", "include_usage", "end_user", "ignored", "client")
# Wishes beyond the common model that say nothing about the answer: how it is made, billed, labelled or guessed ahead.
_UNHEARD = frozenset({"service_tier", "prediction", "truncation", "store", "metadata"})
_KEPT_ENDS = frozenset({"stop", "stop_sequence"})


def bypasses(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bool, bool]:
    """Return whether the client forbids to look, and to keep: ``cache-control: no-store`` and
    ``x-powerautomation-cache: off`` forbid both, ``cache-control: no-cache`` asks for a fresh answer."""
    look = keep = True
    for name, value in headers:
        if name == b"cache-control":
            words = value.lower()
            look = look and b"no-cache" not in words and b"no-store" not in words
            keep = keep and b"no-store" not in words
        elif name == b"x-powerautomation-cache" and value.strip().lower() == b"off":
            look = keep = False
    return not look, not keep


def may_be_cached(policy: CachePolicy, peek: Peek, request: ChatRequest) -> bool:
    """Say whether a request is one whose answer may be repeated."""
    if (peek.tools or request.tools or request.server_tools) and not policy.tools:
        return False
    if (peek.images or peek.documents) and not policy.images:
        return False
    if not _UNHEARD.issuperset(request.ignored):
        # It wishes for something the key of the answer does not know.
        return False
    temperature = USUAL_TEMPERATURE if request.temperature is None else request.temperature
    return temperature <= policy.max_temperature


def question_of(request: ChatRequest, owner: str, scope: str) -> Question:
    """Return the keys of a request. ``owner`` is the organization (and key) it belongs to, ``scope`` the route and its
    deployments: answers of others are never found, nor those of deployments the route no longer has.

    The keys are made of the meaning: model, messages, tools and parameters. Marks for prompt caches, Claude Code's
    billing header, the wish to stream and who the end user is make no difference; nor does the dialect, in which system
    prompts stand in different places and thinking that nobody asked for is said differently.
    """
    content = msgspec.json.decode(msgspec.json.encode(request))
    for name in _MEANINGLESS:
        content.pop(name, None)
    # Anthropic's clients switch thinking off by saying nothing, others leave it to the model: neither asked for it.
    if content["thinking"]["mode"] == "off" or content["thinking"]["mode"] is None:
        content["thinking"]["mode"] = ""
    system = [text for text in map(_text_of, content.pop("system", ())) if not text.startswith(BILLING_HEADER)]
    messages = list(content.pop("messages"))
    while messages and messages[0]["role"] == "system":
        system += map(_text_of, messages.pop(0)["parts"])
    for message in messages:
        for part in message["parts"]:
            part.pop("cache_control", None)
    content["system"] = "\n\n".join(text for text in system if text)
    said = ""
    last = messages[-1] if messages else None
    if last is not None and last["role"] == "user" and all(part["type"] == "text" for part in last["parts"]):
        said = "\n".join(part["text"] for part in last["parts"])
    before = messages[:-1] if said else messages
    key = _digest(owner, scope, {**content, "messages": messages})
    if not said or len(said) > LONGEST_SEMANTIC_CHARACTERS:
        return Question(key, "", "")
    return Question(key, _digest(owner, scope, {**content, "messages": before, "semantic": True}), said)


def _text_of(part: dict[str, Any]) -> str:
    return str(part.get("text", ""))


def _digest(owner: str, scope: str, content: dict[str, Any]) -> str:
    encoded = msgspec.json.encode([owner, scope, content], order="deterministic")
    return hashlib.sha256(encoded).hexdigest()


def kept_events(events: Sequence[Event]) -> tuple[Event, ...] | None:
    """Return what is kept of an answer: its content, pieces of one kind joined. None for what must not be repeated: an
    answer that calls tools, one that was cut off, one that says nothing, one with thinking only its vendor may read."""
    kept: list[Event] = []
    said = False
    for event in events:
        if isinstance(event, ToolCallStarted | ToolArgumentsDelta | RedactedThinking):
            return None
        if isinstance(event, Started | UsageReported | ThinkingSignature):
            continue
        if isinstance(event, Finished):
            return (*kept, event) if said and event.reason in _KEPT_ENDS else None
        if not isinstance(event, TextDelta | ThinkingDelta):
            return None
        said = said or isinstance(event, TextDelta)
        last = kept[-1] if kept else None
        if type(last) is type(event):
            kept[-1] = type(event)(last.text + event.text)
        else:
            kept.append(event)
    return None


def masked_events(events: Sequence[Event], originals: Mapping[str, str]) -> tuple[Event, ...]:
    """Return an answer's content with placeholders where it repeats ``originals``, by placeholder: what guardrails keep
    from providers is not kept here either."""
    by_length = sorted(originals.items(), key=lambda pair: -len(pair[1]))
    masked: list[Event] = []
    for event in events:
        if isinstance(event, TextDelta | ThinkingDelta):
            text = event.text
            for placeholder, original in by_length:
                text = text.replace(original, placeholder)
            masked.append(type(event)(text))
        else:
            masked.append(event)
    return tuple(masked)


def replayed_events(answer: StoredAnswer, request_id: str, model: str, *, thinking: bool) -> list[Event]:
    """Return a stored answer as an upstream would have sent it, in pieces. Its thinking has no signature any more, so
    it is shown only to clients that asked for ``thinking`` and cannot be taken for signed."""
    events: list[Event] = [Started(request_id, model)]
    for event in answer.events[:-1]:
        if isinstance(event, ThinkingDelta) and not thinking:
            continue
        if isinstance(event, TextDelta | ThinkingDelta):
            kind = type(event)
            text = event.text
            events += [kind(text[at : at + PIECE_CHARACTERS]) for at in range(0, len(text), PIECE_CHARACTERS)]
    events.append(UsageReported(answer.usage))
    events.append(answer.events[-1])
    return events


class _Kept(msgspec.Struct):
    parts: list[tuple[str, str]]
    reason: str
    stop_sequence: str
    usage: Usage
    deployment: str
    at_ms: int
    cost_nanos: int | None
    currency: str


_kept_decoder = msgspec.json.Decoder(_Kept)


def encode_answer(answer: StoredAnswer) -> bytes:
    """Return an answer as it is stored."""
    finished = answer.events[-1]
    assert isinstance(finished, Finished)
    parts = [
        ("thinking" if isinstance(event, ThinkingDelta) else "text", event.text)  # type: ignore[union-attr]  # only texts
        for event in answer.events[:-1]
    ]
    return msgspec.json.encode(
        _Kept(
            parts,
            finished.reason,
            finished.stop_sequence,
            answer.usage,
            answer.deployment,
            answer.at_ms,
            answer.cost_nanos,
            answer.currency,
        )
    )


def decode_answer(stored: bytes) -> StoredAnswer | None:
    """Return a stored answer; None for what another version wrote."""
    try:
        kept = _kept_decoder.decode(stored)
    except msgspec.MsgspecError:
        return None
    events: list[Event] = [ThinkingDelta(text) if kind == "thinking" else TextDelta(text) for kind, text in kept.parts]
    if kept.reason not in _KEPT_ENDS:
        return None
    events.append(Finished(kept.reason, kept.stop_sequence))  # type: ignore[arg-type]  # checked above
    return StoredAnswer(tuple(events), kept.usage, kept.deployment, kept.at_ms, kept.cost_nanos, kept.currency)
