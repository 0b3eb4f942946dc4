"""What follows from where a request comes from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.identity.sessions.origins import is_cross_site, is_loopback_host, needs_secure_cookie, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_one_place_is_an_ipv4_address_or_an_ipv6_network(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.3.2.1", "[::1]:8080", "a.localhost"]
)
def test_loopback_hosts_are_recognised(host):
    assert is_loopback_host(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.example.org", "10.0.0.1", "[::2]", "[", "127.0.0.1.example.org", "xlocalhost"]
)
def test_other_hosts_are_not_loopback(host):
    assert not is_loopback_host(host)


@given(st.text(), st.text())
def test_any_host_and_agent_gives_an_answer(host, agent):
    assert needs_secure_cookie("always", https=False, host=host, user_agent=agent)
    assert not needs_secure_cookie("never", https=True, host=host, user_agent=agent)
    assert needs_secure_cookie("auto", https=True, host=host, user_agent=agent)
    assert needs_secure_cookie("auto", https=False, host=host, user_agent="") == is_loopback_host(host)


@pytest.mark.parametrize(
    ("site", "origin", "is_refused"),
    [
        ("", "", False),
        ("same-origin", "https://console.test", False),
        ("none", "", False),
        ("cross-site", "", True),
        ("same-site", "https://other.test", True),
        ("", "https://console.test", False),
        ("", "https://CONSOLE.test", False),
        ("", "https://public.example", False),
        ("", "https://evil.example", True),
        ("", "https://console.test.evil.example", True),
        ("", "null", True),
        ("", "http://[", True),
    ],
)
def test_pages_of_other_sites_are_recognised(site, origin, is_refused):
    found = is_cross_site(sec_fetch_site=site, origin=origin, host="console.test", public_url="https://public.example")
    assert found == is_refused
