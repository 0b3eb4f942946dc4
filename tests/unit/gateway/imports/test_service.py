"""What people have in other gateways is understood, and what cannot be carried over is said."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.gateway.imports import (
    Imported,
    ImportRefused,
    as_yaml,
    read_claude_code_router,
    read_litellm,
    write_to_file,
)
from powerautomation.infrastructure.settings import Settings, load_settings

SAMPLES = Path(__file__).resolve().parents[3] / "fixtures" / "imports"
LITELLM, ROUTER = SAMPLES / "litellm.yaml", SAMPLES / "claude-code-router.json"


def loaded(imported: Imported, folder: Path) -> Settings:
    """The settings a server would have."""
    file = folder / "imported.yaml"
    file.write_text(as_yaml(imported))
    return load_settings(file, {}, {})


def notes_of(imported: Imported, kind: str) -> dict[str, str]:
    return {note.place: note.text for note in imported.notes if note.kind == kind}


def test_litellm_becomes_a_configuration_that_loads(tmp_path: Path) -> None:
    imported = read_litellm(LITELLM)
    made = loaded(imported, tmp_path)
    models = {name: [(one.provider, one.model) for one in model.deployments] for name, model in made.models.items()}
    assert models == {
        "kimi-k2": [("openai", "kimi-k2-instruct"), ("moonshot", "kimi-k2.6")],
        "gpt-4o": [("openai-2", "gpt-4o")],
        "claude-sonnet": [("anthropic", "claude-sonnet-4-5-20250929")],
        "local-qwen": [("ollama_chat", "qwen2.5-coder:latest")],
        "fast": [("groq", "llama-3.3-70b-versatile")],
        "my-vllm": [("openai-3", "Qwen/Qwen3-32B")],
        "deep": [("deepseek", "deepseek-v4-pro")],
        "embed": [("openai-2", "text-embedding-3-small")],
        "any-gemini": [("gemini", "*")],
    }
    providers = imported.as_settings()["providers"]
    assert providers["openai"] == {"preset": "infini", "api_key": "${INFINI_API_KEY}"}
    assert providers["openai-2"] == {
        "preset": "openai",
        "api_key": "${OPENAI_API_KEY}",
        "requests_per_second": 10.0,
        "total_timeout_seconds": 120.0,
        "first_token_timeout_seconds": 30.0,
    }
    assert providers["openai-3"]["base_url"] == "http://10.0.0.5:8000/v1"
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


def test_claude_code_router_becomes_a_configuration_that_loads(tmp_path: Path) -> None:
    imported = read_claude_code_router(ROUTER)
    made = loaded(imported, tmp_path)
    providers = imported.as_settings()["providers"]
    assert providers["deepseek"] == {"preset": "deepseek", "api_key": "${DEEPSEEK_API_KEY}"}
    assert providers["gemini"] == {"preset": "gemini", "api_key": "${GEMINI_API_KEY}"}
    assert providers["kimi"] == {"preset": "moonshot-anthropic", "api_key": "${KIMI_API_KEY}"}
    assert providers["ollama"] == {"preset": "ollama"}
    assert providers["openrouter"] == {"preset": "openrouter", "api_key": "${OPENROUTER_API_KEY}"}
    assert [(route.match.model, route.use) for route in made.routes] == [
        ("claude-*haiku*", ["qwen2.5-coder:latest", "deepseek-chat", "google/gemini-2.5-pro-preview"]),
        ("claude-*", ["deepseek-chat", "google/gemini-2.5-pro-preview"]),
    ]
    assert made.gateway.total_timeout_seconds == 600
    left = notes_of(imported, "left_out")
    assert {"Router.think", "Router.webSearch", "Router.image", "transformers", "APIKEY", "PROXY_URL"} <= left.keys()
    assert "maxtoken" in left["Providers[1].transformer"]


@pytest.mark.parametrize("read", [lambda: read_litellm(LITELLM), lambda: read_claude_code_router(ROUTER)])
def test_no_secret_is_ever_shown(read: Any) -> None:
    imported = read()
    shown = as_yaml(imported) + repr(imported) + json.dumps([note.text + note.place for note in imported.notes])
    assert "in-clear" not in shown
    assert any(note.kind == "to_do" for note in imported.notes)


BEFORE = """# our own file
server: {port: 9000}
providers:
  # the one we know
  anthropic:
    preset: anthropic
    api_key: "${ANTHROPIC_API_KEY}"   # from the vault

models:
    claude: {deployments: [{provider: anthropic, model: "*"}]}
routes:
- {name: default, match: {model: "gpt-*"}, use: [claude]}
# the end
"""


def test_an_import_is_added_to_a_file_and_what_was_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "powerautomation.yaml"
    file.write_text(BEFORE)
    file.chmod(0o600)
    imported = read_claude_code_router(ROUTER)
    backup = write_to_file(imported, file)
    assert backup is not None
    assert backup.read_text() == BEFORE
    text = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [line for line in BEFORE.splitlines() if line] == [
        line for line in text.splitlines() if line in BEFORE.splitlines() and line
    ]
    made = load_settings(file, {}, {})
    assert set(made.providers) == {"anthropic", "openrouter", "deepseek", "ollama", "gemini", "kimi"}
    assert [route.name for route in made.routes] == ["default", "background"]
    left = notes_of(imported, "left_out")
    assert "already" in left["route default"]
    assert list(tmp_path.iterdir()) == [file, backup] or set(tmp_path.iterdir()) == {file, backup}


def test_an_import_makes_a_new_file(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    assert write_to_file(read_litellm(LITELLM), file) is None
    assert load_settings(file, {}, {}).models["gpt-4o"].deployments[0].model == "gpt-4o"
    assert "in-clear" not in file.read_text()


def test_names_that_are_there_already_are_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("providers:\n  kimi:\n    preset: moonshot\n    api_key: mine\n")
    imported = read_claude_code_router(ROUTER)
    write_to_file(imported, file)
    assert load_settings(file, {}, {}).providers["kimi"].preset == "moonshot"
    assert "already" in notes_of(imported, "left_out")["providers.kimi"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("providers: {a: {preset: infini, api_key: x}}\n", "braces"),
        ("providers:\n  a: [\n", "not valid YAML"),
        ("nonsense: 1\n", "nonsense"),
    ],
)
def test_a_file_that_cannot_be_added_to_stays_as_it_is(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(ImportRefused, match=words):
        write_to_file(read_claude_code_router(ROUTER), file)
    assert file.read_text() == text
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "text", ["", "[]", "model_list: 3", "a: &x [1]\nb: *x", "{", "model_list: []", "\x00", '{"Providers": []}', "- 1"]
)
def test_what_is_no_configuration_is_refused_in_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    for read in (read_litellm, read_claude_code_router):
        with pytest.raises(ImportRefused) as refused:
            read(file)
        assert str(file) in refused.value.message
    with pytest.raises(ImportRefused, match="cannot be read"):
        read_litellm(tmp_path / "nowhere")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**9) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
parameters = st.dictionaries(
    st.sampled_from(["model", "api_base", "api_key", "rpm", "timeout", "order", "input_cost_per_token", "weight"]),
    values | st.sampled_from(["openai/gpt-4o", "claude-x", "*", "gemini/*", "os.environ/A", "http://h:1/v1"]),
)
entries = st.lists(values | st.fixed_dictionaries({"model_name": values, "litellm_params": parameters}), max_size=4)


@settings(max_examples=100, deadline=None)
@given(entries, values, values)
def test_no_shape_of_file_is_more_than_a_clear_refusal(
    tmp_path_factory: pytest.TempPathFactory, listed: Any, routing: Any, more: Any
) -> None:
    folder = tmp_path_factory.mktemp("imports")
    file = folder / "config"
    settings_ = {"fallbacks": routing, "model_group_alias": more, "num_retries": more, "timeout": more}
    foreign = {"model_list": listed, "router_settings": settings_, "litellm_settings": routing, "Providers": listed}
    file.write_text(json.dumps({**foreign, "Router": {"default": more}, "API_TIMEOUT_MS": more}))
    assert yaml.safe_load(file.read_text()) is not None
    for read in (read_litellm, read_claude_code_router):
        try:
            imported = read(file)
        except ImportRefused:
            continue
        with contextlib.suppress(ImportRefused):
            write_to_file(imported, folder / "made.yaml")
        (folder / "made.yaml").unlink(missing_ok=True)
