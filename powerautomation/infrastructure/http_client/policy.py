"""Which servers may be called.

Checked where connections are made, on the very address that is connected to: a name that is public today may lead into
the own network tomorrow (DNS rebinding), and a URL has more spellings than a check of its text can know.
"""

import ipaddress
from dataclasses import dataclass

from powerautomation.infrastructure.http_client.destinations import Server

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")


@dataclass(frozen=True, slots=True)
class OutgoingPolicy:
    """``allowed`` holds ``host:port`` of every server that may be called; those also in ``private`` may be in the own
    network or on this machine. Addresses of the link itself, where clouds keep their metadata, are never called."""

    allowed: frozenset[str]
    private: frozenset[str]

    def refusal(self, server: Server, address: Address | None = None) -> str:
        """Return why a server (at an address, once it is known) may not be called, or ``""``."""
        host = f"{server.host.rstrip('.').lower()}:{server.port}"
        if host not in self.allowed:
            return f"{host} is not on the outgoing allow-list"
        if address is None:
            return ""
        inner = _inner(address)
        if (
            inner.is_link_local
            or inner.is_multicast
            or inner.is_unspecified
            or (inner.is_reserved and inner != address)
        ):
            return f"{host} leads to an address that is never called"
        if not inner.is_global and host not in self.private:
            return f"{host} leads into a private network, which is allowed only for hosts the configuration names"
        return ""


def _inner(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 address that stands for one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is None and address in _LOCAL_NAT64:
        return ipaddress.IPv6Address("::")
    return inner or address
