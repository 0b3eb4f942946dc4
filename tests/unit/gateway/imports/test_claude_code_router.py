"""What people have in claude-code-router keeps its meaning, and what cannot is said."""

import json
from pathlib import Path
from typing import Any

import pytest

from powerautomation.gateway.conditions import compile_condition
from powerautomation.gateway.imports import read_claude_code_router
from tests.fixtures.imported import ROUTER, loaded, notes_of

BACKGROUND = 'model.contains("haiku") || task_class == "background"'


def test_claude_code_router_becomes_a_configuration_that_loads(tmp_path: Path) -> None:
    imported = read_claude_code_router(ROUTER)
    made = loaded(imported, tmp_path)
    providers = imported.as_settings()["providers"]
    assert providers["deepseek"] == {"preset": "deepseek", "api_key": "${DEEPSEEK_API_KEY}"}
    assert providers["gemini"] == {"preset": "gemini", "api_key": "${GEMINI_API_KEY}"}
    assert providers["kimi"] == {"preset": "moonshot-anthropic", "api_key": "${KIMI_API_KEY}"}
    assert providers["ollama"] == {"preset": "ollama"}
    assert providers["openrouter"] == {"preset": "openrouter", "api_key": "${OPENROUTER_API_KEY}"}
    default, long = "deepseek-chat", "google/gemini-2.5-pro-preview"
    assert {route.match.model for route in made.routes} == {"claude-*"}
    assert [(route.name, route.match.when, route.use) for route in made.routes] == [
        ("long-context", "tokens > 60000", [long, default]),
        ("background", BACKGROUND, ["qwen2.5-coder:latest", default, long]),
        ("think", "thinking", ["deepseek-reasoner", default, long]),
        ("default", "", [default, long]),
    ]
    assert made.gateway.total_timeout_seconds == 600
    left = notes_of(imported, "left_out")
    assert not {"Router.think", "Router.longContextThreshold"} & left.keys()
    assert {"Router.webSearch", "Router.image", "transformers", "APIKEY", "PROXY_URL"} <= left.keys()
    assert "maxtoken" in left["Providers[1].transformer"]


@pytest.mark.parametrize(
    ("model", "facts", "route"),
    [
        ("claude-haiku-4-5", {"tokens": 60_001, "thinking": True}, "long-context"),
        ("claude-haiku-4-5", {"thinking": True}, "background"),
        ("claude-opus-4-8", {"task_class": "background"}, "background"),
        ("claude-opus-4-8", {"tokens": 60_000, "thinking": True, "task_class": "tool_heavy"}, "think"),
        ("claude-opus-4-8", {}, "default"),
    ],
)
def test_claude_code_routers_purposes_are_asked_in_its_order(model: str, facts: dict[str, Any], route: str) -> None:
    known = {"model": model, "tokens": 100, "thinking": False, "task_class": "plain", **facts}
    routes = read_claude_code_router(ROUTER).routes
    assert next(one.name for one in routes if not one.when or compile_condition(one.when).holds(known)) == route


@pytest.mark.parametrize(
    ("said", "condition", "noted"),
    [
        (100_000, "tokens > 100000", False),
        ("90000", "tokens > 90000", False),
        (None, "tokens > 60000", False),
        ("much", "tokens > 60000", True),
        (-1, "tokens > 60000", True),
        (float("inf"), "tokens > 60000", True),
    ],
)
def test_claude_code_routers_threshold_holds(tmp_path: Path, said: object, condition: str, noted: bool) -> None:
    file = tmp_path / "config.json"
    provider = {"name": "groq", "api_base_url": "https://api.groq.com/openai/v1", "api_key": "$A", "models": ["m", "l"]}
    router = {"default": "groq,m", "longContext": "groq,l", "longContextThreshold": said}
    file.write_text(json.dumps({"Providers": [provider], "Router": router}))
    imported = read_claude_code_router(file)
    routes = loaded(imported, tmp_path).routes
    assert [(route.match.when, route.use) for route in routes] == [(condition, ["l", "m"]), ("", ["m", "l"])]
    assert ("Router.longContextThreshold" in notes_of(imported, "left_out")) is noted
