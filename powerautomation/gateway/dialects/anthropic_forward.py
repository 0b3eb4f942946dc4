"""Hands a request of an Anthropic client on to an Anthropic-style upstream: its own bytes, but for what cannot stand
there because another vendor answered earlier turns, or because the model is older than the client thinks."""

import re

import msgspec

from powerautomation.gateway.dialects.anthropic_encode import BUDGET_BY_EFFORT, EFFORTS, LEAST_BUDGET
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.ports import Peek, Target

_Raw = msgspec.Raw
_Fields = dict[str, msgspec.Raw]

_encode = msgspec.json.encode
_decode_fields = msgspec.json.Decoder(_Fields).decode
_decode_list = msgspec.json.Decoder(list[_Raw]).decode

# Searches for these are safe: inside JSON strings quotes are escaped, so words between bare quotes are keys or values.
_UNSIGNED = re.compile(rb'"signature"\s*:\s*""')
_SYSTEM_TURN = re.compile(rb'"role"\s*:\s*"system"')
_SWITCHED_OFF = re.compile(rb'"type"\s*:\s*"disabled"')
_ADAPTIVE = re.compile(rb'"type"\s*:\s*"adaptive"')
_SAMPLING = ("temperature", "top_p", "top_k")
_CLEARS_THINKING = b'"clear_thinking'


class _Kind(msgspec.Struct, gc=False):
    type: str = ""
    signature: str = ""


class _Wish(msgspec.Struct, gc=False):
    type: str = ""
    budget_tokens: int = 0


class _Wishes(msgspec.Struct, gc=False):
    thinking: _Wish | None = None
    temperature: _Raw = _Raw()
    top_p: _Raw = _Raw()
    top_k: _Raw = _Raw()


_decode_wishes = msgspec.json.Decoder(_Wishes).decode


class _Effort(msgspec.Struct, gc=False):
    effort: str = ""


def forward_request(body: bytes, peek: Peek, target: Target) -> bytes:
    """Return the request for this upstream. Blocks that stay keep their bytes, so signatures and prompt caches hold.

    Claude is not told: thinking that carries no signature, because another vendor did it; system messages between
    turns, where the model does not know them (they go on as the user's words); a wish to think with a token budget in
    the middle of a tool loop that began without thinking, which Anthropic refuses
    (platform.claude.com/docs/en/build-with-claude/extended-thinking, read 2026-10). A model that does not think
    adaptively is given a token budget instead. Raises InvalidRequest.
    """
    family = target.family
    renamed = peek.model != target.model
    unsigned = family.signs_thinking and _UNSIGNED.search(body) is not None
    system = not family.system_turns and b'"system"' in body and _SYSTEM_TURN.search(body) is not None
    # Claude Code asks for no thinking in its side calls; a model that always thinks refuses that (MoonshotAI/Kimi-K2
    # issue 141, 2026-06).
    unstoppable = family.thinking == "always" and not family.signs_thinking and _SWITCHED_OFF.search(body) is not None
    in_loop = peek.thinking and family.signs_thinking and b'"tool_result"' in body
    limit = target.most_output()
    too_long = limit is not None and peek.max_output_tokens is not None and peek.max_output_tokens > limit
    adaptive = not family.thinking_budgets and _is_dated(body)
    by_budget = family.signs_thinking and family.thinking_field == "thinking" and _ADAPTIVE.search(body) is not None
    if not (renamed or unsigned or system or in_loop or unstoppable or by_budget or too_long or adaptive):
        return body
    try:
        fields = _decode_fields(body)
        if unsigned or system:
            fields["messages"] = _Raw(_encode(_fit_turns(fields["messages"], unsigned=unsigned, system=system)))
        elif not (renamed or unstoppable or by_budget or too_long or adaptive) and not _must_not_think(fields):
            return body
        if unstoppable and msgspec.json.decode(fields.get("thinking", b"{}"), type=_Wish).type == "disabled":
            del fields["thinking"]
        if too_long and limit is not None:
            _shorten(fields, limit, target)
        if adaptive:
            _say_adaptively(fields, target)
        if by_budget:
            _give_budget(fields)
        if in_loop and _must_not_think(fields):
            _stop_thinking(fields)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"The request is not valid: {error}") from None
    if renamed:
        fields["model"] = _Raw(_encode(target.model))
    return _encode(fields)


def _fit_turns(messages: _Raw, *, unsigned: bool, system: bool) -> list[_Fields]:
    turns: list[_Fields] = []
    waiting: list[_Raw] = []
    for raw in _decode_list(messages):
        turn = _decode_fields(raw)
        role = _word(turn.get("role"))
        if role == "system" and system:
            said = [_as_told(block) for block in _blocks(turn)]
            if turns and _word(turns[-1].get("role")) == "user":
                _append(turns[-1], said)
            else:
                # Results must follow their calls directly, so this waits for the user's turn.
                waiting += said
            continue
        if role == "assistant":
            if waiting:
                turns.append(_user_turn(waiting))
                waiting = []
            if unsigned and not _drop_unsigned(turn):
                continue
        elif waiting:
            _append(turn, waiting)
            waiting = []
        turns.append(turn)
    if waiting:
        turns.append(_user_turn(waiting))
    return turns


def _word(raw: _Raw | None) -> object:
    return None if raw is None else msgspec.json.decode(raw)


def _is_list(raw: _Raw | None) -> bool:
    return raw is not None and bytes(memoryview(raw)[:1]) == b"["


def _blocks(turn: _Fields) -> list[_Raw]:
    content = turn.get("content")
    if content is None:
        return []
    if _is_list(content):
        return _decode_list(content)
    return [_Raw(_encode({"type": "text", "text": content}))]


def _append(turn: _Fields, blocks: list[_Raw]) -> None:
    turn["content"] = _Raw(_encode([*_blocks(turn), *blocks]))


def _user_turn(blocks: list[_Raw]) -> _Fields:
    return {"role": _Raw(b'"user"'), "content": _Raw(_encode(blocks))}


def _as_told(block: _Raw) -> _Raw:
    """Return a system message's text as the user's, still marked as what it is; its cache mark stays."""
    fields = _decode_fields(block)
    text = _word(fields.get("text"))
    if not isinstance(text, str):
        raise InvalidRequest("A system message can hold only text.")
    fields["text"] = _Raw(_encode(f"<system>{text}</system>"))
    return _Raw(_encode(fields))


def _drop_unsigned(turn: _Fields) -> bool:
    """Take thinking without a signature out of an assistant turn; say whether anything is left of the turn."""
    if not _is_list(turn.get("content")):
        return True
    blocks = _blocks(turn)
    kept = [block for block in blocks if not _is_unsigned(block)]
    if len(kept) != len(blocks):
        turn["content"] = _Raw(_encode(kept))
    return bool(kept)


def _is_unsigned(block: _Raw) -> bool:
    kind = _kind(block)
    return kind.type == "thinking" and not kind.signature


def _kind(block: _Raw) -> _Kind:
    try:
        return msgspec.json.decode(block, type=_Kind)
    except msgspec.ValidationError:
        return _Kind()


def _must_not_think(fields: _Fields) -> bool:
    """Say whether a tool loop is open that began without thinking while the request asks for a thinking budget. With
    adaptive thinking Anthropic does not mind."""
    if "thinking" not in fields or msgspec.json.decode(fields["thinking"], type=_Wish).type != "enabled":
        return False
    messages = _decode_list(fields["messages"])
    if not messages or b'"tool_result"' not in bytes(messages[-1]):
        return False
    for raw in reversed(messages):
        turn = _decode_fields(raw)
        if _word(turn.get("role")) == "assistant":
            blocks = _blocks(turn)
            return bool(blocks) and _kind(blocks[0]).type not in ("thinking", "redacted_thinking")
    return False


def _give_budget(fields: _Fields) -> None:
    """Say a wish to think adaptively as a budget of tokens, below the output limit; the effort, which only adaptive
    models take, becomes its size."""
    if msgspec.json.decode(fields.get("thinking", b"{}"), type=_Wish).type != "adaptive":
        return
    effort = ""
    if "output_config" in fields:
        effort = msgspec.json.decode(fields["output_config"], type=_Effort).effort
        config = _decode_fields(fields["output_config"])
        config.pop("effort", None)
        fields["output_config"] = _Raw(_encode(config))
        if not config:
            del fields["output_config"]
    limit = msgspec.json.decode(fields.get("max_tokens", b"0"), type=int)
    if limit <= LEAST_BUDGET:
        _stop_thinking(fields)
        return
    budget = max(LEAST_BUDGET, min(BUDGET_BY_EFFORT.get(effort, BUDGET_BY_EFFORT["high"]), limit // 2))
    fields["thinking"] = _Raw(_encode({"type": "enabled", "budget_tokens": budget}))


def _shorten(fields: _Fields, limit: int, target: Target) -> None:
    """Ask for an answer of at most ``limit`` tokens, and for thinking that leaves room for it."""
    fields["max_tokens"] = _Raw(b"%d" % limit)
    target.adapted.append("max_tokens")
    wish = msgspec.json.decode(fields.get("thinking", b"{}"), type=_Wish)
    if wish.type == "enabled" and wish.budget_tokens >= limit:
        budget = max(LEAST_BUDGET, limit - LEAST_BUDGET)
        fields["thinking"] = _Raw(_encode({"type": "enabled", "budget_tokens": budget}))


def _is_dated(body: bytes) -> bool:
    """Say whether a request holds wishes of which the newest models know nothing."""
    try:
        wishes = _decode_wishes(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"The request is not valid: {error}") from None
    if wishes.thinking is not None and wishes.thinking.type == "enabled":
        return True
    return any(bytes(raw) not in (b"", b"null") for raw in (wishes.temperature, wishes.top_p, wishes.top_k))


def _say_adaptively(fields: _Fields, target: Target) -> None:
    """Say a wish to think by a budget of tokens as the newest models take it: adaptively, with an effort of that size;
    what they choose themselves is left out."""
    wish = msgspec.json.decode(fields.get("thinking", b"{}"), type=_Wish)
    if wish.type == "enabled":
        # Left unsaid, these models keep their thoughts to themselves.
        fields["thinking"] = _Raw(_encode({"type": "adaptive", "display": "summarized"}))
        config = _decode_fields(fields.get("output_config", _Raw(b"{}")))
        if "effort" not in config:
            effort = next((word for word, tokens in BUDGET_BY_EFFORT.items() if wish.budget_tokens <= tokens), "high")
            config["effort"] = _Raw(_encode(EFFORTS.get(effort, "high")))
            fields["output_config"] = _Raw(_encode(config))
        target.adapted.append("thinking")
    for name in _SAMPLING:
        if bytes(fields.pop(name, _Raw(b"null"))) != b"null":
            target.adapted.append(name)


def _stop_thinking(fields: _Fields) -> None:
    """Ask for no thinking, nor for clearing it, which Anthropic takes only together."""
    fields["thinking"] = _Raw(b'{"type":"disabled"}')
    management = fields.get("context_management")
    if management is None or _CLEARS_THINKING not in bytes(management):
        return
    told = _decode_fields(management)
    edits = [edit for edit in _decode_list(told.get("edits", _Raw(b"[]"))) if _CLEARS_THINKING not in bytes(edit)]
    if edits:
        told["edits"] = _Raw(_encode(edits))
        fields["context_management"] = _Raw(_encode(told))
    else:
        del fields["context_management"]
