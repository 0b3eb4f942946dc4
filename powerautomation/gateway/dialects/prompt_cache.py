"""Marks of a prompt cache in Anthropic's requests, for clients of formats that have none.

Anthropic keeps a prompt only up to blocks that are marked, at most four of them, and finds it again when everything
before a mark is the same: tools first, then the system prompt, then the turns. Editors that call it themselves place
their marks in the same way (https://github.com/microsoft/vscode/pull/315505, seen 2026-11).
"""

from typing import Any

_MARK = {"cache_control": {"type": "ephemeral"}}
_MARKABLE = frozenset({"text", "image", "document", "tool_result", "tool_use"})
MARKED_TURNS = 2


def mark_stable_prefix(body: dict[str, Any]) -> None:
    """Mark the tools, the system prompt and the last two of the user's turns: the turn before is what the last request
    marked, so it is read from the cache, and the last one is kept for the next.

    Tools are put in order of their names: some clients list them in another order each time, and the first difference
    ends what can be found again.
    """
    tools = body.get("tools")
    if tools:
        body["tools"] = tools = sorted(tools, key=lambda tool: str(tool["name"]))
        tools[-1] = {**tools[-1], **_MARK}
    system = body.get("system")
    if isinstance(system, str) and system:
        body["system"] = [{"type": "text", "text": system, **_MARK}]
    turns = [turn for turn in body["messages"] if turn["role"] == "user"]
    for turn in turns[-MARKED_TURNS:]:
        content = turn["content"]
        if isinstance(content, str):
            content = [{"type": "text", "text": content}] if content else []
        # An empty text cannot be marked.
        if content and content[-1].get("type") in _MARKABLE and content[-1].get("text") != "":
            turn["content"] = [*content[:-1], {**content[-1], **_MARK}]
