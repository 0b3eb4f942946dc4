"""Permissions and roles."""

from powerautomation.identity.access import ADMIN_ROLE, PERMISSIONS, permissions_of
from powerautomation.identity.access.rules import ROLES


def test_administrator_has_every_permission():
    assert permissions_of(ADMIN_ROLE) == set(PERMISSIONS)


def test_unknown_role_may_do_nothing():
    assert permissions_of("") == permissions_of("Admin") == permissions_of("owner") == frozenset()


def test_roles_name_only_permissions_that_exist_and_are_explained():
    assert all(role <= set(PERMISSIONS) for role in ROLES.values())
    assert all(name.count(":") == 1 and words.endswith(".") for name, words in PERMISSIONS.items())
