"""Owns what whoever runs the server does with whole organizations: make, rename, suspend, delete, bring back.

What is written about it stands in two audit logs: that of the organization which runs the server, with who did it, and
that of the organization it was done to.
"""

from powerautomation.identity.tenants.routes import router
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

__all__ = ["Made", "create", "delete", "find_by_name", "list_all", "rename", "restore", "resume", "router", "suspend"]
