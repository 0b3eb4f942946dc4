"""Where a URL leads: the server, what is asked of it, and by which way it is reached."""

import base64
import ipaddress
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from powerautomation.infrastructure.http_client.errors import ConnectFailed

_PORTS = {"http": 80, "https": 443}


class Server(NamedTuple):
    """What connections are shared by: scheme, host without brackets, port."""

    scheme: str
    host: str
    port: int


class Destination(NamedTuple):
    """A server and the target of the request line, and the value of the ``host`` header."""

    server: Server
    target: str
    authority: str


class Proxy(NamedTuple):
    """A forward proxy. ``authorization`` is the value of ``proxy-authorization``, or empty."""

    host: str
    port: int
    authorization: str


@lru_cache(1024)
def destination_of(url: str) -> Destination:
    """Return where a URL leads. Raises ConnectFailed for what is no http or https URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in _PORTS or not host or parts.username is not None:
        raise ConnectFailed("the address is not an http or https URL")
    server = Server(parts.scheme, _ascii_host(host), port or _PORTS[parts.scheme])
    name = f"[{server.host}]" if ":" in server.host else server.host
    authority = name if server.port == _PORTS[server.scheme] else f"{name}:{server.port}"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or any(character <= " " or character == "\x7f" for character in target):
        raise ConnectFailed("the address has characters that must be percent-encoded")
    return Destination(server, target, authority)


def _ascii_host(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ConnectFailed("the address has a host name that cannot be") from None


def proxy_for(server: Server) -> Proxy | None:
    """Return the proxy the environment names for a server (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY), or None.

    Raises ConnectFailed for a proxy of a kind that is not spoken here.
    """
    proxies = getproxies()
    url = proxies.get(server.scheme) or proxies.get("all")
    if not url or proxy_bypass(f"{server.host}:{server.port}") or proxy_bypass(server.host):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme != "http" or not parts.hostname:
        raise ConnectFailed(f"the proxy must be an http:// address, not {parts.scheme}://")
    authorization = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode()
    return Proxy(parts.hostname, parts.port or 80, authorization)
