"""Decisions about e-mail domains."""

import re
from datetime import timedelta

PATH = "/.well-known/powerautomation-domain.txt"
MOST_DOMAINS = 50
CHECKED_EVERY = timedelta(days=1)
# A web server may be down for a while; nobody moves a domain in a week and does not notice.
LAPSES_AFTER = timedelta(days=7)
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


def is_domain(text: str) -> bool:
    """Say whether text is a domain name in lower case."""
    return _DOMAIN.fullmatch(text) is not None


def is_provable(domain: str) -> bool:
    """Say whether a domain may have a web server of its own: a name, and no address."""
    return is_domain(domain) and not domain.rpartition(".")[2].isdigit()


def address_of(domain: str) -> str:
    """Return where the proof of a domain is looked for."""
    return f"https://{domain}{PATH}"


def line_of(token: str) -> str:
    """Return the line that proves a domain."""
    return f"powerautomation-domain={token}"


def has_line(text: str, line: str) -> bool:
    """Say whether a line stands in a file; other organizations may have theirs beside it."""
    return line in (one.strip() for one in text.splitlines())
