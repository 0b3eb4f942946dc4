"""What the log looks like."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from powerautomation.infrastructure.settings import LogSettings, MetricsSettings, ProviderSettings, Settings
from powerautomation.infrastructure.settings.models import AuditSettings
from powerautomation.infrastructure.telemetry import configure_logging


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines_carry_level_time_request_id_and_fields() -> None:
    stream = io.StringIO()
    configure_logging(Settings(log=LogSettings(format="json")), stream)

    with structlog.contextvars.bound_contextvars(request_id="req_1"):
        structlog.get_logger("x").info("did it", count=3)
        structlog.get_logger("x").debug("not at this level")

    (line,) = lines(stream)
    assert line["event"] == "did it"
    assert (line["level"], line["request_id"], line["count"]) == ("info", "req_1", 3)
    assert str(line["timestamp"]).endswith("Z")


def test_libraries_log_into_the_same_stream_once_even_after_a_second_configuration() -> None:
    stream = io.StringIO()
    configure_logging(Settings(log=LogSettings(format="json")), stream)
    configure_logging(Settings(log=LogSettings(format="json")), stream)

    logging.getLogger("some.library").warning("disk %s", "slow")

    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == ("disk slow", "some.library", "warning")


def test_secrets_of_the_settings_and_of_tracebacks_are_hidden() -> None:
    secret = "vendor-key-that-has-no-special-look"
    settings = Settings(
        log=LogSettings(format="json"),
        providers={"p": ProviderSettings(preset="infini", api_key=secret)},
        database_url="postgresql://u:the-db-password@h/d",
        secret_key=SecretStr("secret-key-that-has-no-special-look"),
        metrics=MetricsSettings(token=SecretStr("metrics-token-that-has-no-special-look")),
        audit=AuditSettings(signing_key=SecretStr("signing-key-that-has-no-special-look")),
    )
    stream = io.StringIO()
    configure_logging(settings, stream)

    def fail() -> None:
        raise RuntimeError(f"upstream said {secret}")

    try:
        fail()
    except RuntimeError:
        others = [f"{name}-that-has-no-special-look" for name in ("secret-key", "metrics-token", "signing-key")]
        structlog.get_logger("x").exception("failed", note="the-db-password", others=others)
        logging.getLogger("lib").exception("failed too")

    assert secret not in stream.getvalue()
    assert "the-db-password" not in stream.getvalue()
    assert "no-special-look" not in stream.getvalue()
    assert all("Traceback" in str(line["exception"]) for line in lines(stream))
    assert len(lines(stream)) == 2


def test_the_console_form_is_one_readable_line_without_colour_codes_in_a_file() -> None:
    stream = io.StringIO()
    configure_logging(Settings(), stream)

    structlog.get_logger("x").warning("disk is slow", folder="/srv/pa\nforged line")

    text = stream.getvalue()
    assert text.count("\n") == 1
    assert "disk is slow" in text
    assert "\x1b" not in text
