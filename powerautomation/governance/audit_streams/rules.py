"""What an event looks like on its way out. Pure.

Syslog is RFC 5424 (https://www.rfc-editor.org/rfc/rfc5424), framed by RFC 6587 on TCP and RFC 5425 on TLS. Records of
OTLP are its JSON encoding (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
"""

import hmac
import json
from collections.abc import Sequence
from typing import Any

from powerautomation.governance.audit import AuditEvent, export_line

SOFTWARE = "PowerAutomation"
# Facility 13, "log audit"; https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1
_FACILITY = 13
_SEVERITIES = {"done": 5, "refused": 4, "failed": 3}
_OTLP_SEVERITIES = {"done": (9, "INFO"), "refused": (13, "WARN"), "failed": (17, "ERROR")}
MOST_BATCH_BYTES = 1024 * 1024
MOST_DATAGRAM_BYTES = 32 * 1024
MOST_MESSAGE_BYTES = 256 * 1024


def batch_of(events: Sequence[AuditEvent], most_bytes: int = MOST_BATCH_BYTES) -> Sequence[AuditEvent]:
    """Return the first events, as many as stay under so many bytes together; at least one."""
    size = 0
    for count, one in enumerate(events):
        size += len(export_line(one))
        if size > most_bytes and count:
            return events[:count]
    return events


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return what proves a webhook's request: ``v1=`` and HMAC-SHA256 over ``timestamp.body`` in hexadecimal."""
    return "v1=" + hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hex()


def syslog_message(one: AuditEvent, host: str, most_bytes: int) -> bytes:
    """Return an event as one RFC 5424 message. Its text is the exported line as JSON in ASCII; of an event that is
    longer than ``most_bytes`` what changed is left out, which ``"changes_left_out":true`` says."""
    event = one.event
    head = (
        f"<{_FACILITY * 8 + _SEVERITIES[event.outcome]}>1 "
        f"{event.occurred_at.strftime('%Y-%m-%dT%H:%M:%S.')}{event.occurred_at.microsecond // 1000:03d}Z "
        f"{_visible(host, 255)} {SOFTWARE} - {_visible(event.action, 32)} "
        f'[origin software="{SOFTWARE}"] '
    ).encode()
    content: dict[str, Any] = json.loads(export_line(one))
    message = head + _ascii(content)
    if len(message) > most_bytes:
        content["event"]["changes"] = []
        if "target" in content.get("opened", {}):
            content["opened"]["target"]["changes"] = []
        content["changes_left_out"] = True
        message = head + _ascii(content)
    return message


def framed(message: bytes) -> bytes:
    """Return a syslog message as TCP and TLS carry it: its length in bytes, a blank, itself."""
    return f"{len(message)} ".encode() + message


def otlp_body(events: Sequence[AuditEvent], version: str, observed_ns: int) -> bytes:
    """Return an ``ExportLogsServiceRequest`` in JSON. Each record's body is the exported line, as text."""
    records = [_otlp_entry(one, observed_ns) for one in events]
    resource = {"attributes": [_attribute("service.name", "powerautomation"), _attribute("service.version", version)]}
    scope = {"name": "powerautomation.audit"}
    body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": scope, "logRecords": records}]}]}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def otlp_complaint(answer: bytes) -> str:
    """Return what a collector did not take of a request it answered with success; empty when it took all."""
    try:
        said = json.loads(answer or b"{}")
        partial = said.get("partialSuccess") or {} if isinstance(said, dict) else {}
        rejected = int(partial.get("rejectedLogRecords") or 0)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ""
    why = str(partial.get("errorMessage") or "")[:200]
    return f"The collector refused {rejected} records: {why}" if rejected else ""


def _otlp_entry(one: AuditEvent, observed_ns: int) -> dict[str, Any]:
    event = one.event
    number, text = _OTLP_SEVERITIES[event.outcome]
    told = {
        "audit.id": event.id,
        "audit.organization_id": event.organization_id,
        "audit.action": event.action,
        "audit.outcome": event.outcome,
        "audit.actor.kind": event.actor.kind,
        "audit.actor.id": event.actor.id,
        "audit.target.type": event.target.type,
        "audit.target.id": event.target.id,
        "audit.hash": one.hash,
        "client.address": event.origin.ip,
    }
    attributes = [_attribute(name, value) for name, value in told.items() if value]
    # 64-bit integers are text in the JSON encoding.
    attributes.append({"key": "audit.sequence", "value": {"intValue": str(one.sequence)}})
    return {
        "timeUnixNano": str(round(event.occurred_at.timestamp() * 1000) * 1_000_000),
        "observedTimeUnixNano": str(observed_ns),
        "severityNumber": number,
        "severityText": text,
        "eventName": f"powerautomation.audit.{event.action}",
        "body": {"stringValue": export_line(one).decode().rstrip("\n")},
        "attributes": attributes,
    }


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _ascii(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()


def _visible(text: str, most: int) -> str:
    return "".join(sign for sign in text if "!" <= sign <= "~")[:most] or "-"
