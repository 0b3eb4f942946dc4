"""Which permissions exist and which role has them. Default deny: an unknown role may do nothing."""

ADMIN_ROLE = "admin"

# Every permission a route may ask for, and what it lets a person do. The verb names the effect.
PERMISSIONS: dict[str, str] = {
    "answer_cache:read": "See what the answer cache did.",
    "answer_cache:write": "Empty the answer cache.",
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
}

ROLES: dict[str, frozenset[str]] = {ADMIN_ROLE: frozenset(PERMISSIONS)}


def permissions_of(role: str) -> frozenset[str]:
    """Return what a role may do; nothing for a role that does not exist."""
    return ROLES.get(role, frozenset())
