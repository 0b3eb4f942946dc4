"""What follows from where a request comes from: what counts as one place, which cookies travel, which page may ask."""

import ipaddress
from typing import Literal
from urllib.parse import urlsplit

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def network_of(address: str) -> str:
    """Return what counts as one place when failures are counted: an IPv4 address, or the /64 an IPv6 client owns."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address if parsed is None else str(parsed)


def needs_secure_cookie(mode: Literal["auto", "always", "never"], *, https: bool, host: str, user_agent: str) -> bool:
    """Say whether the session cookie carries Secure.

    ``auto``: over TLS, and on loopback hosts, which browsers treat like TLS; not in Safari there, which does not and
    would drop the cookie. https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#secure
    (November 2026)
    """
    if mode != "auto":
        return mode == "always"
    return https or (is_loopback_host(host) and not _is_safari(user_agent))


def is_loopback_host(host: str) -> bool:
    """Say whether a Host header names this very machine."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _parsed(name)
    return address is not None and address.is_loopback


def is_cross_site(*, sec_fetch_site: str, origin: str, host: str, public_url: str) -> bool:
    """Say whether a page of another site sent the request. Browsers tell; programs tell nothing."""
    if sec_fetch_site:
        return sec_fetch_site not in ("same-origin", "none")
    if not origin:
        return False
    ours = {host.lower()}
    if public_url:
        ours.add(urlsplit(public_url).netloc.lower())
    try:
        return urlsplit(origin).netloc.lower() not in ours
    except ValueError:
        return True


def _is_safari(user_agent: str) -> bool:
    """Every browser on iOS is Safari inside; elsewhere Chrome and Edge say Safari too, but also Chrome."""
    return "AppleWebKit" in user_agent and not any(name in user_agent for name in ("Chrome/", "Chromium/"))


def _parsed(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
