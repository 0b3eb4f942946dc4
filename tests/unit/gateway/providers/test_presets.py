"""Presets are complete, and the facts of a host hold for its models wherever its address stands."""

import pytest

from powerautomation.gateway.families import family_of, list_families
from powerautomation.gateway.providers import default_routes, family_at, find_preset, host_of, list_presets


def test_every_preset_can_be_used() -> None:
    names = {family.name for family in list_families()}
    ids = [preset.id for preset in list_presets()]
    assert len(set(ids)) == len(ids)
    for preset in list_presets():
        assert preset.id == "custom" or host_of(preset.base_url), preset.id
        assert not preset.base_url.endswith("/"), preset.id
        assert preset.keyless or preset.key_url.startswith("https://"), preset.id
        assert {rule.family for rule in preset.families} <= names | {""}, preset.id
        if preset.models_url:
            assert host_of(preset.models_url) == host_of(preset.base_url), preset.id
    keys = [preset.key_env for preset in list_presets() if preset.key_env]
    assert len(set(keys)) == len(keys)


def test_every_built_in_route_leads_to_a_model_some_preset_offers() -> None:
    offered = {model.public_model for preset in list_presets() for model in preset.models}
    assert {name for route in default_routes() for name in route.use} <= offered


@pytest.mark.parametrize(
    ("preset", "base_url", "model", "family"),
    [
        ("xai", "", "grok-4.5", "grok-4.5"),
        ("xai", "", "grok-4-fast", "grok"),
        ("gemini", "", "models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("deepseek", "", "deepseek-flash", "deepseek-flash"),
        ("zhipu", "", "glm-5v-turbo", "glm-vision"),
        ("minimax", "", "MiniMax-M2.7", "minimax"),
        ("qwen", "", "qwen3.7-max", "qwen"),
        ("qwen", "", "qwen3-235b-a22b-thinking-2507", "qwen-always-thinking"),
        ("qwen", "", "kimi-k2.6", "kimi-k2.6"),
        ("", "https://dashscope.aliyuncs.com/compatible-mode/v1", "qwen3.7-max", "qwen"),
        ("", "https://elsewhere.example/v1", "qwen3.7-max", "generic"),
        ("openrouter", "", "moonshotai/kimi-k2.6", "openrouter"),
        ("vllm", "", "moonshotai/Kimi-K2-Instruct", "kimi-k2-instruct"),
        ("vllm", "", "Qwen/Qwen3-32B", "vllm"),
        ("", "http://127.0.0.1:1234/v1", "qwen3-4b", "lm-studio"),
        ("moonshot-anthropic", "", "kimi-k2.7-code", "kimi-k2.7-code"),
    ],
)
def test_facts_of_a_host_hold_for_its_models(preset: str, base_url: str, model: str, family: str) -> None:
    assert family_at(preset, base_url, model) == family_of("", family)


def test_local_servers_need_no_key() -> None:
    assert {preset.id for preset in list_presets() if preset.keyless} == {"vllm", "lm-studio", "ollama", "custom"}
    assert find_preset("nobody") is None
