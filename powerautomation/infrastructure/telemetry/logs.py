"""Structured logs on standard error: for people by default, JSON by setting, with request ids and without secrets."""

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import urlsplit

import structlog

from powerautomation.infrastructure.settings import Settings
from powerautomation.infrastructure.telemetry.redaction import hide_from_logs, redact_event

if TYPE_CHECKING:
    from structlog.typing import Processor

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
# Libraries that say more than an operator wants at the same level.
_QUIETER = {"uvicorn.access": logging.WARNING, "alembic": logging.WARNING, "aiosqlite": logging.WARNING}


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Send our logs and those of libraries to ``stream`` (standard error), as the settings say.

    Standard output stays free for what commands print. Every secret of the settings is hidden by value from now on.
    May be called again; the last call holds.
    """
    _hide_secrets(settings)
    target = stream if stream is not None else sys.stderr
    level = _LEVELS[settings.log.level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact_event,
    ]
    structlog.configure(
        processors=[*shared, _renderer(settings, target)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    foreign = logging.StreamHandler(target)
    foreign.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *shared,
                _renderer(settings, target),
            ],
        )
    )
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)]:
        root.removeHandler(old)
    root.addHandler(foreign)
    root.setLevel(level)
    for name, quietest in _QUIETER.items():
        logging.getLogger(name).setLevel(max(level, quietest))


def _renderer(settings: Settings, target: TextIO) -> Any:
    if settings.log.format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=repr)
    return structlog.dev.ConsoleRenderer(colors=target.isatty(), pad_event_to=0)


def _hide_secrets(settings: Settings) -> None:
    for secret in (settings.secret_key, settings.metrics.token, settings.audit.signing_key, settings.pkcs11.pin):
        hide_from_logs(secret.get_secret_value())
    for provider in settings.providers.values():
        hide_from_logs(provider.api_key.get_secret_value())
    for address in (settings.database_url, settings.redis_url):
        try:
            hide_from_logs(urlsplit(address).password or "")
        except ValueError:
            continue
