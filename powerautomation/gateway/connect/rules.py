"""Which lines point which client at a server."""

import json
import shlex

from powerautomation.gateway.connect.entities import Snippet

# The console puts a fresh key in its place; the key itself never travels in the list of clients.
API_KEY_PLACEHOLDER = "{{API_KEY}}"


def connect_snippets(base_url: str, api_key: str) -> list[Snippet]:
    """Return copy-paste lines for every client we know, Claude Code first.

    base_url: where clients reach this server, without ``/v1``; api_key: a gateway key, or ``API_KEY_PLACEHOLDER``.
    Both are quoted for the language they stand in.
    """
    base_url = base_url.rstrip("/")
    return [
        Snippet("claude-code", "Claude Code", "shell", _claude_code(base_url, api_key)),
        Snippet("codex", "Codex", "shell", _codex(base_url, api_key)),
        Snippet("gemini-cli", "Gemini CLI", "shell", _gemini_cli(base_url, api_key)),
        Snippet("kimi-cli", "Kimi CLI", "shell", _kimi_cli(base_url, api_key)),
        Snippet("anthropic-sdk", "Anthropic Python SDK", "python", _anthropic_sdk(base_url, api_key)),
        Snippet("openai-sdk", "OpenAI Python SDK", "python", _openai_sdk(base_url, api_key)),
        Snippet("curl", "curl", "shell", _curl(base_url, api_key)),
    ]


def _claude_code(base_url: str, api_key: str) -> str:
    # Without the first of the last two variables Claude Code sends beta fields that only Anthropic understands; without
    # the other it believes in windows of a million tokens and fills Kimi's past its 262,144 (2.1.329, November 2026).
    return "\n".join(
        (
            f"export ANTHROPIC_BASE_URL={_shell(base_url)}",
            f"export ANTHROPIC_AUTH_TOKEN={_shell(api_key)}",
            "export CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1",
            "export CLAUDE_CODE_AUTO_COMPACT_WINDOW=262144",
            "claude",
        )
    )


def _codex(base_url: str, api_key: str) -> str:
    # Strings of JSON are strings of TOML, which is what Codex reads these options as (0.169, November 2026).
    values = {"name": "PowerAutomation", "base_url": f"{base_url}/v1", "env_key": "GATEWAY_KEY"}
    provider = ", ".join(f"{name} = {json.dumps(value)}" for name, value in values.items())
    option = f'model_providers.powerautomation={{ {provider}, wire_api = "responses" }}'
    return "\n".join(
        (
            f"export GATEWAY_KEY={_shell(api_key)}",
            f"codex -c model_provider=powerautomation -c {shlex.quote(option)} -m claude-sonnet-4-5",
        )
    )


def _gemini_cli(base_url: str, api_key: str) -> str:
    # Given no model, it asks a small one first which to use (0.61, November 2026).
    return "\n".join(
        (
            f"export GOOGLE_GEMINI_BASE_URL={_shell(base_url)}",
            f"export GEMINI_API_KEY={_shell(api_key)}",
            "gemini -m claude-sonnet-4-5",
        )
    )


def _kimi_cli(base_url: str, api_key: str) -> str:
    # Kimi Code CLI reads the credentials of KIMI_MODEL_* only; kimi-cli, which came before it, knows the first two
    # (moonshotai.github.io/kimi-code and /kimi-cli, env-vars, November 2026).
    return "\n".join(
        (
            f"export KIMI_BASE_URL={_shell(base_url + '/v1')}",
            f"export KIMI_API_KEY={_shell(api_key)}",
            'export KIMI_MODEL_BASE_URL="$KIMI_BASE_URL"',
            'export KIMI_MODEL_API_KEY="$KIMI_API_KEY"',
            "export KIMI_MODEL_NAME=kimi-k2.6",
            "export KIMI_MODEL_MAX_CONTEXT_SIZE=262144",
            "kimi",
        )
    )


def _anthropic_sdk(base_url: str, api_key: str) -> str:
    return "\n".join(
        (
            "from anthropic import Anthropic",
            "",
            f"client = Anthropic(base_url={json.dumps(base_url)}, api_key={json.dumps(api_key)})",
            "message = client.messages.create(",
            '    model="claude-sonnet-4-5",',
            "    max_tokens=1024,",
            '    messages=[{"role": "user", "content": "Hello"}],',
            ")",
            "print(message.content[0].text)",
        )
    )


def _openai_sdk(base_url: str, api_key: str) -> str:
    return "\n".join(
        (
            "from openai import OpenAI",
            "",
            f"client = OpenAI(base_url={json.dumps(base_url + '/v1')}, api_key={json.dumps(api_key)})",
            "completion = client.chat.completions.create(",
            '    model="claude-sonnet-4-5",',
            '    messages=[{"role": "user", "content": "Hello"}],',
            ")",
            "print(completion.choices[0].message.content)",
        )
    )


def _curl(base_url: str, api_key: str) -> str:
    body = json.dumps(
        {"model": "claude-sonnet-4-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "Hello"}]}
    )
    return " \\\n  ".join(
        (
            f"curl {_shell(base_url + '/v1/messages')}",
            f"-H {_shell('x-api-key: ' + api_key)}",
            "-H 'anthropic-version: 2023-06-01'",
            "-H 'content-type: application/json'",
            f"-d {shlex.quote(body)}",
        )
    )


def _shell(text: str) -> str:
    # The placeholder stays bare so that replacing it by a key, which needs no quotes, leaves a clean line.
    return text if text == API_KEY_PLACEHOLDER else shlex.quote(text)
