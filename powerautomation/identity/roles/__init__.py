"""Owns roles: the custom ones of each organization, what they come to with all they inherit, and why they allow it.

A custom role has what another role has, with permissions added and removed. Nobody makes, changes or gives a role with
a permission they do not have themselves.
"""

from powerautomation.identity.roles.errors import MoreThanYours, RoleInUse, RoleInvalid, RoleIsYours, RoleNotFound
from powerautomation.identity.roles.routes import router
from powerautomation.identity.roles.rules import find_role, may_give
from powerautomation.identity.roles.service import hold_role, load_role, load_roles

__all__ = [
    "MoreThanYours",
    "RoleInUse",
    "RoleInvalid",
    "RoleIsYours",
    "RoleNotFound",
    "find_role",
    "hold_role",
    "load_role",
    "load_roles",
    "may_give",
    "router",
]
