"""The streams that the configuration names, ready to be sent on."""

import ssl

from powerautomation import __version__
from powerautomation.governance.audit_streams.adapters.syslog import Syslog
from powerautomation.governance.audit_streams.adapters.web import Collector, Webhook
from powerautomation.governance.audit_streams.entities import Stream
from powerautomation.infrastructure.settings import AuditStreamSettings, Settings
from powerautomation.kernel.errors import StartRefused


def open_streams(settings: Settings) -> list[Stream]:
    """Return the streams of the configuration; nothing is connected yet. Raises StartRefused for certificates that
    cannot be read."""
    return [_open(name, one) for name, one in settings.audit.streams.items()]


def _open(name: str, given: AuditStreamSettings) -> Stream:
    secret = given.secret.get_secret_value()
    receiver: Webhook | Collector | Syslog
    try:
        if given.kind == "webhook":
            receiver = Webhook(given.address, secret, name, given.ca_file)
        elif given.kind == "otlp":
            receiver = Collector(given.address, secret, __version__, given.ca_file)
        else:
            receiver = Syslog(given.address, given.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise StartRefused(
            f"The certificates of audit.streams.{name}.ca_file, {given.ca_file}, cannot be read: {error.strerror}.",
            action="Name a file of certificates in PEM, or remove the setting.",
            code="settings.invalid",
        ) from error
    return Stream(name, given.kind, given.paused, receiver.send, receiver.close)
