"""What can go wrong when audit events are sent away."""

from powerautomation.kernel.errors import Problem


class NotDelivered(Problem):
    """The receiver did not take the events; they are sent again."""

    code = "audit.stream_failed"
    status = 502


class StreamUnknown(Problem):
    """The configuration has no stream of this name."""

    code = "audit.stream_unknown"
    status = 404
