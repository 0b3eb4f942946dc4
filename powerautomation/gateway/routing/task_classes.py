"""What kind of work a request is, told from its gist: a decision without input or output, in about a microsecond."""

import re
from typing import Literal

from powerautomation.gateway.dialects import Peek

TaskClass = Literal["background", "vision", "long_context", "tool_heavy", "deep_reasoning", "plain"]
TASK_CLASSES: tuple[TaskClass, ...] = (
    "background", "vision", "long_context", "tool_heavy", "deep_reasoning", "plain",
)  # fmt: skip

BYTES_PER_TOKEN = 4
LONG_CONTEXT_TOKENS = 60_000
MANY_TOOLS = 8
# A client that asks for so few tokens probes (Claude Code's quota call asks for one) or wants a label.
LABEL_TOKENS = 64
# Claude Code's calls for titles and topics ask for 512 tokens of a small model, and are a few KB long.
BACKGROUND_TOKENS = 1024
BACKGROUND_BYTES = 32 * 1024
_SMALL_MODELS = ("haiku", "flash-lite", "-nano", "-mini")
# How clients ask for a label of a conversation. Searched for only in short requests without tools, and only where one
# of the words stands at all: that search is a hundred times cheaper.
_WORDS = (b"title", b"topic", b"ummari", "标题".encode(), "標題".encode())
_LABELS = re.compile(
    rb"(?:write|generate|create|produce|suggest|give|come up with)[^\"]{0,120}\btitle\b[^\"]{0,120}"
    rb"\b(?:conversation|session|chat)\b"
    rb"|new conversation topic|conversation title|\btitle (?:for|of) (?:the|this) (?:conversation|session|chat)"
    rb"|summari[sz]e this (?:coding )?(?:conversation|session) in (?:under|at most|less than)"
    + '|(?:对话|會話|会话|對話)[^"]{0,40}(?:标题|標題)|(?:标题|標題)[^"]{0,40}(?:对话|會話|会话|對話)'.encode(),
    re.IGNORECASE,
)


def tokens_of(body_bytes: int) -> int:
    """Return the likely prompt tokens of a body, by its length alone."""
    return body_bytes // BYTES_PER_TOKEN


def task_class_of(peek: Peek, body_bytes: int, body: bytes = b"") -> TaskClass:
    """Return what kind of work a request is, the first that holds of:

    ``background``: a title, a topic, a probe: no tools, no thinking, few tokens asked for or a small model, and short.
    ``vision``: images or documents to look at. ``long_context``: 60,000 tokens of prompt or more.
    ``tool_heavy``: eight tools or more. ``deep_reasoning``: thinking was asked for. ``plain``: everything else.
    """
    if peek.images or peek.documents:
        return "vision"
    if not peek.tools and not peek.thinking and body_bytes < BACKGROUND_BYTES and _is_background(peek, body):
        return "background"
    if body_bytes >= LONG_CONTEXT_TOKENS * BYTES_PER_TOKEN:
        return "long_context"
    if peek.tools >= MANY_TOOLS:
        return "tool_heavy"
    return "deep_reasoning" if peek.thinking else "plain"


def _is_background(peek: Peek, body: bytes) -> bool:
    if peek.operation != "chat":
        return False
    most = peek.max_output_tokens
    if most is not None and most <= LABEL_TOKENS:
        return True
    model = peek.model.lower()
    if most is not None and most <= BACKGROUND_TOKENS and any(name in model for name in _SMALL_MODELS):
        return True
    return any(word in body for word in _WORDS) and _LABELS.search(body) is not None
