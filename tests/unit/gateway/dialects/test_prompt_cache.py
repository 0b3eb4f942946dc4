"""Marks for Anthropic's prompt cache on requests of clients that have none."""

import json
from typing import Any

from powerautomation.gateway.dialects import DIALECTS, Target
from powerautomation.gateway.families import family_of

MODEL = "claude-sonnet-4-5"
MARK = {"type": "ephemeral"}


def encoded(*, prompt_cache: bool = True, **fields: Any) -> dict[str, Any]:
    """Return an OpenAI request in Anthropic's words."""
    request = DIALECTS["openai-chat"].decode_request(json.dumps({"model": "m", **fields}).encode())
    target = Target(MODEL, family_of(MODEL), prompt_cache=prompt_cache)
    found: dict[str, Any] = json.loads(DIALECTS["anthropic-messages"].encode_request(request, target))
    return found


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}


def turns(count: int) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [{"role": "system", "content": "Be brief."}]
    for number in range(count):
        said += [{"role": "user", "content": f"q{number}"}, {"role": "assistant", "content": f"a{number}"}]
    return said[:-1]


def test_tools_system_and_the_last_two_turns_are_marked_and_nothing_else() -> None:
    body = encoded(messages=turns(4), tools=[tool("b"), tool("a")])
    assert [(one["name"], one.get("cache_control")) for one in body["tools"]] == [("a", None), ("b", MARK)]
    assert body["system"][-1]["cache_control"] == MARK
    users = [turn for turn in body["messages"] if turn["role"] == "user"]
    marked = ["cache_control" in json.dumps(turn) for turn in users]
    assert marked == [False, False, True, True]
    assert json.dumps(body).count("cache_control") == 4, "Anthropic refuses a fifth"


def test_the_prefix_of_a_turn_is_found_again_in_the_next() -> None:
    first, second = encoded(messages=turns(2)), encoded(messages=turns(3))
    assert first["system"] == second["system"]
    assert first["messages"][-1] == second["messages"][len(first["messages"]) - 1]


def test_the_order_of_tools_makes_no_difference() -> None:
    one, other = (encoded(messages=turns(1), tools=list(map(tool, names))) for names in ("abc", "cab"))
    assert one == other


def test_without_the_routes_word_nothing_is_marked() -> None:
    assert "cache_control" not in json.dumps(encoded(prompt_cache=False, messages=turns(2), tools=[tool("a")]))
