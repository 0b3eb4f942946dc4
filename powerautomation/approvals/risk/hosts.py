"""Which hosts a command reaches."""

import ipaddress
import re
from urllib.parse import urlsplit

from powerautomation.approvals.risk.words import UNKNOWN

_LOCAL = frozenset({"localhost", "host.docker.internal", "localhost.localdomain", "0.0.0.0"})  # noqa: S104 - a name
_METADATA = frozenset({"169.254.169.254", "metadata.google.internal", "metadata", "169.254.170.2", "100.100.100.200",
                       "fd00:ec2::254"})  # fmt: skip
_URL = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*://")
_REMOTE = re.compile(r"^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):(?!\d+:)")


def host_of(text: str) -> str:
    """Return the host a word names: of a URL, of ``user@host:path``, or of a bare host name; empty when none."""
    if _URL.match(text):
        try:
            return (
                (urlsplit(text.replace(UNKNOWN, "0")).hostname or "").rstrip(".").lower() if _whole(text) else UNKNOWN
            )
        except ValueError:
            return UNKNOWN
    found = _REMOTE.match(text)
    if found and "/" not in found[0]:
        return found[1].strip("[]").lower()
    return ""


def bare_host(text: str) -> str:
    """Return the host of a word that a program takes for a host or an address without a scheme."""
    if UNKNOWN in text:
        return UNKNOWN
    return host_of(text) or host_of("http://" + text.rpartition("@")[2])


def zone_of(host: str) -> str:
    """Return local, metadata, private, remote or unknown."""
    if not host or UNKNOWN in host:
        return "unknown"
    if host in _METADATA:
        return "metadata"
    if host in _LOCAL or host.endswith(".localhost"):
        return "local"
    try:
        number = ipaddress.ip_address(int(host, 0) if re.fullmatch(r"0x[0-9a-f]+|\d{6,}", host) else host)
    except ValueError:
        return "private" if "." not in host else "remote"
    if str(number) in _METADATA:
        return "metadata"
    return "local" if number.is_loopback else "private" if number.is_private else "remote"


def _whole(text: str) -> bool:
    """Say whether the host part of a URL is known."""
    return UNKNOWN not in text.split("://", 1)[1].split("/", 1)[0].split("?", 1)[0]
