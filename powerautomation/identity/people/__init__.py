"""Owns looking after people: invitations, roles given and taken, deactivation, removal, lists in and out.

It brings together what ``users``, ``sessions`` and ``api_keys`` own; the people themselves are rows of ``users``, and
its addresses begin with ``/api/v1/users``.
"""

from powerautomation.identity.people.errors import (
    AlreadyAccepted,
    ImportInvalid,
    LastAdministrator,
    NotYourself,
    RoleAboveYours,
    RoleUnknown,
)
from powerautomation.identity.people.jobs import purge_deleted_people_for_ever
from powerautomation.identity.people.routes import router
from powerautomation.identity.people.service import (
    activate,
    add_person,
    change_person,
    check_role,
    create_service,
    deactivate,
    delete_person,
    erase_by_email,
)

__all__ = [
    "AlreadyAccepted",
    "ImportInvalid",
    "LastAdministrator",
    "NotYourself",
    "RoleAboveYours",
    "RoleUnknown",
    "activate",
    "add_person",
    "change_person",
    "check_role",
    "create_service",
    "deactivate",
    "delete_person",
    "erase_by_email",
    "purge_deleted_people_for_ever",
    "router",
]
