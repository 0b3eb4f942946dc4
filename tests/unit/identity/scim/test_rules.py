"""What SCIM requests say."""

from typing import Any

import pytest

from powerautomation.identity.scim import rules
from powerautomation.identity.scim.entities import Wanted
from powerautomation.identity.scim.errors import ScimInvalid


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ('userName eq "ada@example.org"', ("userName", "ada@example.org")),
        ('USERNAME EQ "a"', ("userName", "a")),
        ('externalId eq "a\\"b\\\\c"', ("externalId", 'a"b\\c')),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a"', ("userName", "a")),
        ('emails.value eq "a@example.org"', ("userName", "a@example.org")),
    ],
)
def test_filter_asks_for_one_value(text, asked):
    assert rules.filter_of(text) == asked


@pytest.mark.parametrize(
    "text",
    ["", "userName", 'userName sw "a"', 'userName eq "a" or id eq "b"', 'title eq "a"', 'userName eq "a', "x" * 2000],
)
def test_filter_that_is_not_understood_is_refused(text):
    with pytest.raises(ScimInvalid):
        rules.filter_of(text)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, Wanted()),
        ({"userName": "ada", "active": "False"}, Wanted(user_name="ada", active=False)),
        ({"username": "ada", "NAME": {"givenName": "Ada", "familyName": "L"}}, Wanted(user_name="ada", name="Ada L")),
        ({"displayName": "Ada", "name": {"formatted": "A"}, "title": "x"}, Wanted(name="Ada")),
        ({"emails": [{"value": "a@x.org"}, {"value": "b@x.org", "primary": True}]}, Wanted(email="b@x.org")),
        ({"roles": [{"value": "operator"}], "externalId": ""}, Wanted(role="operator", external_id="")),
    ],
)
def test_user_says_what_is_kept_here(body, wanted):
    assert rules.wanted_of(body) == wanted


@pytest.mark.parametrize(
    "body",
    [{"active": "perhaps"}, {"active": 1}, {"userName": 1}, {"userName": "a" * 300}, {"userName": "a\0"},
     {"emails": "a\nb"}, {"emails": [1]}, {"emails": {}}, {"roles": [{"value": []}]}],
)  # fmt: skip
def test_user_that_cannot_be_is_refused(body):
    with pytest.raises(ScimInvalid):
        rules.wanted_of(body)


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [
        ({"op": "Replace", "path": "active", "value": "False"}, Wanted(active=False)),
        ({"op": "replace", "value": {"active": False, "name.givenName": "Ada"}}, Wanted(active=False, name="Ada")),
        ({"OP": "add", "path": "displayName", "value": "Ada"}, Wanted(name="Ada")),
        ({"op": "add", "path": 'emails[type eq "work"].value', "value": "a@x.org"}, Wanted(email="a@x.org")),
        ({"op": "remove", "path": "externalId"}, Wanted(external_id="")),
        ({"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "x"},
         Wanted()),
    ],
)  # fmt: skip
def test_operations_of_identity_providers_are_understood(operation, wanted):
    assert rules.wanted_by([operation]) == wanted


@pytest.mark.parametrize(
    "operations",
    [[], [{}], [{"op": "copy", "path": "active"}], [{"op": "remove"}], [{"op": "add", "value": 1}],
     [{"op": "add", "path": 1, "value": 1}], [{"op": "add", "path": "active", "value": None}] * 101],
)  # fmt: skip
def test_operations_that_make_no_sense_are_refused(operations: list[dict[str, Any]]):
    with pytest.raises(ScimInvalid):
        rules.wanted_by(operations)


def test_later_operation_wins():
    both = [{"op": "add", "path": "active", "value": True}, {"op": "replace", "path": "active", "value": False}]
    assert rules.wanted_by(both) == Wanted(active=False)


def test_new_person_needs_an_address_and_gets_the_least_role():
    made = rules.with_defaults(Wanted(user_name="ada@example.org"))
    assert (made.email, made.name, made.role) == ("ada@example.org", "ada", "guest")
    for missing in (Wanted(), Wanted(user_name="ada")):
        with pytest.raises(ScimInvalid):
            rules.with_defaults(missing)
