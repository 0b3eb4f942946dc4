"""What a request wishes of the model, adapted to what the model's family allows. Facts decide, not model names."""

from collections.abc import Container, Iterable
from typing import Literal, NamedTuple

import msgspec

from powerautomation.gateway.dialects.client_words import client_word
from powerautomation.gateway.dialects.entities import ChatRequest, ThinkingOptions, ToolChoice
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.ports import Target
from powerautomation.gateway.families import Family

Json = dict[str, object]

# Some reasoning models know neither "minimal" nor "none", others neither "xhigh" nor "max"; these three all know
# (platform.openai.com/docs/guides/reasoning, read 2026-10).
_SAFE_EFFORTS = ("low", "medium", "high")
_RANKS = {"none": 0, "minimal": 1, "low": 2, "medium": 3, "high": 4, "xhigh": 5, "max": 6}


class Resolved(NamedTuple):
    """The wire's ``thinking``, ``reasoning_effort``, ``tool_choice`` and ``enable_thinking``; None leaves a field
    out."""

    thinking: Json | None
    effort: str | None
    tool_choice: str | Json | None
    enabled: bool | None = None


def resolve(wish: ThinkingOptions, choice: ToolChoice | None, family: Family) -> Resolved:
    """Reconcile thinking with a forced tool choice: the choice wins where thinking can be switched off; where it
    cannot, the choice becomes the strongest the model takes while it thinks."""
    mode = wish.mode
    forced = choice is not None and choice.mode in ("any", "tool")
    thinks = family.thinking == "always" or (family.thinking == "toggle" and mode != "off")
    wire_choice = _wire_choice(choice)
    if forced and choice is not None and thinks and family.forced_choice != "every":
        if family.forced_choice == "any":
            # Naming one tool is refused but demanding some tool is not: that is the nearest.
            wire_choice = "required"
        elif family.thinking == "toggle":
            mode = "off"
        else:
            wire_choice = "auto"
    if family.thinking_field == "thinking":
        if family.thinking == "toggle" and mode is not None:
            effort = _effort(wish, family) if family.efforts and mode != "off" else None
            return Resolved({"type": "disabled" if mode == "off" else "enabled"}, effort, wire_choice)
        return Resolved(None, None, wire_choice)
    if family.thinking_field == "enable_thinking":
        enabled = None if mode is None else mode != "off"
        return Resolved(None, None, wire_choice, enabled)
    if family.thinking_field == "reasoning_effort":
        return Resolved(None, _effort(wish, family), wire_choice)
    return Resolved(None, None, wire_choice)


def fit_choice(choice: ToolChoice | None, family: Family) -> tuple[ToolChoice | None, Literal["all", "named", "none"]]:
    """Return the choice in the forms these hosts take, and which tools must go with it: where one tool cannot be named,
    demanding any while only that one is there means the same."""
    if choice is None or family.tool_choices == "every":
        return choice, "all"
    if family.tool_choices == "words":
        return (ToolChoice("any", "", choice.parallel), "named") if choice.mode == "tool" else (choice, "all")
    if choice.mode == "none":
        return None, "none"
    return ToolChoice("auto", "", choice.parallel), "all"


def check_answer_schema(family: Family, model: str, client: str = "") -> None:
    """Raise InvalidRequest when the model's hosts would ignore or refuse a JSON Schema for the answer."""
    if not family.answer_schemas:
        word = client_word(client, "response_format")
        raise InvalidRequest(
            f"{model} takes no JSON Schema for its answer.",
            action=f"Ask for JSON of any form in {word} and describe it in the prompt, or call a tool.",
        )


def _wire_choice(choice: ToolChoice | None) -> str | Json | None:
    if choice is None:
        return None
    if choice.mode == "tool":
        return {"type": "function", "function": {"name": choice.name}}
    return "required" if choice.mode == "any" else choice.mode


def _effort(wish: ThinkingOptions, family: Family) -> str | None:
    word = wish.effort
    if wish.mode is None:
        return None
    if not word and wish.mode == "off":
        word = "minimal"
    elif not word and wish.budget_tokens is not None:
        word = "low" if wish.budget_tokens < 4096 else "medium" if wish.budget_tokens < 16384 else "high"
    return nearest_effort(word, family) if word else None


def nearest_effort(word: str, family: Family) -> str:
    """Return the least effort the family knows that is not less than ``word``, or its greatest."""
    known = family.efforts or _SAFE_EFFORTS
    rank = _RANKS.get(word, 0)
    return next((effort for effort in known if _RANKS[effort] >= rank), known[-1])


def sampling(temperature: float | None, top_p: float | None, family: Family) -> Json:
    """Return the sampling parameters to send. A parameter the hosts fix is left out: only one value would pass, and it
    is theirs anyway."""
    sent: Json = {}
    if temperature is not None and family.fixed_temperature is None:
        sent["temperature"] = fit_temperature(temperature, family)
    if top_p is not None and family.fixed_top_p is None:
        sent["top_p"] = top_p
    return sent


def left_out(request: ChatRequest, body: Container[str], fields: Iterable[str]) -> list[str]:
    """Return what the client said and the body does not, in its own words: of these fields, and those no other vendor
    knows."""
    missing = (name for name in fields if getattr(request, name) is not None and name not in body)
    return [*request.ignored, *(client_word(request.client, name) for name in missing)]


def refuse_unknown(request: ChatRequest, fields: Iterable[str], api: str) -> None:
    """Raise InvalidRequest, in the client's own words, when it says one of these fields, which an API does not know."""
    for name in fields:
        if getattr(request, name):
            word = client_word(request.client, name)
            raise InvalidRequest(f"{word} is not known to the {api} API.", action=f"Leave {word} out.")


def output_limit(request: ChatRequest, target: Target) -> int | None:
    """Return how long an answer to ask for: what the client wants, but no more than the model's hosts let one ask for,
    and that is noted."""
    wanted, most = request.max_output_tokens, target.most_output()
    if wanted is None or most is None or wanted <= most:
        return wanted
    target.adapted.append(client_word(request.client, "max_output_tokens"))
    return most


def described_schema(request: ChatRequest) -> bytes:
    """Return the schema of the answer, with what the client says of it inside, for APIs without another place."""
    schema = bytes(request.response_schema or b"{}")
    if not request.response_schema_description:
        return schema
    fields = msgspec.json.decode(schema)
    if not isinstance(fields, dict) or "description" in fields:
        return schema
    return msgspec.json.encode({"description": request.response_schema_description, **fields})


def fit_temperature(temperature: float, family: Family) -> float:
    """Return the nearest temperature the hosts take."""
    if family.max_temperature is not None:
        temperature = min(temperature, family.max_temperature)
    return temperature if family.min_temperature is None else max(temperature, family.min_temperature)


def check_tool_count(count: int, model: str, family: Family) -> None:
    """Raise InvalidRequest when the model takes fewer tools than these."""
    if family.max_tools is not None and count > family.max_tools:
        raise InvalidRequest(
            f"{model} takes at most {family.max_tools} tools, the request has {count}.",
            action="Send fewer tools, or ask for a model that takes more.",
        )


def check_stops(stops: tuple[str, ...], model: str, family: Family) -> None:
    """Raise InvalidRequest when the model takes fewer or shorter stop sequences than these."""
    if stops and family.max_stops == 0:
        raise InvalidRequest(f"{model} takes no stop sequences.")
    if family.max_stops is not None and len(stops) > family.max_stops:
        raise InvalidRequest(f"{model} takes at most {family.max_stops} stop sequences, the request has {len(stops)}.")
    longest = family.max_stop_bytes
    if longest is not None and any(len(stop.encode()) > longest for stop in stops):
        raise InvalidRequest(f"{model} takes stop sequences of at most {longest} bytes.")
