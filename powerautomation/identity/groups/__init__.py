"""Owns groups: who belongs together at an identity provider, as it tells over SCIM.

A group gives nothing by itself. Rules of sign-in providers lead from its name to a role, and an administrator may bind
it to a unit.
"""

from powerautomation.identity.groups.entities import Group, GroupRef
from powerautomation.identity.groups.errors import GroupNameTaken, GroupNotFound, TooManyGroups
from powerautomation.identity.groups.service import (
    add_people,
    change_group,
    create_group,
    find_groups,
    get_group,
    list_groups,
    list_people,
    names_of,
    remove_group,
    remove_people,
    remove_person,
)

__all__ = [
    "Group",
    "GroupNameTaken",
    "GroupNotFound",
    "GroupRef",
    "TooManyGroups",
    "add_people",
    "change_group",
    "create_group",
    "find_groups",
    "get_group",
    "list_groups",
    "list_people",
    "names_of",
    "remove_group",
    "remove_people",
    "remove_person",
]
