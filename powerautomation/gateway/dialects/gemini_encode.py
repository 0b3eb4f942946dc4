"""Writes a request of the typed model as Google's: for clients of another format that Gemini serves."""

from typing import Any

import msgspec

from powerautomation.gateway.dialects.client_words import client_word
from powerautomation.gateway.dialects.entities import ChatRequest, ThinkingOptions, Tool, ToolChoice
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.gemini_history import system_instruction, wire_contents
from powerautomation.gateway.dialects.gemini_json_schemas import answer_schema, tool_parameters
from powerautomation.gateway.dialects.openai_encode import possible_choice
from powerautomation.gateway.dialects.openai_wishes import (
    check_stops,
    check_tool_count,
    described_schema,
    left_out,
    nearest_effort,
    output_limit,
    sampling,
)
from powerautomation.gateway.dialects.ports import Target
from powerautomation.gateway.dialects.tool_names import check_tool_names
from powerautomation.gateway.families import Family

Json = dict[str, Any]

_BUDGET_OF_EFFORT = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 24576}
_MODES = {"auto": "AUTO", "none": "NONE", "any": "ANY", "tool": "ANY"}


def encode_request(request: ChatRequest, target: Target) -> bytes:
    """Return the request in this dialect, adapted to the model's family; what is weakened or stays behind is noted in
    the target. Raises InvalidRequest for what the model cannot do; nothing is sent then."""
    family = target.family
    check_tool_count(len(request.tools), target.model, family)
    check_tool_names(request, family, "gemini")
    check_stops(request.stop, target.model, family)
    choice = possible_choice(request)
    system, told = system_instruction(request)
    body: Json = {"contents": wire_contents(request, target, told)}
    if system is not None:
        body["systemInstruction"] = system
    if request.tools:
        body["tools"] = [{"functionDeclarations": [_declaration(tool) for tool in request.tools]}]
        if choice is not None:
            body["toolConfig"] = {"functionCallingConfig": _calling(choice)}
            if choice.parallel is False:
                target.adapted.append(client_word(request.client, "parallel_tool_calls"))
    config = _config(request, target)
    if config:
        body["generationConfig"] = config
    return msgspec.json.encode(body)


def _declaration(tool: Tool) -> Json:
    declared: Json = {"name": tool.name, "description": tool.description or tool.name}
    return {**declared, "parametersJsonSchema": tool_parameters(bytes(tool.schema))}


def _calling(choice: ToolChoice) -> Json:
    config: Json = {"mode": _MODES[choice.mode]}
    if choice.mode == "tool":
        config["allowedFunctionNames"] = [choice.name]
    return config


def _config(request: ChatRequest, target: Target) -> Json:
    family = target.family
    config: Json = sampling(request.temperature, None, family)
    if request.top_p is not None and family.fixed_top_p is None:
        config["topP"] = request.top_p
    for name, value in (
        ("topK", request.top_k),
        ("maxOutputTokens", output_limit(request, target)),
        ("seed", request.seed),
    ):
        if value is not None:
            config[name] = value
    for name, wanted in (("presence_penalty", "presencePenalty"), ("frequency_penalty", "frequencyPenalty")):
        value = getattr(request, name)
        if value is not None and name not in family.refused_hints:
            config[wanted] = value
        elif value:
            target.adapted.append(client_word(request.client, name))
    target.adapted.extend(left_out(request, config, ("temperature",)))
    if request.stop:
        config["stopSequences"] = list(request.stop)
    if request.response_schema is not None or request.json_mode:
        if request.tools and not family.json_with_tools:
            raise InvalidRequest(
                f"{target.model} cannot be given tools and the form of its answer at once.",
                action="Leave one of them out, or ask for a newer model.",
            )
        config["responseMimeType"] = "application/json"
        if request.response_schema is not None:
            config["responseJsonSchema"] = answer_schema(described_schema(request))
    thinking = thinking_config(request.thinking, family)
    if thinking:
        config["thinkingConfig"] = thinking
    return config


def thinking_config(wish: ThinkingOptions, family: Family) -> Json:
    """Return how much to think, in the way the family takes it; empty when nothing needs to be said."""
    if family.thinking == "never":
        return {}
    if wish.mode is None and not wish.effort:
        # It thinks anyway, and bills for it: so it may be seen.
        return {"includeThoughts": True}
    shown: Json = {} if wish.mode == "off" else {"includeThoughts": True}
    if family.thinking_field == "thinking_level":
        word = "minimal" if wish.mode == "off" else wish.effort or _effort_of(wish.budget_tokens)
        return {**shown, "thinkingLevel": nearest_effort(word, family).upper()} if word else shown
    if family.thinking_field == "thinking_budget":
        return {**shown, "thinkingBudget": _budget(wish, family)}
    return {}


def _effort_of(budget: int | None) -> str:
    if budget is None:
        return ""
    return next((effort for effort, tokens in _BUDGET_OF_EFFORT.items() if budget <= tokens), "high")


def _budget(wish: ThinkingOptions, family: Family) -> int:
    least, most = family.least_thinking_tokens or 0, family.most_thinking_tokens or 2**31
    if wish.mode == "off":
        return 0 if family.thinking == "toggle" else least
    wanted = wish.budget_tokens if wish.budget_tokens is not None else _BUDGET_OF_EFFORT.get(wish.effort)
    # Left to itself, the model decides.
    return -1 if wanted is None else max(least, min(wanted, most))
