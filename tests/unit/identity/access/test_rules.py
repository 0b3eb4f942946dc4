"""Permissions and roles."""

import pytest

from powerautomation.identity.access import (
    PERMISSIONS,
    ROLES,
    SYSTEM_ADMIN,
    area_of,
    explain,
    resolve_role,
    sentence_of,
)


def permissions_of(role_id: str) -> frozenset[str]:
    return resolve_role(role_id, {}).permissions


def test_system_administrator_has_every_permission():
    assert permissions_of(SYSTEM_ADMIN) == set(PERMISSIONS)


def test_unknown_role_may_do_nothing():
    assert permissions_of("") == permissions_of("System_admin") == permissions_of("owner") == frozenset()


def test_roles_name_only_permissions_that_exist_and_are_explained():
    assert all(role.permissions <= set(PERMISSIONS) for role in ROLES.values())
    assert all(name.count(":") == 1 and words.endswith(".") for name, words in PERMISSIONS.items())


def test_every_permission_belongs_to_the_organization_or_to_the_server():
    assert permissions_of(SYSTEM_ADMIN) - permissions_of("organization_admin") == {
        "flags:share",
        "organizations:manage",
        "settings:read",
    }


def test_roles_below_the_administrators_cannot_give_roles_or_change_the_organization():
    for role in ("project_manager", "developer", "operator", "guest"):
        assert not permissions_of(role) & {"users:write", "organizations:write", "settings:read"}


def test_guest_changes_nothing_and_every_other_role_has_what_a_guest_has():
    guest = permissions_of("guest")
    assert all(name.endswith(":read") for name in guest)
    assert all(guest <= role.permissions for role in ROLES.values())
    assert min(len(role.permissions) for role in ROLES.values()) == len(guest)


@pytest.mark.parametrize("role_id", [*ROLES, "nobody"])
@pytest.mark.parametrize("permission", [*PERMISSIONS, "nothing:ever"])
def test_explanation_is_the_decision_itself(role_id, permission):
    role = resolve_role(role_id, {})
    told = explain(permission, role)
    assert told.allowed == (permission in role.permissions)
    assert sentence_of(told).startswith("Allowed: " if told.allowed else "Refused: ")
    assert not explain(permission, role, disabled=True).allowed


def test_every_permission_is_about_something():
    assert {area_of(name) for name in PERMISSIONS} == {"gateway", "money", "access", "oversight"}
    assert area_of("nothing:ever") == "other"
