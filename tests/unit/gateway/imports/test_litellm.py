"""What people have in LiteLLM keeps its meaning, and what cannot is said."""

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from powerautomation.gateway.imports import read_litellm
from tests.fixtures.imported import LITELLM, loaded, notes_of


def test_litellm_becomes_a_configuration_that_loads(tmp_path: Path) -> None:
    imported = read_litellm(LITELLM)
    made = loaded(imported, tmp_path)
    models = {name: [(one.provider, one.model) for one in model.deployments] for name, model in made.models.items()}
    assert models == {
        "kimi-k2": [("infini", "kimi-k2-instruct"), ("moonshot", "kimi-k2.6")],
        "gpt-4o": [("openai", "gpt-4o")],
        "claude-sonnet": [("anthropic", "claude-sonnet-4-5-20250929")],
        "local-qwen": [("ollama_chat", "qwen2.5-coder:latest")],
        "fast": [("groq", "llama-3.3-70b-versatile")],
        "my-vllm": [("10.0.0.5-8000", "Qwen/Qwen3-32B")],
        "deep": [("deepseek", "deepseek-v4-pro")],
        "embed": [("openai", "text-embedding-3-small")],
        "any-gemini": [("gemini", "*")],
    }
    providers = imported.as_settings()["providers"]
    assert providers["infini"] == {"preset": "infini", "api_key": "${INFINI_API_KEY}"}
    assert providers["openai"] == {
        "preset": "openai",
        "api_key": "${OPENAI_API_KEY}",
        "requests_per_second": 10.0,
        "total_timeout_seconds": 120.0,
        "first_token_timeout_seconds": 30.0,
    }
    assert providers["10.0.0.5-8000"]["base_url"] == "http://10.0.0.5:8000/v1"
    assert providers["ollama_chat"] == {"preset": "ollama"}
    assert providers["moonshot"] == {"preset": "moonshot-international", "api_key": "${MOONSHOT_API_KEY}"}
    assert providers["deepseek"]["api_key"] == "${DEEPSEEK_API_KEY}"
    assert providers["groq"]["base_url"] == "https://api.groq.com/openai/v1"
    prices = imported.as_settings()["models"]
    assert prices["gpt-4o"]["deployments"][0]["price"] == {"input": "2.5", "output": "10"}
    assert prices["claude-sonnet"]["deployments"][0]["price"] == {"cached_input": "0.3", "cache_write_5m": "3.75"}
    assert [(route.match.model, route.use) for route in made.routes] == [
        ("gpt-4o", ["gpt-4o", "claude-sonnet"]),
        ("local-qwen", ["local-qwen", "kimi-k2"]),
        ("gpt-4", ["gpt-4o", "claude-sonnet"]),
        ("old-kimi", ["kimi-k2"]),
        ("gemini-*", ["any-gemini"]),
    ]
    assert made.gateway.total_timeout_seconds == 600
    assert made.gateway.max_attempts == 4


def test_what_litellm_has_and_we_do_not_is_said_with_the_reason() -> None:
    left = notes_of(read_litellm(LITELLM), "left_out")
    assert "Azure" in left["model_list[0]"]
    assert "image_generation" in left["model_list[13]"]
    assert "AWS" in left["model_list[10]"]
    assert "rename" in left["model_list[12]"]
    assert "usage-based-routing-v2" in left["router_settings.routing_strategy"]
    assert "tokens per minute" in left["model_list[1].litellm_params.tpm"]
    assert {"litellm_settings.success_callback", "general_settings.master_key", "general_settings.database_url"} <= (
        left.keys()
    )
    assert "nova" in left["fallbacks of gpt-4o"]
    assert "model_group_alias.gone" in left


def routes_of(tmp_path: Path, models: list[dict[str, Any]], **router: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The routes LiteLLM's models become, by pattern, and what was left out."""
    file = tmp_path / "litellm.yaml"
    listed = [{"model_name": one.pop("name", "m"), "litellm_params": {"api_key": "none", **one}} for one in models]
    file.write_text(yaml.safe_dump({"model_list": listed, "router_settings": router}))
    imported = read_litellm(file)
    made = loaded(imported, tmp_path)
    return {route.match.model or "": (route.use, route.policy, route.weights) for route in made.routes}, notes_of(
        imported, "left_out"
    )


ONE, TWO, THREE = ({"model": f"groq/m{number}"} for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("models", "router", "weights"),
    [
        ([{**ONE, "weight": 9}, {**TWO, "weight": 1}], {}, {"groq/m1": 9, "groq/m2": 1}),
        ([{**ONE, "weight": 9}, TWO], {}, {"groq/m1": 9, "groq/m2": 0}),
        (
            [{**ONE, "rpm": 60}, {**TWO, "rpm": 30}],
            {"routing_strategy": "simple-shuffle"},
            {"groq/m1": 60, "groq/m2": 30},
        ),
        (
            [{**ONE, "tpm": 9_000_000}, {**TWO, "tpm": 4_500_000}],
            {"routing_strategy": "simple-shuffle"},
            {"groq/m1": 100, "groq/m2": 50},
        ),
        ([ONE, TWO], {"routing_strategy": "simple-shuffle"}, {"groq/m1": 1, "groq/m2": 1}),
        (
            [{**ONE, "order": 1, "weight": 2}, {**TWO, "order": 2, "weight": 7}, {**THREE, "order": 1, "weight": 1}],
            {},
            {"groq/m1": 2, "groq/m3": 1, "groq/m2": 0},
        ),
    ],
)
def test_litellms_weights_become_a_weighted_route(
    tmp_path: Path, models: list[dict[str, Any]], router: dict[str, Any], weights: dict[str, float]
) -> None:
    routes, _ = routes_of(tmp_path, [dict(one) for one in models], **router)
    assert routes == {"m": (["m"], "weighted", weights)}


@pytest.mark.parametrize(
    ("strategy", "policy"),
    [
        ("least-busy", "least_busy"),
        ("latency-based-routing", "lowest_latency"),
        ("cost-based-routing", "lowest_cost"),
    ],
)
def test_litellms_strategies_become_policies_where_a_model_has_several_deployments(
    tmp_path: Path, strategy: str, policy: str
) -> None:
    alone = {**THREE, "name": "alone"}
    routes, left = routes_of(tmp_path, [dict(ONE), dict(TWO), alone], routing_strategy=strategy)
    assert routes == {"m": (["m"], policy, {})}
    assert "router_settings.routing_strategy" not in left


def test_litellms_fallbacks_stay_behind_what_is_drawn_by_weight(tmp_path: Path) -> None:
    models = [{**ONE, "weight": 3}, {**TWO, "weight": 1}, {**THREE, "name": "spare"}]
    router = {"fallbacks": [{"m": ["spare"]}], "model_group_alias": {"alias": "m"}}
    routes, _ = routes_of(tmp_path, models, **router)
    drawn = (["m", "spare"], "weighted", {"groq/m1": 3, "groq/m2": 1, "spare": 0})
    assert routes == {"m": drawn, "alias": drawn}


def test_a_strategy_that_would_choose_fallbacks_too_is_left_out_and_said(tmp_path: Path) -> None:
    models = [dict(ONE), dict(TWO), {**THREE, "name": "spare"}]
    routes, left = routes_of(tmp_path, models, routing_strategy="least-busy", fallbacks=[{"m": ["spare"]}])
    assert routes == {"m": (["m", "spare"], None, {})}
    assert "fallbacks" in left["router_settings.routing_strategy"]
    _, left = routes_of(tmp_path, [{**ONE, "order": 1}, {**TWO, "order": 2}], routing_strategy="least-busy")
    assert "order of preference" in left["router_settings.routing_strategy"]
    _, left = routes_of(tmp_path, [{**ONE, "weight": 1}, {**TWO, "weight": 2}], routing_strategy="least-busy")
    assert "simple-shuffle" in left["weights of m"]


ANY = {"name": "*", "model": "openai/*"}
ANY_CLAUDE = {"name": "claude-*", "model": "anthropic/claude-*"}
OPUS = {"name": "claude-opus-4-1", "model": "groq/opus"}


@pytest.mark.parametrize("models", [[ANY, ANY_CLAUDE, OPUS, ONE], [ONE, OPUS, ANY_CLAUDE, ANY]])
def test_litellms_exact_names_go_before_wildcards_and_the_most_specific_wildcard_first(
    tmp_path: Path, models: list[dict[str, Any]]
) -> None:
    routes, _ = routes_of(tmp_path, [dict(one) for one in models])
    uses = {pattern: route[0] for pattern, route in routes.items()}
    assert uses == {
        "m": ["m"], "claude-opus-4-1": ["claude-opus-4-1"], "claude-*": ["any-claude"], "*": ["any-model"],
    }  # fmt: skip
    assert list(routes)[2:] == ["claude-*", "*"]


def test_a_model_only_has_a_route_where_a_wildcard_would_take_it(tmp_path: Path) -> None:
    routes, _ = routes_of(tmp_path, [dict(ANY_CLAUDE), dict(OPUS), dict(ONE)])
    assert list(routes) == ["claude-opus-4-1", "claude-*"]
    routes, _ = routes_of(tmp_path, [dict(ANY_CLAUDE), dict(OPUS), dict(ONE)], fallbacks=[{OPUS["name"]: ["m"]}])
    assert {pattern: route[0] for pattern, route in routes.items()} == {
        "claude-opus-4-1": ["claude-opus-4-1", "m"],
        "claude-*": ["any-claude"],
    }


def test_a_bracket_in_a_name_is_no_pattern(tmp_path: Path) -> None:
    routes, _ = routes_of(tmp_path, [dict(ANY_CLAUDE), {**OPUS, "name": "claude-opus[1m]"}])
    exact = next(iter(routes))
    assert fnmatchcase("claude-opus[1m]", exact)
    assert not fnmatchcase("claude-opus1", exact)


def test_a_wildcard_whose_vendor_litellm_chooses_is_said(tmp_path: Path) -> None:
    file = tmp_path / "litellm.yaml"
    file.write_text('model_list: [{model_name: "*", litellm_params: {model: "*"}}]')
    imported = read_litellm(file)
    assert imported.models["any-model"][0].provider == "openai"
    assert "vendor by each model's name" in notes_of(imported, "changed")["model_list[0].litellm_params.model"]


def test_what_litellm_has_and_we_set_elsewhere_is_said_with_the_place(tmp_path: Path) -> None:
    given = {
        "model": "groq/m1",
        "max_budget": 5,
        "budget_duration": "1d",
        "max_parallel_requests": 3,
        "guardrails": ["pii"],
        "input_cost_per_token_above_200k_tokens": 6e-6,
    }
    info = {"output_cost_per_token_above_200k_tokens": 2e-5}
    settings_ = {"cache": True, "cache_params": {"type": "redis"}, "max_budget": 100, "budget_duration": "30d"}
    file = tmp_path / "litellm.json"
    file.write_text(
        json.dumps(
            {
                "model_list": [{"model_name": "m", "litellm_params": given, "model_info": info}],
                "litellm_settings": settings_,
                "general_settings": {"global_max_parallel_requests": 9},
                "guardrails": [{"guardrail_name": "pii"}],
            }
        )
    )
    left = notes_of(read_litellm(file), "left_out")
    assert {place.rpartition(".")[2]: text for place, text in left.items() if "no counterpart" in text} == {}
    for name, words in (
        ("litellm_settings.cache", "add `cache`"),
        ("litellm_settings.cache_params", "add `cache`"),
        ("litellm_settings.max_budget", "limits of money"),
        ("litellm_settings.budget_duration", "limits of money"),
        ("general_settings.global_max_parallel_requests", "at once"),
        ("guardrails", "add `guardrails`"),
        ("model_list[0].litellm_params.guardrails", "add `guardrails`"),
        ("model_list[0].litellm_params.max_budget", "limits of money"),
        ("model_list[0].litellm_params.max_parallel_requests", "at once"),
        ("model_list[0].litellm_params.input_cost_per_token_above_200k_tokens", "above_tokens"),
        ("model_list[0].model_info.output_cost_per_token_above_200k_tokens", "above_tokens"),
    ):
        assert words in left[name]


def test_a_model_without_parameters_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    whole = {"model_name": "a", "litellm_params": {"model": "openai/gpt-4o", "api_key": "sk-1"}}
    file = tmp_path / "litellm.yaml"
    file.write_text(yaml.safe_dump({"model_list": [{"model_name": "empty", "litellm_params": None}, whole]}))
    imported = read_litellm(file)
    assert "no litellm_params.model" in " ".join(notes_of(imported, "left_out").values())
    assert list(loaded(imported, tmp_path).models) == ["a"]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("", "openai"),
        ("https://api.openai.com/v1", "openai"),
        ("https://cloud.infini-ai.com/maas/v1", "infini"),
        ("https://api.moonshot.cn/v1/chat/completions", "moonshot"),
        ("https://openrouter.ai/api/v1/", "openrouter"),
        ("https://cloud.infini-ai.com/maas/coding/v1", "infini"),
        ("https://api.llm.example/v1", "llm.example"),
        ("http://10.0.0.5:8000/v1", "10.0.0.5-8000"),
        ("os.environ/MY_SERVER", "openai-compatible"),
    ],
)
def test_a_provider_is_called_by_whose_host_it_is(tmp_path: Path, address: str, name: str) -> None:
    file = tmp_path / "litellm.yaml"
    parameters = {"model": "openai/m", "api_key": "os.environ/KEY", **({"api_base": address} if address else {})}
    file.write_text(yaml.safe_dump({"model_list": [{"model_name": "m", "litellm_params": parameters}]}))
    assert list(read_litellm(file).providers) == [name]


WILD = {"name": "claude-*", "model": "anthropic/claude-*"}


def test_wildcards_that_differ_in_a_sign_stay_two(tmp_path: Path) -> None:
    models = [
        dict(WILD),
        {"name": "claude*", "model": "openrouter/claude*"},
        {"name": "claude-*", "model": "groq/claude-*"},
    ]
    routes, _ = routes_of(tmp_path, models)
    assert routes == {"claude-*": (["any-claude"], None, {}), "claude*": (["any-claude-2"], None, {})}


def test_fallbacks_of_wildcards_follow_them(tmp_path: Path) -> None:
    models = [dict(WILD), {**ONE, "name": "spare"}, {**TWO, "name": "claude-haiku"}]
    router = {"fallbacks": [{"claude-*": ["claude-haiku", "gone"]}], "default_fallbacks": ["spare"]}
    routes, left = routes_of(tmp_path, models, **router)
    assert routes == {
        "claude-haiku": (["claude-haiku", "spare"], None, {}),
        "claude-*": (["any-claude", "claude-haiku", "spare"], None, {}),
    }
    assert "gone" in left["fallbacks of claude-*"]


def test_fallbacks_of_a_wildcard_nobody_has_are_said(tmp_path: Path) -> None:
    routes, left = routes_of(tmp_path, [dict(ONE)], fallbacks=[{"gpt-*": ["m"]}], default_fallbacks=["claude-*"])
    assert routes == {}
    assert "no model" in left["fallbacks of gpt-*"]
    assert "claude-*" in left["fallbacks of m"]
