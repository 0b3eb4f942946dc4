"""Owns API formats: what clients say and vendors answer, in and out of one typed model."""

from collections.abc import Callable

import msgspec

from powerautomation.gateway.dialects import gemini_signatures, openai_responses_thinking
from powerautomation.gateway.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from powerautomation.gateway.dialects.anthropic_resume import prefilled as prefilled_for_anthropic
from powerautomation.gateway.dialects.continuing import CONTINUING, Continuing
from powerautomation.gateway.dialects.documents import is_text
from powerautomation.gateway.dialects.embeddings import EmbeddingsDialect
from powerautomation.gateway.dialects.entities import (
    ChatRequest,
    Document,
    Event,
    Failed,
    Finished,
    Image,
    Message,
    Part,
    RedactedThinking,
    Started,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ThinkingSignature,
    Tool,
    ToolArgumentsDelta,
    ToolCall,
    ToolCallStarted,
    ToolResult,
    UpstreamFailure,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.gemini import GEMINI
from powerautomation.gateway.dialects.gemini_embeddings import GEMINI_EMBEDDING, GEMINI_EMBEDDINGS, GeminiEmbeddings
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT
from powerautomation.gateway.dialects.openai_embeddings import OPENAI_EMBEDDINGS, OpenAiEmbeddings
from powerautomation.gateway.dialects.openai_forward import calls_without_reasoning
from powerautomation.gateway.dialects.openai_responses import OPENAI_RESPONSES, number_on
from powerautomation.gateway.dialects.openai_resume import prefilled as prefilled_for_chat
from powerautomation.gateway.dialects.ports import (
    Dialect,
    Peek,
    Reply,
    Resumed,
    StreamDecoder,
    StreamEncoder,
    StreamScanner,
    Target,
)
from powerautomation.gateway.dialects.token_estimate import estimate_text_tokens, estimate_tokens

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect for dialect in (ANTHROPIC_MESSAGES, OPENAI_CHAT, OPENAI_RESPONSES, GEMINI)
}


def upstream_dialect(client: Dialect, spoken: str) -> Dialect:
    """Return the dialect for an upstream that speaks ``spoken``: embeddings are an API of their own beside the chat."""
    if not isinstance(client, OpenAiEmbeddings | GeminiEmbeddings):
        return DIALECTS[spoken]
    if spoken != GEMINI.name:
        return OPENAI_EMBEDDINGS
    return client if isinstance(client, GeminiEmbeddings) else GEMINI_EMBEDDINGS


def embeddings_dialect(dialect: Dialect) -> EmbeddingsDialect:
    """Return a dialect of embeddings as what it is. Raises TypeError for another."""
    if isinstance(dialect, OpenAiEmbeddings | GeminiEmbeddings):
        return dialect
    raise TypeError(f"{dialect.name} is no dialect of embeddings")


def repacked(value: str, change: Callable[[Thinking], str]) -> str:
    """Return what a client keeps without understanding it (``thoughtSignature``, ``encrypted_content``) with another
    text of the thinking inside; what is not ours as it is."""
    if value.startswith(gemini_signatures.OURS):
        found = gemini_signatures.unpack(value)
        pack = gemini_signatures.pack
    elif value.startswith(openai_responses_thinking.PREFIX):
        found = openai_responses_thinking.unpack(value, "", "")
        pack = openai_responses_thinking.pack
    else:
        return value
    return value if found is None else pack(msgspec.structs.replace(found, text=change(found)))


_TOKENS = frozenset({TextDelta, ThinkingDelta, ToolCallStarted, ToolArgumentsDelta, RedactedThinking})


def has_token(event: Event) -> bool:
    """Say whether an event carries something of the answer itself: until one does, failover is invisible."""
    return type(event) in _TOKENS


__all__ = [
    "CONTINUING", "DIALECTS", "GEMINI_EMBEDDING", "GEMINI_EMBEDDINGS", "OPENAI_EMBEDDINGS",
    "ChatRequest", "Continuing", "Dialect", "Document", "Event",
    "Failed", "Finished", "Image", "InvalidRequest", "Message", "Part", "Peek", "RedactedThinking", "Reply", "Resumed",
    "Started", "StreamDecoder", "StreamEncoder", "StreamScanner", "Target", "Text", "TextDelta", "Thinking",
    "ThinkingDelta", "ThinkingSignature", "Tool", "ToolArgumentsDelta", "ToolCall", "ToolCallStarted", "ToolResult",
    "UpstreamFailure", "Usage", "UsageReported", "calls_without_reasoning", "embeddings_dialect",
    "estimate_text_tokens", "estimate_tokens", "has_token", "is_text",
    "number_on", "prefilled_for_anthropic", "prefilled_for_chat", "repacked", "upstream_dialect",
]  # fmt: skip
