"""The typed model in the middle: what a request asks and what an answer says, in no vendor's words.

A request is a :class:`ChatRequest`. An answer, streamed or whole, is a sequence of events:
``Started, (TextDelta | ThinkingDelta | ThinkingSignature | RedactedThinking | ToolCallStarted | ToolArgumentsDelta |
UsageReported)*, Finished | Failed``.
"""

from typing import Literal

import msgspec


class Text(msgspec.Struct, tag="text", frozen=True):
    """Plain text; ``cache_control`` is Anthropic's raw JSON, kept for Anthropic only."""

    text: str
    cache_control: msgspec.Raw | None = None


class Image(msgspec.Struct, tag="image", frozen=True):
    """An image: either base64 ``data`` with its ``media_type`` or a ``url``. ``detail`` is how closely the client wants
    it seen, in its vendor's word; it only counts in estimates."""

    media_type: str = ""
    data: str = ""
    url: str = ""
    detail: str = ""


class Document(msgspec.Struct, tag="document", frozen=True):
    """A document such as a PDF: base64 ``data`` with ``media_type``, a ``url``, or already plain ``text``."""

    media_type: str = ""
    data: str = ""
    url: str = ""
    text: str = ""
    title: str = ""


class Thinking(msgspec.Struct, tag="thinking", frozen=True):
    """Reasoning of an earlier turn. ``signature`` is the vendor's, byte for byte; ``redacted_data`` is opaque.
    ``vendor`` says whose signature it is where the client's dialect tells, ``id`` what the vendor called the block."""

    text: str = ""
    signature: str = ""
    redacted_data: str = ""
    vendor: str = ""
    id: str = ""


class ToolCall(msgspec.Struct, tag="tool_call", frozen=True):
    """A call the assistant made; ``arguments`` is JSON text as it was produced. ``signature`` is what its vendor wants
    back with it, byte for byte, where the client's dialect carries one."""

    id: str
    name: str
    arguments: str
    signature: str = ""


class ToolResult(msgspec.Struct, tag="tool_result", frozen=True):
    """The result of one call, sent by the user side."""

    call_id: str
    parts: tuple["Text | Image | Document", ...] = ()
    is_error: bool = False


Part = Text | Image | Document | Thinking | ToolCall | ToolResult


class Message(msgspec.Struct, frozen=True):
    """One turn. ``system`` messages may stand anywhere (Claude Code does so for models it does not know)."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[Part, ...]


class Tool(msgspec.Struct, frozen=True):
    """A tool the client runs itself; ``schema`` is the raw JSON Schema of its arguments.

    A ``freeform`` tool takes plain text, maybe of a ``grammar`` (raw JSON of its dialect). Its ``schema`` and
    ``description`` say the same to models that know only functions: one string. ``name`` is always fit for every
    vendor; where it came from a ``namespace``, that stands beside it.
    """

    name: str
    description: str
    schema: msgspec.Raw
    strict: bool | None = None
    kind: Literal["function", "freeform"] = "function"
    grammar: msgspec.Raw | None = None
    namespace: str = ""


class ToolChoice(msgspec.Struct, frozen=True):
    """What the client demands: ``auto``, ``none``, ``any`` (some tool must be called) or ``tool`` (the one named)."""

    mode: Literal["auto", "none", "any", "tool"]
    name: str = ""
    parallel: bool | None = None


class ThinkingOptions(msgspec.Struct, frozen=True):
    """How much to think. ``mode`` None: the client did not say. ``effort``: minimal, low, medium, high, or empty."""

    mode: Literal["on", "off", "adaptive"] | None = None
    budget_tokens: int | None = None
    effort: str = ""


class ChatRequest(msgspec.Struct, frozen=True):
    """One request to a model. Counts are tokens. ``ignored`` names the client's fields that no other vendor knows and
    that change nothing about the meaning of the answer: they stay behind, and the ledger says so.
    ``response_schema_name`` and ``response_schema_strict`` are what the client calls ``response_schema`` and whether it
    is binding, ``response_schema_description`` what it says of it; empty and None: the client did not say. ``client``
    is the dialect it came in, empty for none: refusals and the ledger use that dialect's words."""

    model: str
    messages: tuple[Message, ...]
    system: tuple[Text, ...] = ()
    tools: tuple[Tool, ...] = ()
    server_tools: tuple[str, ...] = ()
    tool_choice: ToolChoice | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    thinking: ThinkingOptions = ThinkingOptions()
    response_schema: msgspec.Raw | None = None
    json_mode: bool = False
    stream: bool = False
    include_usage: bool = True
    end_user: str = ""
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    ignored: tuple[str, ...] = ()
    response_schema_name: str = ""
    response_schema_strict: bool | None = None
    response_schema_description: str = ""
    client: str = ""


class Usage(msgspec.Struct, frozen=True):
    """Token counts of one attempt. ``input_tokens`` excludes cached and cache-written ones; ``output_tokens`` includes
    reasoning. ``estimated`` is true when the upstream never said and the counts are ours. ``service_tier`` is the
    one it says it granted, or empty."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False
    service_tier: str = ""


class Started(msgspec.Struct, frozen=True, gc=False):
    """The upstream began an answer; ``id`` and ``model`` are the upstream's."""

    id: str = ""
    model: str = ""


class TextDelta(msgspec.Struct, frozen=True, gc=False):
    """More answer text."""

    text: str


class ThinkingDelta(msgspec.Struct, frozen=True, gc=False):
    """More reasoning text."""

    text: str


class ThinkingSignature(msgspec.Struct, frozen=True, gc=False):
    """The vendor's signature over the thinking block that just ended, or the block itself, sealed. ``vendor`` says
    whose it is, ``id`` what the vendor called the block."""

    signature: str
    vendor: str = "anthropic"
    id: str = ""


class RedactedThinking(msgspec.Struct, frozen=True, gc=False):
    """A whole opaque thinking block."""

    data: str


class ToolCallStarted(msgspec.Struct, frozen=True, gc=False):
    """A tool call begins; ``index`` tells calls of one answer apart, ``signature`` is what the vendor wants
    back with it."""

    index: int
    id: str
    name: str
    signature: str = ""


class ToolArgumentsDelta(msgspec.Struct, frozen=True, gc=False):
    """More JSON text of the arguments of the call ``index``."""

    index: int
    partial_json: str


class UsageReported(msgspec.Struct, frozen=True, gc=False):
    """Usage so far; the last one wins."""

    usage: Usage


class Finished(msgspec.Struct, frozen=True, gc=False):
    """The answer ended by itself. ``reason`` is what the upstream says; encoders correct it by what was really sent."""

    reason: Literal["stop", "length", "tool_calls", "stop_sequence", "refusal", "pause"]
    stop_sequence: str = ""


FailureKind = Literal[
    "caller", "credential", "rate_limited", "overloaded", "server", "timeout", "connection", "invalid_answer"
]


class UpstreamFailure(msgspec.Struct, frozen=True):
    """Why an attempt failed. ``caller`` and ``credential`` never open a circuit. ``status`` is the upstream's, in HTTP,
    0 when there was none; ``message`` may be shown to the client; ``body`` are the upstream's bytes, for handing a
    caller's own mistake back unchanged in the same dialect."""

    kind: FailureKind
    message: str
    status: int = 0
    code: str = ""
    retry_after_seconds: float | None = None
    body: bytes = b""


def without_words(kind: FailureKind, status: int) -> str:
    """Return the ``message`` of a failure whose upstream gave none, such as a proxy's HTML page: for the caller's own
    mistake a whole sentence, since the client reads it alone."""
    if kind != "caller":
        return f"it answered HTTP {status}"
    if status == 413:
        return "The request is larger than the provider accepts."
    return f"The provider refused the request with HTTP {status} and did not say why."


class Failed(msgspec.Struct, frozen=True, gc=False):
    """The upstream reported an error inside a stream, or broke it off."""

    failure: UpstreamFailure


Event = (
    Started
    | TextDelta
    | ThinkingDelta
    | ThinkingSignature
    | RedactedThinking
    | ToolCallStarted
    | ToolArgumentsDelta
    | UsageReported
    | Finished
    | Failed
)
