"""Passwords of published breaches."""

import pytest

from powerautomation.identity.users.breached import is_breached


@pytest.mark.parametrize(
    "password",
    ["ghbdtnrfrltkf", "sunflower12345", "!!liverpool2026", "Sunfl0wer-1999", "123456789987654321"],
)
def test_password_of_a_breach_is_known_also_when_decorated(password):
    assert is_breached(password)


@pytest.mark.parametrize(
    "password", ["a quiet harbour at dusk", "correct battery horse?", "kX9#vLq2@mZp", "我今天早上在公园里喝了一杯咖啡"]
)
def test_other_passwords_are_not(password):
    assert not is_breached(password)
