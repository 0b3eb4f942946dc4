"""The typed request in Anthropic's words: for clients of another format whose request Claude serves."""

import re
from typing import Any

import msgspec

from powerautomation.gateway.dialects.anthropic_answer import UNREADABLE
from powerautomation.gateway.dialects.client_words import client_word
from powerautomation.gateway.dialects.documents import text_of
from powerautomation.gateway.dialects.entities import (
    ChatRequest,
    Document,
    Image,
    Message,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_wishes import (
    described_schema,
    left_out,
    output_limit,
    refuse_unknown,
    sampling,
)
from powerautomation.gateway.dialects.ports import Target
from powerautomation.gateway.dialects.prompt_cache import mark_stable_prefix
from powerautomation.gateway.dialects.tool_ids import legal_id
from powerautomation.gateway.dialects.tool_names import check_tool_names
from powerautomation.gateway.families import Family

USUAL_OUTPUT_TOKENS = 8192
_DATA_URL = re.compile(r"^data:(image/[a-z+.-]+);base64,", re.IGNORECASE)
LEAST_BUDGET = 1024
# The words every adaptive model takes (platform.claude.com/docs/en/build-with-claude/effort, read 2026-10).
EFFORTS = {"minimal": "low", "low": "low", "medium": "medium"}
BUDGET_BY_EFFORT = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 24576, "max": 32000}


GO_ON = "Go on from exactly where your last message ends. Repeat nothing of it."


def encode_request(request: ChatRequest, target: Target) -> bytes:
    """Return a request of another dialect as Anthropic's JSON. Raises InvalidRequest for what it cannot say."""
    _refuse_unsayable(request)
    check_tool_names(request, target.family, "anthropic-messages")
    request = msgspec.structs.replace(request, max_output_tokens=output_limit(request, target))
    system = [text.text for text in request.system]
    body: dict[str, Any] = {
        "model": target.model,
        "max_tokens": request.max_output_tokens or target.family.default_output_tokens or USUAL_OUTPUT_TOKENS,
        "messages": _turns(request, system),
        "stream": request.stream,
    }
    if not target.family.prefill and body["messages"] and body["messages"][-1]["role"] == "assistant":
        # It refuses to begin with words that were put into its mouth, so it is told to go on from them.
        body["messages"].append({"role": "user", "content": GO_ON})
        target.adapted.append("prefill")
    joined = "\n\n".join(text for text in system if text)
    if joined:
        body["system"] = joined
    if request.tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.schema}
            if tool.description
            else {"name": tool.name, "input_schema": tool.schema}
            for tool in request.tools
        ]
    thinking = _thinking(request, body, target.family)
    _tool_choice(request, body, forced_allowed=not thinking)
    # Anthropic refuses sampling parameters while it thinks.
    if not thinking:
        body.update(sampling(request.temperature, request.top_p, target.family))
        if "temperature" in body:
            body.pop("top_p", None)
        if request.top_k is not None and target.family.fixed_temperature is None:
            body["top_k"] = request.top_k
    target.adapted.extend(left_out(request, body, ("temperature", "top_p", "top_k", "seed")))
    if request.tool_choice is not None and request.tools:
        mode = request.tool_choice.mode
        if mode in ("any", "tool") and body["tool_choice"]["type"] != mode:
            target.adapted.append(client_word(request.client, "tool_choice"))
    if request.stop:
        body["stop_sequences"] = list(request.stop)
    if request.response_schema is not None:
        wanted = {"type": "json_schema", "schema": msgspec.Raw(described_schema(request))}
        body["output_config"] = {**body.get("output_config", {}), "format": wanted}
    if request.end_user:
        body["metadata"] = {"user_id": request.end_user}
    if target.prompt_cache:
        mark_stable_prefix(body)
    return msgspec.json.encode(body)


def _refuse_unsayable(request: ChatRequest) -> None:
    if request.json_mode and request.response_schema is None:
        word = client_word(request.client, "response_format")
        raise InvalidRequest(
            f"{word}: JSON of any form (json_object) is not known to the Anthropic API.",
            action="Say the form as a JSON Schema instead.",
        )
    refuse_unknown(request, ("presence_penalty", "frequency_penalty"), "Anthropic")


def _thinking(request: ChatRequest, body: dict[str, Any], family: Family) -> bool:
    """Put the wish to think into the body, as this model takes it; say whether it will think."""
    options = request.thinking
    if options.mode == "off" or (options.mode is None and not options.effort) or _is_forced(request):
        return False
    if family.thinking_field == "adaptive":
        # Left unsaid, the newest models keep their thoughts to themselves.
        body["thinking"] = {"type": "adaptive", "display": "summarized"}
        effort = options.effort or _effort_of(options.budget_tokens)
        if effort:
            body["output_config"] = {"effort": EFFORTS.get(effort, "high")}
        return True
    if _in_unsigned_loop(request):
        # A turn whose calls are being answered must begin with its signed thinking, which another format has lost.
        return False
    budget = max(LEAST_BUDGET, options.budget_tokens or BUDGET_BY_EFFORT.get(options.effort, LEAST_BUDGET))
    if request.max_output_tokens is None:
        body["max_tokens"] = max(body["max_tokens"], budget + LEAST_BUDGET)
    elif request.max_output_tokens > LEAST_BUDGET:
        # What a client is ready to pay for stands: thinking gets at most half of it, where that is enough to think.
        budget = min(budget, max(LEAST_BUDGET, request.max_output_tokens // 2))
    else:
        return False
    body["thinking"] = {"type": "enabled", "budget_tokens": budget}
    return True


def _in_unsigned_loop(request: ChatRequest) -> bool:
    """Say whether the last turn answers calls of a turn that does not begin with thinking Anthropic signed."""
    messages = request.messages
    if not messages or not any(isinstance(part, ToolResult) for part in messages[-1].parts):
        return False
    said = next((message.parts for message in reversed(messages) if message.role == "assistant"), ())
    return not said or not isinstance(said[0], Thinking) or said[0].vendor != "anthropic"


def _effort_of(budget: int | None) -> str:
    if budget is None:
        return ""
    return next((effort for effort, tokens in BUDGET_BY_EFFORT.items() if budget <= tokens), "max")


def _is_forced(request: ChatRequest) -> bool:
    return request.tool_choice is not None and request.tool_choice.mode in ("any", "tool")


def _tool_choice(request: ChatRequest, body: dict[str, Any], *, forced_allowed: bool) -> None:
    choice = request.tool_choice
    if choice is None or not request.tools:
        return
    mode = choice.mode if forced_allowed or choice.mode in ("auto", "none") else "auto"
    wanted: dict[str, Any] = {"type": mode}
    if mode == "tool":
        wanted["name"] = choice.name
    if choice.parallel is False and mode != "none":
        wanted["disable_parallel_tool_use"] = True
    body["tool_choice"] = wanted


def _turns(request: ChatRequest, system: list[str]) -> list[dict[str, Any]]:
    """Return alternating turns: system messages join the system prompt, neighbours of one role become one turn, and
    every tool call is answered in the turn that follows it."""
    turns: list[dict[str, Any]] = []
    begun = False
    for message in request.messages:
        if message.role == "system":
            texts = [part.text for part in message.parts if isinstance(part, Text)]
            if not begun:
                system += texts
                continue
            message = Message("user", tuple(Text(f"<system>{text}</system>") for text in texts))
        begun = True
        blocks = [block for part in message.parts for block in _blocks(part, message.role)]
        while blocks and blocks[-1]["type"] in ("thinking", "redacted_thinking"):
            # A turn that was cut while it thought: Anthropic refuses one that ends so.
            blocks.pop()
        if not blocks:
            continue
        if turns and turns[-1]["role"] == message.role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": message.role, "content": blocks})
    if not turns:
        raise InvalidRequest("The request has no message of a user or an assistant with content.")
    if turns[0]["role"] != "user":
        turns.insert(0, {"role": "user", "content": [{"type": "text", "text": "(continue)"}]})
    _check_answers(turns)
    for turn in turns:
        if turn["role"] == "user":
            turn["content"].sort(key=lambda block: block["type"] != "tool_result")
    return turns


def _check_answers(turns: list[dict[str, Any]]) -> None:
    for position, turn in enumerate(turns):
        asked = [block["id"] for block in turn["content"] if block["type"] == "tool_use"]
        if not asked:
            continue
        answers = turns[position + 1]["content"] if position + 1 < len(turns) else []
        answered = {block.get("tool_use_id") for block in answers}
        missing = [call for call in asked if call not in answered]
        if missing:
            raise InvalidRequest(f"The tool call {missing[0]} has no result in the message that follows it")


def _blocks(part: Part, role: str) -> list[dict[str, Any]]:
    if isinstance(part, Text):
        return [{"type": "text", "text": part.text}] if part.text.strip() else []
    if isinstance(part, Image):
        return [_image(part)]
    if isinstance(part, Document):
        return [_document(part)]
    if isinstance(part, Thinking):
        # Reasoning of another vendor has no signature that Anthropic would accept.
        if part.vendor != "anthropic":
            return []
        if part.redacted_data:
            return [{"type": "redacted_thinking", "data": part.redacted_data}]
        return [{"type": "thinking", "thinking": part.text, "signature": part.signature}] if part.signature else []
    if isinstance(part, ToolCall):
        return [{"type": "tool_use", "id": legal_id(part.id), "name": part.name, "input": _arguments(part)}]
    if isinstance(part, ToolResult):
        content = [block for inner in part.parts for block in _blocks(inner, role)]
        result: dict[str, Any] = {"type": "tool_result", "tool_use_id": legal_id(part.call_id)}
        if content:
            result["content"] = content
        if part.is_error:
            result["is_error"] = True
        return [result]
    raise InvalidRequest(f"content of type {type(part).__name__} cannot be carried to Claude")


def _arguments(call: ToolCall) -> msgspec.Raw | dict[str, Any]:
    text = call.arguments.strip() or "{}"
    try:
        decoded = msgspec.json.decode(text)
    except UNREADABLE:
        raise InvalidRequest(f"The arguments of the tool call {call.id} are not valid JSON") from None
    if not isinstance(decoded, dict):
        raise InvalidRequest(f"The arguments of the tool call {call.id} are not a JSON object")
    return msgspec.Raw(text.encode())


def _image(image: Image) -> dict[str, Any]:
    if image.data:
        return {"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": image.data}}
    found = _DATA_URL.match(image.url)
    if found:
        data = image.url[found.end() :]
        return {"type": "image", "source": {"type": "base64", "media_type": found.group(1).lower(), "data": data}}
    return {"type": "image", "source": {"type": "url", "url": image.url}}


def _document(document: Document) -> dict[str, Any]:
    source: dict[str, Any]
    text = text_of(document)
    if text:
        source = {"type": "text", "media_type": "text/plain", "data": text}
    elif document.data:
        if document.media_type not in ("", "application/pdf"):
            raise InvalidRequest(
                f"Claude cannot read documents of type {document.media_type[:80]}.",
                action="Send the document as text or PDF, or ask for another model.",
            )
        source = {"type": "base64", "media_type": "application/pdf", "data": document.data}
    else:
        source = {"type": "url", "url": document.url}
    block: dict[str, Any] = {"type": "document", "source": source}
    if document.title:
        block["title"] = document.title
    return block
