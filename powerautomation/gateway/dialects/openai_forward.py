"""Hands a request of an OpenAI client on to an OpenAI-style upstream: its own bytes, but for what this model needs."""

from functools import lru_cache

import msgspec

from powerautomation.gateway.dialects.entities import ThinkingOptions, ToolChoice
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.gemini_schemas import gemini_schema
from powerautomation.gateway.dialects.openai_encode import encode_request
from powerautomation.gateway.dialects.openai_extras import extras_in, take_out_extras
from powerautomation.gateway.dialects.openai_history import IMAGES_FOLLOW, sign_call
from powerautomation.gateway.dialects.openai_request import decode_request
from powerautomation.gateway.dialects.openai_wishes import (
    Json,
    check_answer_schema,
    check_stops,
    check_tool_count,
    fit_choice,
    fit_temperature,
    nearest_effort,
    resolve,
)
from powerautomation.gateway.dialects.ports import Peek, Target
from powerautomation.gateway.dialects.tool_ids import HistoryIds
from powerautomation.gateway.dialects.tool_names import check_tool_name
from powerautomation.gateway.dialects.tool_schemas import moonshot_schema
from powerautomation.gateway.families import Family

_Raw = msgspec.Raw
_Fields = dict[str, msgspec.Raw]

_encode = msgspec.json.encode
_decode = msgspec.json.decode
_decode_fields = msgspec.json.Decoder(_Fields).decode
_decode_list = msgspec.json.Decoder(list[_Raw]).decode
_decode_messages = msgspec.json.Decoder(list[_Fields]).decode

_WITH_USAGE = msgspec.Raw(b'{"include_usage":true}')
_NO_REASONING = msgspec.Raw(b'""')
_SYSTEM = msgspec.Raw(b'"system"')
# A search for these is safe: inside JSON strings quotes are escaped, so a word between bare quotes is a key or a value.
_PARAMETERS = (
    b'"temperature"', b'"top_p"', b'"max_tokens"', b'"thinking"', b'"reasoning_effort"', b'"tools"', b'"n"', b'"stop"',
    b'"presence_penalty"', b'"frequency_penalty"', b'"seed"', b'"response_format"', b'"enable_thinking"',
    b'"max_completion_tokens"',
)  # fmt: skip
_THINKING = frozenset({"thinking", "reasoning_effort", "tool_choice", "enable_thinking"})
_REASONING = (b'"reasoning_content"', b'"reasoning"')
_MOST_REMEMBERED_BYTES = 16 * 1024


def forward_request(body: bytes, peek: Peek, target: Target) -> bytes:
    """Return the request for this upstream: identical when nothing must change, else with the model's name, usage asked
    for in streams, and the adaptations the family's facts call for. Raises InvalidRequest."""
    family = target.family
    add_usage = peek.stream and not peek.include_usage
    history = b'"tool_calls"' in body or b'"developer"' in body or _has_any(body, _REASONING)
    adapt = _is_peculiar(family)
    try:
        extras = extras_in(body, peek, family)
        if extras == "restated":
            return encode_request(decode_request(body), target)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable("parameters", error) from None
    if (
        peek.model == target.model
        and not add_usage
        and not history
        and not extras
        and not (adapt and _has_any(body, _PARAMETERS))
    ):
        return body
    fields = _decode_fields(body)
    if peek.model != target.model:
        fields["model"] = msgspec.Raw(_encode(target.model))
    if add_usage:
        fields["stream_options"] = _WITH_USAGE
    part = "parameters"
    try:
        if extras:
            take_out_extras(fields, target)
        if adapt:
            _adapt_parameters(fields, peek, target)
        if history:
            part = "messages"
            _adapt_history(fields, target)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(part, error) from None
    return _encode(fields)


def _unreadable(part: str, error: Exception) -> InvalidRequest:
    return InvalidRequest(f"The {part} of the request are not those of a chat completion: {error}.")


class _Called(msgspec.Struct, gc=False):
    id: str = ""


class _Said(msgspec.Struct, gc=False):
    tool_calls: list[_Called] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _History(msgspec.Struct, gc=False):
    messages: list[_Said] = []


_decode_history = msgspec.json.Decoder(_History).decode


def calls_without_reasoning(body: bytes) -> list[str]:
    """Return the first call's id of each turn of a request that called tools and says nothing of what was thought,
    oldest first; none of a request that cannot be read."""
    if b'"tool_calls"' not in body:
        return []
    try:
        said = _decode_history(body).messages
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return [
        one.tool_calls[0].id
        for one in said
        if one.tool_calls and one.tool_calls[0].id and one.reasoning_content is None and one.reasoning is None
    ]


def _has_any(body: bytes, words: tuple[bytes, ...]) -> bool:
    for word in words:  # noqa: SIM110 -- on the hot path, a generator costs more than the search
        if word in body:
            return True
    return False


def _is_peculiar(family: Family) -> bool:
    return (
        family.tool_ids == "kimi"
        or family.schemas != "plain"
        or family.fixed_temperature is not None
        or family.max_tools is not None
        or family.output_limit_field != "max_tokens"
        or family.max_stops is not None
        or family.tool_choices != "every"
        or family.thinking_field == "enable_thinking"
    )


def _adapt_parameters(fields: _Fields, peek: Peek, target: Target) -> None:
    family = target.family
    check_tool_count(peek.tools, target.model, family)
    if not family.many_choices and "n" in fields and _value(fields, "n") not in (None, 1):
        raise InvalidRequest(f"{target.model} gives one choice only.", action="Leave out n, or set it to 1.")
    if peek.tools and family.leaks_tool_markup and _value(fields, "logprobs"):
        raise InvalidRequest(f"logprobs cannot be had together with tools from {target.model}.")
    if family.fixed_temperature is not None:
        _leave_out(fields, "temperature", target)
    elif "temperature" in fields:
        temperature = _value(fields, "temperature")
        if isinstance(temperature, int | float) and fit_temperature(temperature, family) != temperature:
            fields["temperature"] = msgspec.Raw(_encode(fit_temperature(temperature, family)))
            target.adapted.append("temperature")
    if family.fixed_top_p is not None:
        _leave_out(fields, "top_p", target)
    _fit_limit(fields, peek, target)
    if family.output_limit_field != "max_tokens" and "max_tokens" in fields:
        fields.setdefault(family.output_limit_field, fields.pop("max_tokens"))
    if "stop" in fields:
        stop = _value(fields, "stop")
        stops = (
            (stop,) if isinstance(stop, str) else tuple(str(word) for word in stop) if isinstance(stop, list) else ()
        )
        check_stops(stops, target.model, family)
    for hint in family.refused_hints:
        _leave_out(fields, hint, target)
    if not family.answer_schemas and b'"json_schema"' in bytes(fields.get("response_format", b"")):
        check_answer_schema(family, target.model)
    choice = _value(fields, "tool_choice")
    if family.tool_choices != "every" and "tool_choice" in fields:
        _fit_choice(fields, family)
    if not _THINKING.isdisjoint(fields):
        _adapt_thinking(fields, family)
    told = _value(fields, "tool_choice")
    if choice not in (None, "auto") and told in ("auto", "required") and told != choice:
        target.adapted.append("tool_choice")
    if (family.schemas != "plain" or not family.strict_tools) and "tools" in fields:
        if peek.tools:
            tools = _decode_list(fields["tools"])
            fields["tools"] = msgspec.Raw(_encode([_fit_tool(tool, family) for tool in tools]))
        else:
            for field in ("tools", "tool_choice", "parallel_tool_calls"):
                fields.pop(field, None)


def _fit_limit(fields: _Fields, peek: Peek, target: Target) -> None:
    """Ask for no longer an answer than the hosts let one ask for."""
    most = target.most_output()
    if most is None or peek.max_output_tokens is None or peek.max_output_tokens <= most:
        return
    for name in ("max_tokens", "max_completion_tokens"):
        if bytes(fields.get(name, b"null")) != b"null":
            fields[name] = msgspec.Raw(b"%d" % most)
            target.adapted.append(name)


def _leave_out(fields: _Fields, name: str, target: Target) -> None:
    if bytes(fields.pop(name, b"null")) != b"null":
        target.adapted.append(name)


def _value(fields: _Fields, name: str) -> object:
    raw = fields.get(name)
    return None if raw is None else _decode(raw)


def _adapt_thinking(fields: _Fields, family: Family) -> None:
    given = _value(fields, "thinking")
    said = given.get("type") if isinstance(given, dict) else None
    if family.thinking_field == "enable_thinking":
        _adapt_switch(fields, said, family)
        return
    if family.thinking_field != "thinking":
        # Nothing but a wish of which this model knows nothing.
        fields.pop("thinking", None)
        if family.thinking == "never":
            fields.pop("reasoning_effort", None)
        elif family.efforts:
            _adapt_effort(fields, said, family)
        return
    effort = _value(fields, "reasoning_effort") if family.thinking == "toggle" or said else None
    wish = ThinkingOptions()
    if said == "disabled" or (said is None and effort == "none"):
        wish = ThinkingOptions("off")
    elif said == "enabled" or effort is not None:
        wish = ThinkingOptions("on")
    choice = _choice(_value(fields, "tool_choice"))
    thinking, _, wire_choice, _ = resolve(wish, choice, family)
    if thinking is None:
        fields.pop("thinking", None)
    else:
        if family.efforts and isinstance(effort, str) and thinking["type"] == "enabled":
            fields["reasoning_effort"] = msgspec.Raw(_encode(nearest_effort(effort, family)))
        else:
            # These hosts refuse the two together, or have no use for an effort without thinking.
            fields.pop("reasoning_effort", None)
        if thinking["type"] != said:
            fields["thinking"] = msgspec.Raw(_encode(thinking))
    if choice is not None and choice.mode in ("any", "tool"):
        fields["tool_choice"] = msgspec.Raw(_encode(wire_choice))


def _adapt_switch(fields: _Fields, said: object, family: Family) -> None:
    """Say whether to think by the switch of these hosts; what the client says by that switch itself stands, unless a
    forced tool choice needs thinking to be off."""
    given = _value(fields, "enable_thinking")
    if given is None and said is None and "reasoning_effort" in fields:
        said = "disabled" if _value(fields, "reasoning_effort") == "none" else "enabled"
    fields.pop("thinking", None)
    fields.pop("reasoning_effort", None)
    wish = ThinkingOptions()
    if given is not None or said is not None:
        wish = ThinkingOptions("on" if given is True or said in ("enabled", "adaptive") else "off")
    choice = _choice(_value(fields, "tool_choice"))
    enabled = resolve(wish, choice, family).enabled
    if enabled is not None:
        fields["enable_thinking"] = msgspec.Raw(_encode(enabled))


def _fit_choice(fields: _Fields, family: Family) -> None:
    """Put the tool choice into a form these hosts take."""
    given = _value(fields, "tool_choice")
    asked = ToolChoice("none") if given == "none" else _choice(given)
    choice, which = fit_choice(asked, family)
    if which == "none":
        for field in ("tools", "tool_choice", "parallel_tool_calls"):
            fields.pop(field, None)
    elif which == "named" and asked is not None and "tools" in fields:
        named = [tool for tool in _decode_list(fields["tools"]) if _name_of(tool) == asked.name]
        if not named:
            raise InvalidRequest(f"tool_choice names “{asked.name}”, which is not among the tools.")
        fields["tools"] = msgspec.Raw(_encode(named))
        fields["tool_choice"] = msgspec.Raw(b'"required"')
    elif choice is not asked:
        fields["tool_choice"] = msgspec.Raw(b'"auto"')


def _name_of(tool: _Raw) -> object:
    function = _decode(tool).get("function")
    return function.get("name") if isinstance(function, dict) else None


def _adapt_effort(fields: _Fields, said: object, family: Family) -> None:
    """Say how much to think in the words this model knows, and weaken a forced choice it does not take meanwhile."""
    word = _value(fields, "reasoning_effort")
    if not isinstance(word, str):
        word = "minimal" if said == "disabled" else ""
    if word and word not in family.efforts:
        fields["reasoning_effort"] = msgspec.Raw(_encode(nearest_effort(word, family)))
    choice = _choice(_value(fields, "tool_choice"))
    if choice is not None:
        fields["tool_choice"] = msgspec.Raw(_encode(resolve(ThinkingOptions(), choice, family).tool_choice))


def _choice(given: object) -> ToolChoice | None:
    if given == "required":
        return ToolChoice("any")
    function = given.get("function") if isinstance(given, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    return ToolChoice("tool", name) if isinstance(name, str) else None


def _fit_tool(tool: _Raw, family: Family) -> _Raw:
    raw = bytes(tool)
    fit = _remembered_tool if len(raw) <= _MOST_REMEMBERED_BYTES else _fitted_tool
    return msgspec.Raw(fit(raw, family))


@lru_cache(maxsize=1024)
def _remembered_tool(raw: bytes, family: Family) -> bytes:
    return _fitted_tool(raw, family)


def _fitted_tool(raw: bytes, family: Family) -> bytes:
    schemas = family.schemas
    tool = _decode_fields(raw)
    function = _decode_fields(tool["function"]) if "function" in tool else {}
    if "name" in function:
        check_tool_name(msgspec.json.decode(function["name"], type=str), family, "openai-chat")
    loosened = not family.strict_tools and function.pop("strict", None) is not None
    parameters = bytes(function.get("parameters", b""))
    fitted = parameters
    if parameters and schemas != "plain":
        fitted = moonshot_schema(parameters) if schemas == "moonshot" else gemini_schema(parameters)
    if fitted == parameters and not loosened:
        return raw
    if fitted:
        function["parameters"] = msgspec.Raw(fitted)
    tool["function"] = msgspec.Raw(_encode(function))
    return _encode(tool)


def _adapt_history(fields: _Fields, target: Target) -> None:
    """Adapt the messages: roles the host knows, reasoning where it must or must not stand, ids it expects, and pictures
    of tool results in a message of the user."""
    family = target.family
    ids = HistoryIds(kimi=True) if family.tool_ids == "kimi" else None
    messages: list[_Fields] = []
    pictures: list[_Raw] = []
    turn = -1
    for message in _decode_messages(fields["messages"]):
        role = _value(message, "role")
        if role == "tool":
            if ids is not None:
                _adapt_result(message, ids, pictures)
            messages.append(message)
            continue
        if pictures:
            messages.append(_picture_message(pictures))
            pictures = []
        if role == "developer" and not family.developer_role:
            message["role"] = _SYSTEM
        elif role == "assistant":
            turn += 1
            _adapt_assistant(message, target, ids, turn)
        messages.append(message)
    if pictures:
        messages.append(_picture_message(pictures))
    fields["messages"] = msgspec.Raw(_encode(messages))


def _adapt_assistant(message: _Fields, target: Target, ids: HistoryIds | None, turn: int) -> None:
    family = target.family
    _adapt_reasoning(message, family)
    calls = _value(message, "tool_calls")
    if not isinstance(calls, list) or not calls:
        return
    if family.reasoning_in_history == "required" and not isinstance(_value(message, family.reasoning_key), str):
        first = calls[0].get("id") if target.reasoning and isinstance(calls[0], dict) else None
        known = target.reasoning.get(first, "") if isinstance(first, str) else ""
        message[family.reasoning_key] = msgspec.Raw(_encode(known)) if known else _NO_REASONING
    if family.call_signature and isinstance(calls[0], dict):
        sign_call(calls[0], family, target.signatures.get((turn, 0), ""))
        message["tool_calls"] = msgspec.Raw(_encode(calls))
    if ids is None:
        return
    for call in calls:
        function = call.get("function") if isinstance(call, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        identifier = call.get("id") if isinstance(call, dict) else None
        if not isinstance(name, str) or not isinstance(identifier, str):
            raise InvalidRequest("A tool call in the messages has no id or no function.name.")
        call["id"] = ids.of_call(identifier, name)
    message["tool_calls"] = msgspec.Raw(_encode(calls))


def _adapt_reasoning(message: _Fields, family: Family) -> None:
    """Take earlier reasoning away, or put it under the name these hosts have for it."""
    other = "reasoning" if family.reasoning_key == "reasoning_content" else "reasoning_content"
    if family.reasoning_in_history == "dropped":
        message.pop("reasoning_content", None)
    elif other in message:
        reasoning = message.pop(other)
        message.setdefault(family.reasoning_key, reasoning)


def _adapt_result(message: _Fields, ids: HistoryIds, pictures: list[_Raw]) -> None:
    identifier = _value(message, "tool_call_id")
    if isinstance(identifier, str):
        known = ids.of_result(identifier)
        if known is not None:
            message["tool_call_id"] = msgspec.Raw(_encode(known))
    content = message.get("content")
    if content is None or b'"image_url"' not in bytes(content):
        return
    texts: list[Json] = []
    for part in _decode_list(content):
        kind = _value(_decode_fields(part), "type")
        if kind == "image_url":
            pictures.append(part)
        else:
            texts.append({"type": "text", "text": str(_value(_decode_fields(part), "text") or "")})
    texts = [part for part in texts if part["text"]]
    message["content"] = msgspec.Raw(_encode([*texts, {"type": "text", "text": IMAGES_FOLLOW}]))


def _picture_message(pictures: list[_Raw]) -> _Fields:
    return {"role": msgspec.Raw(b'"user"'), "content": msgspec.Raw(_encode(pictures))}
