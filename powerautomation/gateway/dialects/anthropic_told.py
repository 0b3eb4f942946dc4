"""Blocks only Anthropic has, told in words, so that the story stays whole for other vendors."""

from collections.abc import Iterator
from typing import Any

import msgspec

_MOST_TOLD_CHARACTERS = 20_000


def told_server_tool(block: dict[str, Any]) -> str:
    """Return what a tool that Anthropic ran on its own servers was asked, or what it found. Encrypted content, which
    only Anthropic reads, stays out of it."""
    kind = str(block.get("type"))
    content = block.get("content", block.get("input"))
    if kind == "web_search_tool_result" and isinstance(content, list):
        lines = [line for found in content if isinstance(found, dict) and (line := _told_page(found))]
        told = "\n".join(["[web search results]", *(lines or ["(none)"])])
    else:
        encoded = msgspec.json.encode(_readable(content)).decode()
        told = f"[{kind} {block.get('name', '')}: {encoded}"[:_MOST_TOLD_CHARACTERS] + "]"
    return told[:_MOST_TOLD_CHARACTERS]


def _told_page(found: dict[str, Any]) -> str:
    title, url, age = (found.get(name) for name in ("title", "url", "page_age"))
    told = f"{title}: {url}" if title and url else str(title or url or "")
    return f"- {told} ({age})" if told and isinstance(age, str) and age else f"- {told}" if told else ""


def _readable(value: Any) -> Any:
    """Return a JSON value without the fields that are encrypted."""
    if isinstance(value, dict):
        return {name: _readable(inner) for name, inner in value.items() if not name.startswith("encrypted_")}
    return [_readable(inner) for inner in value] if isinstance(value, list) else value


def told_search_result(title: str, source: str, content: Any) -> str:
    """Return a ``search_result`` block as text."""
    texts = [item.get("text", "") for item in content if isinstance(item, dict)] if isinstance(content, list) else []
    return "\n".join([f"{title} ({source})", *[text for text in texts if isinstance(text, str)]])


def wishes_in_blocks(root: dict[str, Any]) -> tuple[str, ...]:
    """Name the wishes that stand in content blocks and that only Anthropic can fulfil: ``citations`` of documents."""
    asked = any(
        isinstance(block.get("citations"), dict) and block["citations"].get("enabled") is True
        for block in _blocks_of(root.get("messages"))
    )
    return ("citations",) if asked else ()


def _blocks_of(messages: Any) -> Iterator[dict[str, Any]]:
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content") if isinstance(message, dict) else None
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict):
                yield block
                inner = block.get("content")
                yield from (one for one in inner if isinstance(one, dict)) if isinstance(inner, list) else ()
