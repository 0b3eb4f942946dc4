"""Owns sending audit events away as they happen: to webhooks, syslog servers and OTLP collectors.

The configuration names the receivers. Each gets every organization's events in the order of the chain, at least once:
its place moves on only after it took them, and is kept in the database, so that a restart goes on where it was.
"""

from powerautomation.governance.audit_streams.entities import Stream, StreamReport
from powerautomation.governance.audit_streams.errors import NotDelivered, StreamUnknown
from powerautomation.governance.audit_streams.jobs import StreamKeeper
from powerautomation.governance.audit_streams.receivers import open_streams
from powerautomation.governance.audit_streams.routes import make_streams_router
from powerautomation.governance.audit_streams.service import deliver_batch, report_streams, try_stream

__all__ = [
    "NotDelivered",
    "Stream",
    "StreamKeeper",
    "StreamReport",
    "StreamUnknown",
    "deliver_batch",
    "make_streams_router",
    "open_streams",
    "report_streams",
    "try_stream",
]
