"""Settings from file, environment and command line, and how a wrong one is refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from powerautomation.infrastructure.settings import (
    Settings,
    environment_names,
    load_settings,
    setting_sources,
    setting_warnings,
    unset_variable,
)
from powerautomation.kernel.errors import StartRefused

COMPLETE = """\
server:
  port: 9000
providers:
  infini:   {dialect: openai-chat, base_url: "https://cloud.infini-ai.com/maas/v1/", api_key: "${INFINI_API_KEY}", requests_per_second: 500}
  anthropic: {dialect: anthropic-messages, base_url: "https://api.anthropic.com", api_key: "${ANTHROPIC_API_KEY}"}
models:
  kimi-k2:
    family: kimi-k2-instruct
    deployments:
      - {provider: infini, model: kimi-k2-instruct, price: {input: "0.60", cached_input: 0.15, output: "0", currency: USD}}
  claude-sonnet: {deployments: [{provider: anthropic, model: claude-sonnet-4-6}]}
routes:
  - {name: claude-to-k2, match: {model: "claude-*"}, use: [kimi-k2, claude-sonnet]}
"""  # noqa: E501


def config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "pa.yaml"
    path.write_text(text)
    return path


def refusal(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(StartRefused) as caught:
        load_settings(config(tmp_path, text), environ or {}, {})
    assert caught.value.action
    return caught.value.message


def test_the_documented_file_is_read_with_its_keys_from_the_environment(tmp_path: Path) -> None:
    settings = load_settings(config(tmp_path, COMPLETE), {"INFINI_API_KEY": "inf-1", "ANTHROPIC_API_KEY": "ant-2"}, {})

    infini = settings.providers["infini"]
    assert infini.api_key.get_secret_value() == "inf-1"
    assert infini.base_url == "https://cloud.infini-ai.com/maas/v1"
    price = settings.models["kimi-k2"].deployments[0].price
    assert price is not None
    assert (price.input, price.cached_input, price.output, price.cache_write_5m) == (
        Decimal("0.60"),
        Decimal("0.15"),
        Decimal(0),
        None,
    )
    assert settings.routes[0].match.model == "claude-*"
    assert setting_warnings(settings) == []


def test_command_line_wins_over_environment_over_file_over_default(tmp_path: Path) -> None:
    path = config(tmp_path, "server: {host: from-file, port: 1, workers: 3}\n")
    environ = {"POWERAUTOMATION_SERVER_HOST": "from-environment", "POWERAUTOMATION_SERVER_PORT": "2"}

    settings = load_settings(path, environ, {"server.port": 3, "server.host": None})

    assert (settings.server.host, settings.server.port, settings.server.workers) == ("from-environment", 3, 3)
    assert settings.server.shutdown_grace_seconds == 30
    sources = {one.path: one for one in setting_sources(settings)}
    assert sources["server.port"].source == "command line"
    assert (sources["server.host"].source, sources["server.host"].name) == (
        "environment",
        "POWERAUTOMATION_SERVER_HOST",
    )
    workers = sources["server.workers"]
    assert (workers.source, workers.file, workers.line, workers.value) == ("file", str(path), 1, "3")
    assert (sources["log.level"].source, sources["log.level"].file) == ("default", None)


def test_the_file_is_found_by_the_environment(tmp_path: Path) -> None:
    path = config(tmp_path, "log: {format: json}\n")

    settings = load_settings(None, {"POWERAUTOMATION_CONFIG": str(path)}, {})

    assert settings.log.format == "json"
    assert settings.config == path
    shown = {one.path: one for one in setting_sources(settings)}["config"]
    assert (shown.source, shown.name, shown.value) == ("environment", "POWERAUTOMATION_CONFIG", str(path))


def test_the_file_that_was_named_on_the_command_line_is_said_to_come_from_there(tmp_path: Path) -> None:
    path = config(tmp_path, "log: {format: json}\n")

    settings = load_settings(path, {"POWERAUTOMATION_CONFIG": "elsewhere.yaml"}, {})

    shown = {one.path: one for one in setting_sources(settings)}["config"]
    assert (shown.source, shown.value) == ("command line", str(path))


def test_every_simple_setting_has_an_environment_variable() -> None:
    names = environment_names()

    for name in ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "CONFIG", "SECRET_KEY", "GATEWAY_MAX_ATTEMPTS", "ROUTES"):
        assert f"POWERAUTOMATION_{name}" in names
    assert names["POWERAUTOMATION_GATEWAY_ALLOWED_HOSTS"] == ("gateway", "allowed_hosts")


def test_lists_and_whole_sections_can_come_from_the_environment() -> None:
    environ = {
        "POWERAUTOMATION_GATEWAY_ALLOWED_HOSTS": "a.example, b.example",
        "POWERAUTOMATION_PROVIDERS": '{"p": {"dialect": "openai-chat", "base_url": "https://p.example/v1"}}',
        "POWERAUTOMATION_DATA_DIR": "~/pa",
    }

    settings = load_settings(None, environ, {})

    assert settings.gateway.allowed_hosts == ["a.example", "b.example"]
    assert settings.providers["p"].base_url == "https://p.example/v1"
    assert settings.data_dir == Path("~/pa").expanduser()


def test_a_deployment_may_serve_whatever_model_was_asked_for() -> None:
    environ = {
        "POWERAUTOMATION_PROVIDERS": '{"p": {"dialect": "anthropic-messages", "base_url": "https://p.example"}}',
        "POWERAUTOMATION_MODELS": '{"claude": {"deployments": [{"provider": "p", "model": "*"}]}}',
    }

    settings = load_settings(None, environ, {})

    assert settings.models["claude"].deployments[0].model == "*"


def test_an_unknown_key_is_refused_with_file_line_and_the_allowed_keys(tmp_path: Path) -> None:
    message = refusal(tmp_path, "server:\n  host: x\n  prot: 80\n")

    assert "pa.yaml, line 3" in message
    assert "'server.prot' is not a setting" in message
    assert "Did you mean 'port'?" in message
    assert "trusted_proxies" in message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("nonsense: 1\n", 1, "providers, redis_url, routes"),
        ("log:\n  level: loud\n", 2, "'debug', 'info', 'warning' or 'error'"),
        ("server:\n\n  port: many\n", 3, "valid integer"),
        ("server: {port: 70000}\n", 1, "65535"),
        (
            "providers:\n  p:\n    dialect: gemini2\n    base_url: https://x.example\n",
            3,
            "'openai-responses' or 'gemini'",
        ),
        ("providers:\n  p:\n    dialekt: openai-chat\n    base_url: https://x.example\n", 3, "Did you mean 'dialect'?"),
        ("providers:\n  p: {dialect: openai-chat, base_url: ftp://x}\n", 2, "http://"),
        ("providers:\n  p: {dialect: openai-chat, base_url: 'https://u:p@x.example'}\n", 2, "api_key"),
        ("providers:\n  p: {api_key: x}\n", 2, "dialect and base_url"),
        ("providers:\n  'bad name': {preset: infini}\n", 2, "match pattern"),
        ("models:\n  m:\n    deployments:\n      - model: x\n", 4, "'models.m.deployments.0.provider' is missing"),
        ("models:\n  m:\n    deployments: []\n", 3, "at least 1"),
        (
            "providers: {p: {preset: infini}}\nmodels:\n  m:\n    deployments:\n      - provider: p\n        model: x\n"
            "        price: {inptu: '1'}\n",
            7,
            "Did you mean 'input'?",
        ),
        (
            "providers: {p: {preset: infini}}\nmodels:\n  m:\n    deployments:\n      - provider: p\n        model: x\n"
            "        price:\n          input: -1\n",
            8,
            "greater than or equal to 0",
        ),
        (
            "models:\n  m:\n    deployments:\n      - {provider: q, model: x}\n",
            4,
            "provider 'q', which is not declared",
        ),
        ("routes:\n  - name: r\n    match: {model: '*'}\n    use:\n      - ghost\n", 5, "model 'ghost'"),
        ("server: {port: 1}\nserver: {port: 2}\n", 2, "twice, first on line 1"),
        ("server:\n  port: [1\nlog: {}\n", 3, "not valid YAML"),
        ("- a\n- b\n", 1, "must be a mapping"),
        ("config: other.yaml\n", 1, "cannot name another file"),
    ],
)
def test_a_wrong_file_is_refused_with_the_line_and_what_is_allowed(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    message = refusal(tmp_path, text)

    assert f"pa.yaml, line {line}:" in message
    assert words in message


def test_all_problems_are_named_at_once_but_not_endlessly(tmp_path: Path) -> None:
    message = refusal(tmp_path, "\n".join(f"wrong_{number}: 1" for number in range(30)))

    assert "line 1:" in message
    assert "line 10:" in message
    assert "and 20 more" in message


def test_a_wrong_environment_variable_or_option_is_named() -> None:
    with pytest.raises(
        StartRefused, match=r"environment variable POWERAUTOMATION_SERVER_PORT: 'server\.port' is wrong"
    ):
        load_settings(None, {"POWERAUTOMATION_SERVER_PORT": "http"}, {})
    with pytest.raises(StartRefused, match=r"command line option server\.port"):
        load_settings(None, {}, {"server.port": 99999})


def test_secrets_are_neither_in_refusals_nor_in_sources_nor_in_the_printed_settings(tmp_path: Path) -> None:
    secret = "canary-0123456789-canary"
    text = f"providers:\n  p: {{dialect: wrong, base_url: 'https://x.example', api_key: {secret}, more: {secret}}}\n"
    assert secret not in refusal(tmp_path, text)

    environ = {
        "POWERAUTOMATION_SECRET_KEY": secret * 2,
        "POWERAUTOMATION_DATABASE_URL": f"postgresql://u:{secret}@db.example/pa?sslpassword={secret}",
        "POWERAUTOMATION_REDIS_URL": f"redis://:{secret}@r.example/0",
    }
    settings = load_settings(config(tmp_path, COMPLETE), environ | {"INFINI_API_KEY": secret}, {})
    shown = {one.path: one.value for one in setting_sources(settings)}
    assert secret not in repr(shown)
    assert secret not in repr(settings)
    assert shown["providers.infini.api_key"] == "***"
    assert shown["providers.anthropic.api_key"] == ""
    assert shown["database_url"] == "postgresql://u:***@db.example/pa?sslpassword=***"


def test_a_reference_without_a_value_is_empty_and_warned_about(tmp_path: Path) -> None:
    settings = load_settings(config(tmp_path, COMPLETE), {"INFINI_API_KEY": "x"}, {})

    assert settings.providers["anthropic"].api_key.get_secret_value() == ""
    (warning,) = setting_warnings(settings)
    assert "line 5" in warning.message
    assert "ANTHROPIC_API_KEY is not set" in warning.message
    assert unset_variable(settings, "providers", "anthropic", "api_key") == "ANTHROPIC_API_KEY"
    assert unset_variable(settings, "providers", "infini", "api_key") == ""


def test_an_unset_reference_where_a_number_belongs_says_so(tmp_path: Path) -> None:
    assert "the environment variable it reads is not set" in refusal(tmp_path, 'server: {port: "${PORT_X}"}\n')


def test_a_mistyped_variable_is_warned_about_but_not_what_kubernetes_adds() -> None:
    environ = {
        "POWERAUTOMATION_SEVER_PORT": "1",
        "POWERAUTOMATION_SERVICE_HOST": "10.0.0.1",
        "POWERAUTOMATION_PORT_8080_TCP": "tcp://10.0.0.1:8080",
    }

    (warning,) = setting_warnings(load_settings(None, environ, {}))

    assert "POWERAUTOMATION_SEVER_PORT" in warning.message
    assert "POWERAUTOMATION_SERVER_PORT" in warning.action


def test_a_file_that_cannot_be_read_is_refused_with_words(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="No such file"):
        load_settings(tmp_path / "missing.yaml", {}, {})
    with pytest.raises(StartRefused, match="directory"):
        load_settings(tmp_path, {}, {})
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"log: {}\nx: \xff\xfe\n")
    with pytest.raises(StartRefused, match="line 2: the file is not UTF-8"):
        load_settings(binary, {}, {})
    large = tmp_path / "large.yaml"
    large.write_bytes(b"# " + b"x" * 1_000_001)
    with pytest.raises(StartRefused, match="larger than 1 MB"):
        load_settings(large, {}, {})


def test_aliases_cannot_blow_up_the_reader(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 12):
        bomb += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"
    assert "nested too deeply or repeats itself" in refusal(tmp_path, bomb)
    assert "nested too deeply or repeats itself" in refusal(tmp_path, "a: &a\n  b: *a\n")


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(config(tmp_path, "# nothing yet\n"), {}, {})

    assert settings.model_dump(exclude={"config"}) == Settings().model_dump(exclude={"config"})


def test_settings_do_not_change_after_the_start() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().server.port = 1  # type: ignore[misc]
