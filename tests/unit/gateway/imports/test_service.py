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
    ImportRefused,
    as_yaml,
    read_claude_code_router,
    read_litellm,
    write_to_file,
)
from powerautomation.infrastructure.settings import load_settings
from tests.fixtures.imported import LITELLM, ROUTER, notes_of


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
    assert [route.name for route in made.routes] == ["default", "long-context", "background", "think"]
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
