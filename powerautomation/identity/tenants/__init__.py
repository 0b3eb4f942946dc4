"""Owns what whoever runs the server does with whole organizations: make, rename, suspend, delete, bring back.

What is written about it stands in two audit logs: that of the organization which runs the server, with who did it, and
that of the organization it was done to.
"""

from powerautomation.identity.tenants.export import begin_export, export_organization
from powerautomation.identity.tenants.jobs import remove_deleted_organizations_for_ever
from powerautomation.identity.tenants.removal import remove
from powerautomation.identity.tenants.routes import own_router, router
from powerautomation.identity.tenants.service import (
    Made,
    create,
    delete,
    find_by_name,
    list_all,
    rename,
    restore,
    resume,
    suspend,
)

__all__ = [
    "Made",
    "begin_export",
    "create",
    "delete",
    "export_organization",
    "find_by_name",
    "list_all",
    "own_router",
    "remove",
    "remove_deleted_organizations_for_ever",
    "rename",
    "restore",
    "resume",
    "router",
    "suspend",
]
