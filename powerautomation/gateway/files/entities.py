"""A file as others see it."""

from typing import NamedTuple

# Every id begins with this, so that a request without any is told by one look at its bytes.
ID_PREFIX = "file-pa"


class FileFacts(NamedTuple):
    """What is known of a kept file. ``sha256`` is hexadecimal; milliseconds since the epoch."""

    id: str
    name: str
    media_type: str
    purpose: str
    size_bytes: int
    sha256: str
    is_whole: bool
    created_ms: int
    expires_ms: int


class Owner(NamedTuple):
    """Who asks: a key, and with it the other keys of its project, when it has one."""

    organization_id: str
    api_key_id: str
    project: str
