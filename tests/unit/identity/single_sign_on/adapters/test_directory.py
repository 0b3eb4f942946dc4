"""What is asked of a directory, and how its answers read."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.identity.single_sign_on.adapters import directory
from powerautomation.identity.single_sign_on.adapters.directory import Entry, Place
from powerautomation.identity.single_sign_on.errors import PasswordRefused, ProofInvalid

OPTIONS = {
    "subject_attribute": "entryUUID", "email_attribute": "mail", "name_attribute": "displayName",
    "group_attribute": "memberOf", "proves_email": False,
}  # fmt: skip
NOW = 1_800_000_000.0


def entry(**values: str | bytes) -> Entry:
    """An entry with one value of each attribute."""
    return Entry("uid=ada", {name: [one if isinstance(one, bytes) else one.encode()] for name, one in values.items()})


@pytest.mark.parametrize(
    "typed", ["*", "ada)(uid=*", "ada)(|(uid=*", "\\2a", "a\0b", "ada*", "Ädä", "&|!=<>~", "{dn}", "{username}"]
)
def test_typed_name_stays_one_value(typed):
    from ldap3.operation.search import parse_filter

    made = directory.filter_for("(&(objectClass=person)(uid={username}))", username=typed, dn="cn=other")
    node = parse_filter(made, None, False, False, None, False).elements[0]
    assert len(node.elements) == 2, made
    value = node.elements[1].assertion["value"]
    sent = re.sub(rb"\\([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), value)
    assert sent == typed.encode()


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_no_name_changes_the_shape_of_a_filter(typed):
    made = directory.filter_for("(uid={username})", username=typed)
    inside = made.removeprefix("(uid=").removesuffix(")")
    assert not set(inside) & set("()*\0")
    assert made.isascii()


@pytest.mark.parametrize(
    ("address", "plain", "place"),
    [
        ("ldaps://dc1.example.com", False, Place("dc1.example.com", 636, "tls")),
        ("ldap://dc1.example.com:3389/", False, Place("dc1.example.com", 3389, "starttls")),
        ("ldap://[::1]", True, Place("::1", 389, "plain")),
        ("ldaps://dc1.example.com", True, Place("dc1.example.com", 636, "tls")),
    ],
)
def test_address_says_how_it_is_encrypted(address, plain, place):
    assert directory.place_of(address, plain=plain) == place


@pytest.mark.parametrize(
    "address",
    ["", "dc1", "https://dc1", "ldaps://", "ldaps://u:p@dc1", "ldaps://dc1/dc=x", "ldaps://dc1:99999", "ldaps://[::1"],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match=r"^(is|must)"):
        directory.place_of(address, plain=False)


@pytest.mark.parametrize(("name", "password"), [("ada", ""), ("ada", "\0"), ("", "x"), (" ", "x"), ("a\nb", "x")])
def test_nothing_is_asked_without_a_name_and_a_password(name, password):
    with pytest.raises(PasswordRefused):
        directory.check_typed(name, password)


@pytest.mark.parametrize(
    "state",
    [
        {"userAccountControl": "514"},
        {"useraccountcontrol": "66050"},
        {"accountExpires": "133000000000000000"},
        {"nsAccountLock": "TRUE"},
        {"pwdAccountLockedTime": "000001010000Z"},
    ],
)
def test_account_that_is_switched_off_is_refused(state):
    with pytest.raises(PasswordRefused):
        directory.check_state(entry(**state), NOW)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"userAccountControl": "512"},
        {"accountExpires": "0"},
        {"accountExpires": "9223372036854775807"},
        {"accountExpires": "139000000000000000"},
        {"nsAccountLock": "FALSE"},
        {"userAccountControl": "text"},
    ],
)
def test_account_that_is_not_switched_off_is_accepted(state):
    directory.check_state(entry(**state), NOW)


def test_active_directory_identity_is_the_uuid_it_shows():
    known = uuid.UUID("7d3f1f5e-0c39-4b0f-9d2a-0a1b2c3d4e5f")
    found = entry(objectGUID=known.bytes_le, mail="ada@example.org")
    claims = directory.claims_from(OPTIONS | {"subject_attribute": "objectGUID"}, found, ["CN=a"])
    assert claims.subject == str(known)
    assert claims.groups == ("CN=a",)
    asked = directory.subject_filter("(sAMAccountName={username})", "objectGUID", [claims.subject])
    assert asked.startswith("(&(sAMAccountName=*)(|(objectGUID=\\5e\\1f\\3f\\7d")


def test_address_counts_as_proved_only_where_that_was_said():
    found = entry(entryUUID="1", mail="ada@example.org", jpegPhoto=b"\xff\xd8", displayName="Ada\0 L")
    claims = directory.claims_from(OPTIONS, found, [])
    assert (claims.email_verified, claims.name) == (None, "Ada L")
    assert "jpegPhoto" not in claims.attributes
    assert directory.claims_from(OPTIONS | {"proves_email": True}, found, []).email_verified is True


@pytest.mark.parametrize("values", [[], [b""], [b"1", b"2"], [b"a\nb"], [b"x" * 300]])
def test_who_has_no_single_identity_is_nobody(values):
    with pytest.raises(ProofInvalid):
        directory.claims_from(OPTIONS, Entry("uid=ada", {"entryUUID": values}), [])


def test_passwords_are_never_asked_for():
    wanted = directory.attributes_for(OPTIONS, ["userPassword", "unicodePwd", "department", "a b", "MAIL"])
    assert "department" in wanted
    assert not {"userpassword", "unicodepwd", "a b"} & {one.lower() for one in wanted}
    assert len({one.lower() for one in wanted}) == len(wanted)


def test_active_directory_says_why():
    told = "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 533, v3839"
    assert directory.why_refused(told) == "The directory refused the password: the account is disabled."
    assert directory.why_refused("invalidCredentials") == "The directory refused the password: invalid credentials."


def test_active_directory_is_asked_for_groups_of_groups_by_an_escaped_name():
    asked = directory.nested_filter("CN=Ada (L)*,DC=example")
    assert asked == "(member:1.2.840.113556.1.4.1941:=CN=Ada \\28L\\29\\2a,DC=example)"
