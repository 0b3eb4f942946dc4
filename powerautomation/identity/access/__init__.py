"""Owns permissions: which exist, which role has them, and the declaration every route makes.

A route says ``Depends(requires("api_keys:write"))``, ``Depends(signed_in)`` or ``Depends(public)``; the first two give
it the ``SignedInUser`` and refuse unsafe requests without the session's CSRF token. A dangerous one also says
``Depends(confirmed)``.
"""

from powerautomation.identity.access.entities import Explanation, KeyGrant, Reason, Role, RoleDraft, SignedInUser
from powerautomation.identity.access.errors import ConfirmationNeeded, CsrfFailed, PermissionMissing, PersonNeeded
from powerautomation.identity.access.ports import SessionCheck
from powerautomation.identity.access.routes import (
    CSRF_HEADER,
    check_permission,
    confirmed,
    confirmed_routes,
    current_user,
    declared_routes,
    ensure_confirmed,
    plug_key_check,
    plug_session_check,
    public,
    requires,
    server_unit_of_work,
    signed_in,
    unit_of_work,
)
from powerautomation.identity.access.rules import (
    CONFIRMED_FOR,
    MOST_LEVELS,
    PERMISSIONS,
    ROLES,
    SERVER_PERMISSIONS,
    SYSTEM_ADMIN,
    area_of,
    explain,
    resolve_role,
    sentence_of,
)

__all__ = [
    "CONFIRMED_FOR",
    "CSRF_HEADER",
    "MOST_LEVELS",
    "PERMISSIONS",
    "ROLES",
    "SERVER_PERMISSIONS",
    "SYSTEM_ADMIN",
    "ConfirmationNeeded",
    "CsrfFailed",
    "Explanation",
    "KeyGrant",
    "PermissionMissing",
    "PersonNeeded",
    "Reason",
    "Role",
    "RoleDraft",
    "SessionCheck",
    "SignedInUser",
    "area_of",
    "check_permission",
    "confirmed",
    "confirmed_routes",
    "current_user",
    "declared_routes",
    "ensure_confirmed",
    "explain",
    "plug_key_check",
    "plug_session_check",
    "public",
    "requires",
    "resolve_role",
    "sentence_of",
    "server_unit_of_work",
    "signed_in",
    "unit_of_work",
]
