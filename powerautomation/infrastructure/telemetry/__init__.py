"""What the server tells about itself: structured logs without secrets, and Prometheus metrics."""

from powerautomation.infrastructure.telemetry.logs import configure_logging
from powerautomation.infrastructure.telemetry.redaction import hide_from_logs, redacted

__all__ = ["configure_logging", "hide_from_logs", "redacted"]
