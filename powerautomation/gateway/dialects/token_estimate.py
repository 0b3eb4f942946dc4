"""How many tokens a request likely has, without asking anybody: offline, with OpenAI's o200k vocabulary.

Other vendors' tokenizers differ by some per cent; the caller corrects by what the vendor really counted.
"""

from functools import cache
from typing import Any

from powerautomation.gateway.dialects.entities import (
    ChatRequest,
    Document,
    Image,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from powerautomation.gateway.dialects.image_sizes import image_size
from powerautomation.gateway.dialects.image_tokens import image_tokens
from powerautomation.gateway.families import Family, ImageRule, image_rule_of

TOKENS_PER_MESSAGE = 4
TOKENS_PER_TOOL = 12
# A page of a PDF is about 3,000 tokens and 50 KB (platform.claude.com PDF support, read 2026-11).
DOCUMENT_BYTES_PER_TOKEN = 16


@cache
def _tokenizer() -> Any:
    from rs_bpe import openai

    return openai.o200k_base()


def estimate_text_tokens(text: str) -> int:
    """Return the likely number of tokens of a text."""
    return int(_tokenizer().count(text)) if text else 0


def estimate_tokens(request: ChatRequest, model: str = "", family: Family | None = None) -> int:
    """Return the likely number of prompt tokens of a request: messages, system, tools and media. ``model`` is the
    upstream's id of the model and, with its family, says what images cost. Takes milliseconds for a long prompt, so
    call it in a thread."""
    images = image_rule_of(model, family.name if family is not None else "")
    total = sum(estimate_text_tokens(text.text) for text in request.system)
    for message in request.messages:
        total += TOKENS_PER_MESSAGE + sum(_part(part, images) for part in message.parts)
    for tool in request.tools:
        schema = bytes(tool.schema).decode("utf-8", "replace")
        total += TOKENS_PER_TOOL + estimate_text_tokens(tool.name + tool.description + schema)
    return total


def _part(part: Part, images: ImageRule) -> int:
    if isinstance(part, Text):
        return estimate_text_tokens(part.text)
    if isinstance(part, Image):
        return image_tokens(images, image_size(part.data) if part.data else None, part.detail)
    if isinstance(part, Document):
        return estimate_text_tokens(part.text) if part.text else max(1_500, len(part.data) // DOCUMENT_BYTES_PER_TOKEN)
    if isinstance(part, Thinking):
        return estimate_text_tokens(part.text)
    if isinstance(part, ToolCall):
        return TOKENS_PER_MESSAGE + estimate_text_tokens(part.name + part.arguments)
    if isinstance(part, ToolResult):
        return TOKENS_PER_MESSAGE + sum(_part(inner, images) for inner in part.parts)
    raise TypeError(f"unexpected part {type(part).__name__}")
