"""Which permissions exist and which role has them. Default deny: an unknown role may do nothing."""

from datetime import timedelta

from powerautomation.identity.access.entities import Explanation, Reason, Role

SYSTEM_ADMIN = "system_admin"
# For how long a person need not prove anew who it is before dangerous actions.
CONFIRMED_FOR = timedelta(minutes=10)

# Every permission a route may ask for, and what it lets a person do. The verb names the effect.
PERMISSIONS: dict[str, str] = {
    "answer_cache:read": "See what the answer cache did.",
    "answer_cache:write": "Empty the answer cache.",
    "api_keys:own": "Create, see and revoke one's own gateway keys.",
    "api_keys:read": "See gateway keys (never the keys themselves).",
    "api_keys:write": "Create and revoke gateway keys.",
    "audit:export": "Take the audit log out as a file.",
    "audit:read": "See who did what, and what was refused.",
    "balances:read": "See what is left in the accounts at providers.",
    "balances:write": "Ask providers for the balance of an account.",
    "connect:read": "See how clients are pointed at this server.",
    "prices:read": "See the prices requests are charged at.",
    "prices:write": "Import prices.",
    "limits:read": "See limits and budgets and how much of them is used.",
    "limits:write": "Create, change and remove limits and budgets.",
    "organizations:read": "See the organization.",
    "organizations:write": "Change the organization's settings.",
    "providers:read": "See providers and their models.",
    "providers:write": "Add, test, change and remove providers.",
    "ratings:read": "See how answers were rated.",
    "ratings:write": "Rate answers.",
    "reconciliations:read": "See how providers' bills compare with the ledger.",
    "reconciliations:write": "Compare providers' bills with the ledger.",
    "requests:read": "See the requests that went through the gateway.",
    "routes:read": "See routes, and try where a request would go.",
    "routes:write": "Add, change, order and remove routes.",
    "service_levels:read": "See how providers keep their promises, breaches and credits.",
    "service_levels:write": "Note what providers promise.",
    "settings:read": "See the server's settings (never secrets).",
    "splits:read": "Compare the arms of experiments.",
    "system:read": "See what this server is and how it fares.",
    "usage:read": "See spend and savings.",
    "users:read": "See the people of the organization and what they may do.",
    "users:write": "Invite people, give roles, deactivate and remove people, end their sessions.",
}

# What concerns the whole server, and so no single organization's administrator.
SERVER_PERMISSIONS = frozenset({"settings:read"})

_GUEST = frozenset({"organizations:read", "prices:read"})
_DEVELOPER = _GUEST | {
    "answer_cache:read",
    "api_keys:own",
    "connect:read",
    "limits:read",
    "providers:read",
    "ratings:read",
    "ratings:write",
    "requests:read",
    "routes:read",
    "splits:read",
    "usage:read",
}
_OPERATOR = _GUEST | {
    "answer_cache:read",
    "answer_cache:write",
    "api_keys:read",
    "balances:read",
    "balances:write",
    "connect:read",
    "limits:read",
    "providers:read",
    "providers:write",
    "requests:read",
    "routes:read",
    "routes:write",
    "service_levels:read",
    "service_levels:write",
    "splits:read",
    "system:read",
    "usage:read",
}
_PROJECT_MANAGER = _DEVELOPER | {
    "api_keys:read",
    "api_keys:write",
    "balances:read",
    "limits:write",
    "reconciliations:read",
    "reconciliations:write",
    "service_levels:read",
    "users:read",
}

# The most powerful first: the order in which they are offered.
ROLES: dict[str, Role] = {
    role.id: role
    for role in (
        Role(SYSTEM_ADMIN, "Everything, the server's own settings included.", frozenset(PERMISSIONS)),
        Role(
            "organization_admin",
            "Everything of the organization: people, keys, providers, limits.",
            frozenset(PERMISSIONS) - SERVER_PERMISSIONS,
        ),
        Role("project_manager", "Keys, limits and reports.", frozenset(_PROJECT_MANAGER)),
        Role("developer", "Own keys, requests and usage.", frozenset(_DEVELOPER)),
        Role("operator", "Health, providers, routes and service levels.", frozenset(_OPERATOR)),
        Role("guest", "Looks at the organization and its prices, and changes nothing.", _GUEST),
    )
}


def permissions_of(role: str) -> frozenset[str]:
    """Return what a role may do; nothing for a role that does not exist."""
    found = ROLES.get(role)
    return found.permissions if found is not None else frozenset()


def explain(permission: str, role: str, *, disabled: bool = False) -> Explanation:
    """Say whether somebody with a role has a permission, by what, and which roles would have it.

    The same decision as at every route: it asks ``permissions_of``.
    """
    roles_with = tuple(one.id for one in ROLES.values() if permission in one.permissions)
    if permission not in PERMISSIONS:
        return Explanation(permission, role, allowed=False, reason="permission_unknown", roles_with=())
    if disabled:
        return Explanation(permission, role, allowed=False, reason="person_inactive", roles_with=roles_with)
    if permission in permissions_of(role):
        return Explanation(permission, role, allowed=True, reason="role_includes", roles_with=roles_with)
    reason: Reason = "role_excludes" if role in ROLES else "role_unknown"
    return Explanation(permission, role, allowed=False, reason=reason, roles_with=roles_with)
