"""E-mail addresses, names and passwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.identity.users.errors import EmailInvalid, NameInvalid
from powerautomation.identity.users.rules import canonical_email, cleaned_name, normal_password, weakness_of


@pytest.mark.parametrize(
    "password",
    [
        "correct battery horse?",
        "a quiet harbour at dusk",
        "tr0ub4dor&3xyz",
        "kX9#vLq2@mZp",
        "我今天早上在公园里喝了一杯咖啡",
        "münchen-liegt-südlich",
        "password of my aunt Agatha",
        "onlysmalllettersandnothingelse",
        "8402917365824",
        "a long sentence that somebody may well remember, of more than sixty-four characters",
        "ünlimited " * 102,
    ],
)
def test_password_that_has_to_be_guessed_is_accepted(password):
    assert weakness_of(normal_password(password), email="ada@example.org", name="Ada") == ""


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elevenchars",
        "Password1234",
        "P@ssw0rd2026!!",
        "letmein-please",
        "Admin123456!",
        "passwordpassword",
        "qwertyqwerty1",
        "QWERTYUIOPAS",
        "zyxwvutsrqponm",
        "0987654321098",
        "123456123456",
        "1qaz2wsx3edc",
        "abababababababab",
        "correct horse battery staple",
        "changeme!!!2026",
        "ada.lovelace1815",
        "Ada Lovelace 1815!",
        "ada.lovelace@example.org",
    ],
)
def test_password_among_the_first_to_be_tried_is_refused(password):
    assert weakness_of(normal_password(password), email="ada.lovelace@example.org", name="Ada Lovelace")


@given(st.text(max_size=1100), st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_judged_and_short_ones_are_refused(password, email, name):
    normal = normal_password(password)
    weakness = weakness_of(normal, email=email, name=name)
    assert normal_password(normal) == normal
    if len(normal) < 12 or len(normal) > 1024:
        assert weakness


def test_longest_password_is_judged_quickly():
    import time

    began = time.perf_counter()
    weakness_of("ab" * 512, email="a@b", name="a")
    weakness_of("abcde" * 204, email="a@b", name="a")
    assert time.perf_counter() - began < 0.5


@given(st.text(max_size=300))
def test_canonical_email_is_stable_or_refused(text):
    try:
        email = canonical_email(text)
    except EmailInvalid:
        return
    assert canonical_email(email) == email
    assert canonical_email(f"  {email} ") == email
    assert email.count("@") == 1
    assert len(email) <= 254


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        (" admin@localhost ", "admin@localhost"),
        ("first.last+tag@sub.example.org", "first.last+tag@sub.example.org"),
        ("用户@例子.公司", "用户@例子.公司"),
    ],
)
def test_email_gets_one_form(text, email):
    assert canonical_email(text) == email


@pytest.mark.parametrize(
    "text", ["", "ada", "@b", "a@", "a@b@c", "a b@c", "a@b\x00", "a" * 65 + "@b", "a@" + "b" * 254]
)
def test_text_that_is_no_email_is_refused(text):
    with pytest.raises(EmailInvalid) as refused:
        canonical_email(text)
    assert refused.value.fields["email"]


@given(st.text(max_size=250))
def test_name_is_one_visible_line_or_refused(text):
    try:
        name = cleaned_name(text)
    except NameInvalid:
        return
    assert name == name.strip()
    assert name.isprintable()
    assert 1 <= len(name) <= 200
