"""Copy-paste lines really point the client at this server, whatever stands in address and key."""

import ast
import shlex
import subprocess
import tomllib

import pytest

from powerautomation.gateway.connect.rules import API_KEY_PLACEHOLDER, connect_snippets

ADDRESS = "https://ai.example.org/gateway"
HOSTILE = "http://x/$(touch /tmp/pwned)'\"\\`"


def snippet(client: str, base_url: str = ADDRESS, api_key: str = "pa_test") -> str:
    return next(one.snippet for one in connect_snippets(base_url, api_key) if one.id == client)


def exported(lines: str) -> dict[str, str]:
    words = [shlex.split(line) for line in lines.splitlines()]
    return dict(line[1].split("=", 1) for line in words if line[0] == "export")


def test_claude_code_comes_first_and_is_given_address_and_key() -> None:
    assert connect_snippets(ADDRESS, "pa_test")[0].id == "claude-code"
    variables = exported(snippet("claude-code"))
    assert variables["ANTHROPIC_BASE_URL"] == ADDRESS
    assert variables["ANTHROPIC_AUTH_TOKEN"] == "pa_test"
    assert variables["CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS"] == "1"
    assert variables["CLAUDE_CODE_AUTO_COMPACT_WINDOW"] == "262144"


def test_openai_address_ends_in_v1_and_anthropic_address_does_not() -> None:
    assert f'base_url="{ADDRESS}/v1"' in snippet("openai-sdk")
    assert f'base_url="{ADDRESS}"' in snippet("anthropic-sdk")


def test_trailing_slash_of_the_address_is_not_doubled() -> None:
    assert f"{ADDRESS}/v1/messages" in snippet("curl", base_url=f"{ADDRESS}/")


@pytest.mark.parametrize("address", [ADDRESS, HOSTILE])
def test_codex_is_given_a_provider_that_reads_its_key_from_the_environment(address: str) -> None:
    lines = snippet("codex", base_url=address)
    assert exported(lines)["GATEWAY_KEY"] == "pa_test"
    words = shlex.split(lines.split("\n", 1)[1])
    assert words[:3] == ["codex", "-c", "model_provider=powerautomation"]
    provider = tomllib.loads(words[4])["model_providers"]["powerautomation"]
    assert provider == {
        "name": "PowerAutomation",
        "base_url": f"{address}/v1",
        "env_key": "GATEWAY_KEY",
        "wire_api": "responses",
    }


@pytest.mark.parametrize("client", ["anthropic-sdk", "openai-sdk"])
def test_python_lines_keep_a_hostile_address_inside_one_string(client: str) -> None:
    tree = ast.parse(snippet(client, base_url=HOSTILE))
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert {HOSTILE, f"{HOSTILE}/v1"} & strings


def test_shell_lines_keep_a_hostile_address_inside_one_word() -> None:
    assert exported(snippet("claude-code", base_url=HOSTILE))["ANTHROPIC_BASE_URL"] == HOSTILE
    assert f"{HOSTILE}/v1/messages" in shlex.split(snippet("curl", base_url=HOSTILE))


def test_every_client_has_the_placeholder_once_so_that_the_console_can_fill_it_in() -> None:
    for one in connect_snippets(ADDRESS, API_KEY_PLACEHOLDER):
        assert one.snippet.count("{{API_KEY}}") == 1


@pytest.mark.parametrize("address", [ADDRESS, HOSTILE])
def test_gemini_cli_is_given_address_and_key(address: str) -> None:
    variables = exported(snippet("gemini-cli", base_url=address))
    assert variables == {"GOOGLE_GEMINI_BASE_URL": address, "GEMINI_API_KEY": "pa_test"}


@pytest.mark.parametrize("address", [ADDRESS, HOSTILE])
def test_both_kimi_clis_are_given_address_key_and_model(address: str) -> None:
    lines = snippet("kimi-cli", base_url=address).removesuffix("\nkimi")
    # As a shell sees it: the second pair repeats the first.
    shell = ["env", "-i", "sh", "-c", f"{lines}\nenv -0"]
    seen = subprocess.run(shell, capture_output=True, text=True, check=True).stdout
    variables = dict(one.split("=", 1) for one in seen.split("\0") if one.startswith("KIMI_"))
    assert variables == {
        "KIMI_BASE_URL": f"{address}/v1",
        "KIMI_API_KEY": "pa_test",
        "KIMI_MODEL_BASE_URL": f"{address}/v1",
        "KIMI_MODEL_API_KEY": "pa_test",
        "KIMI_MODEL_NAME": "kimi-k2.6",
        "KIMI_MODEL_MAX_CONTEXT_SIZE": "262144",
    }
