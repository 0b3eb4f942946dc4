"""Hands a request of a Gemini client on to Google: its own bytes, but for what only this server knows and for what the
model that serves it takes differently from the one the client thinks of."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from powerautomation.gateway.dialects.entities import ThinkingOptions
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.gemini_encode import thinking_config
from powerautomation.gateway.dialects.gemini_failure import UNREADABLE
from powerautomation.gateway.dialects.gemini_fields import camel
from powerautomation.gateway.dialects.gemini_signatures import OURS, is_ours
from powerautomation.gateway.dialects.ports import Peek, Target

_CALL = re.compile(rb'"function_?[cC]all"\s*:')
_OURS = f'"{OURS}'.encode()
_LEVEL = re.compile(rb'"thinking_?[lL]evel"\s*:')
_MODEL = re.compile(rb'"model"\s*:\s*"models/')

Json = dict[str, Any]


def forward_request(body: bytes, peek: Peek, target: Target) -> bytes:
    """Return the request for this upstream. Unchanged when every turn's first call carries a signature of Google's, or
    the model does not ask for one. Raises InvalidRequest."""
    family = target.family
    ours = _OURS in body
    calls = bool(family.call_signature) and _CALL.search(body) is not None
    levels = family.thinking_field == "thinking_budget" and _LEVEL.search(body) is not None
    named = peek.model != target.model and _MODEL.search(body) is not None
    if not (ours or calls or levels or named):
        return body
    try:
        fields = msgspec.json.decode(body)
        changed = _sign(fields.get("contents"), family.call_signature, target.signatures) if ours or calls else False
        if levels:
            changed |= _give_budget(fields, target)
        if named and isinstance(fields.get("model"), str):
            del fields["model"]
            changed = True
    except (*UNREADABLE, AttributeError) as error:
        raise InvalidRequest(f"The request is not valid: {error}") from None
    return msgspec.json.encode(fields) if changed else body


class _Part(msgspec.Struct, rename="camel", gc=False):
    function_call: Any = None
    snake_call: Any = msgspec.field(default=None, name="function_call")
    thought_signature: str = ""
    snake_signature: str = msgspec.field(default="", name="thought_signature")


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part] = []


class _Contents(msgspec.Struct, gc=False):
    contents: list[_Content] = []


_contents = msgspec.json.Decoder(_Contents)


def lacks_signature(body: bytes) -> bool:
    """Say whether a turn of a request called tools and its first call came back without a signature."""
    if _CALL.search(body) is None:
        return False
    try:
        contents = _contents.decode(body).contents
    except UNREADABLE:
        return False
    for content in contents:
        called = (part for part in content.parts if part.function_call is not None or part.snake_call is not None)
        first = next(called, None)
        if first is not None and not (first.thought_signature or first.snake_signature):
            return True
    return False


def _sign(contents: Any, stand_in: str, known: Mapping[tuple[int, int], str]) -> bool:
    """Replace the signatures Google would not know, and give calls without any the one that is ``known``, or else what
    stands in for it; say whether anything changed."""
    changed = False
    # Contents of the model that follow one another are one turn, as they are when the request is read.
    turn, number, spoke = -1, 0, False
    for content in contents if isinstance(contents, list) else [contents]:
        first = True
        speaks = isinstance(content, dict) and content.get("role") == "model"
        if speaks and not spoke:
            turn, number = turn + 1, 0
        spoke = speaks
        parts = content.get("parts") if isinstance(content, dict) else None
        for part in parts if isinstance(parts, list) else [parts]:
            if not isinstance(part, dict):
                continue
            is_call = "functionCall" in part or "function_call" in part
            name = "thought_signature" if "thought_signature" in part else "thoughtSignature"
            signature = part.get(name)
            if isinstance(signature, str) and is_ours(signature):
                del part[name]
                signature = None
                changed = True
            own = known.get((turn, number), "") if is_call and speaks and not signature else ""
            if own or (is_call and first and stand_in and not signature):
                part["thoughtSignature"] = own or stand_in
                changed = True
            number += is_call
            first &= not is_call
    return changed


def _give_budget(fields: Json, target: Target) -> bool:
    """Say in tokens what the client says by a level, which the model's family does not know."""
    config = _member(fields, "generationConfig")
    thinking = _member(config, "thinkingConfig")
    level = next((name for name in thinking if camel(name) == "thinkingLevel"), "")
    if not level:
        return False
    word = thinking.pop(level)
    if isinstance(word, str):
        wish = ThinkingOptions("on", None, word.lower())
        thinking["thinkingBudget"] = thinking_config(wish, target.family)["thinkingBudget"]
        target.adapted.append("thinkingLevel")
    return True


def _member(fields: Json, name: str) -> Json:
    found = next((value for key, value in fields.items() if camel(key) == name), None)
    return found if isinstance(found, dict) else {}
