"""Which permissions exist, which role has them, and the one decision. Default deny: an unknown role may do nothing."""

import ipaddress
from collections.abc import Mapping
from datetime import timedelta

from powerautomation.identity.access.entities import Explanation, KeyGrant, Role, RoleDraft

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
    "approvals:decide": "Answer what agents ask to do, and stop everything automatic.",
    "approvals:read": "See what agents asked to do, and what became of it.",
    "approvals:request": "Have one's agents ask before they act, and see and answer what they ask.",
    "approvals:write": "Let rules and remembered answers agree to what agents ask.",
    "approval_rules:read": "See by which rules actions of agents are judged, and try what they say.",
    "approval_rules:write": "Change the rules by which actions of agents are judged.",
    "audit:export": "Take the audit log out as a file.",
    "audit:read": "See who did what, and what was refused.",
    "balances:read": "See what is left in the accounts at providers.",
    "balances:write": "Ask providers for the balance of an account.",
    "compliance:read": "See and take out the compliance report.",
    "configuration:approve": "Agree to changes of settings that others proposed, and say which need that.",
    "configuration:read": "See who changed which setting, as far as one may see the setting.",
    "configuration:write": "Put settings back, and bring in exported ones, as far as one may change them.",
    "connect:read": "See how clients are pointed at this server.",
    "flags:evaluate": "Ask what feature flags serve: for programs, by OFREP.",
    "flags:read": "See feature flags, and try what they serve to whom.",
    "flags:share": "Serve feature flags to every organization, the product's own among them.",
    "flags:write": "Make, change, switch and delete feature flags.",
    "personal_data:erase": "Erase people for ever, and see the receipts.",
    "personal_data:export": "Take out what is kept about a person.",
    "personal_data:read": "See who agreed to what, who asked to be erased, and what is removed when.",
    "personal_data:write": "Say what people are to agree to, and refuse requests to be erased.",
    "policies:read": "See access policies, and try what they decide.",
    "policies:write": "Make, change, switch and delete access policies.",
    "prices:read": "See the prices requests are charged at.",
    "prices:write": "Import prices.",
    "limits:read": "See limits and budgets and how much of them is used.",
    "limits:write": "Create, change and remove limits and budgets.",
    "organizations:export": "Take everything of the organization out, secrets left out.",
    "organizations:manage": "Make, rename, suspend and delete organizations of this server.",
    "organizations:read": "See the organization.",
    "organizations:write": "Change the organization's settings.",
    "providers:read": "See providers and their models.",
    "providers:write": "Add, test, change and remove providers.",
    "ratings:read": "See how answers were rated.",
    "ratings:write": "Rate answers.",
    "reconciliations:read": "See how providers' bills compare with the ledger.",
    "reconciliations:write": "Compare providers' bills with the ledger.",
    "requests:read": "See the requests that went through the gateway.",
    "roles:write": "Make, change and delete roles.",
    "routes:read": "See routes, and try where a request would go.",
    "routes:write": "Add, change, order and remove routes.",
    "service_levels:read": "See how providers keep their promises, breaches and credits.",
    "service_levels:write": "Note what providers promise.",
    "settings:read": "See the server's settings (never secrets).",
    "single_sign_on:read": "See by which providers people sign in.",
    "single_sign_on:write": "Add, test, change and remove sign-in providers.",
    "splits:read": "Compare the arms of experiments.",
    "system:read": "See what this server is and how it fares.",
    "units:read": "See companies, departments and teams, and who belongs where.",
    "units:write": "Make, move and archive companies, departments and teams, and say who belongs where.",
    "usage:read": "See spend and savings.",
    "users:read": "See the people of the organization and what they may do.",
    "users:write": "Invite people, give roles, deactivate and remove people, end their sessions.",
}

# What concerns the whole server, and so no single organization's administrator.
SERVER_PERMISSIONS = frozenset({"flags:share", "organizations:manage", "settings:read"})

_GUEST = frozenset({"organizations:read", "prices:read"})
_DEVELOPER = _GUEST | {
    "answer_cache:read",
    "api_keys:own",
    "approvals:request",
    "configuration:read",
    "connect:read",
    "flags:evaluate",
    "flags:read",
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
    "configuration:read",
    "configuration:write",
    "connect:read",
    "flags:read",
    "flags:write",
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
    "approvals:decide",
    "approvals:read",
    "balances:read",
    "limits:write",
    "reconciliations:read",
    "reconciliations:write",
    "service_levels:read",
    "units:read",
    "users:read",
}

# Custom roles that may stand between a role and the predefined one it begins with, itself counted.
MOST_LEVELS = 5

# What permissions are about, by the first word of their name: headings under which people look for them.
_AREAS: dict[str, tuple[str, ...]] = {
    "gateway": ("connect", "providers", "routes", "splits", "answer_cache", "ratings", "requests", "service_levels"),
    "money": ("usage", "limits", "prices", "balances", "reconciliations"),
    "access": ("api_keys", "users", "roles", "policies", "organizations", "units", "single_sign_on", "personal_data"),
    "oversight": (
        "approvals",
        "approval_rules",
        "audit",
        "compliance",
        "configuration",
        "flags",
        "system",
        "settings",
    ),
}


def _predefined(role_id: str, name: str, summary: str, permissions: frozenset[str]) -> Role:
    return Role(role_id, name, summary, permissions, added=permissions)


# The most powerful first: the order in which they are offered.
ROLES: dict[str, Role] = {
    role.id: role
    for role in (
        _predefined(
            SYSTEM_ADMIN,
            "System administrator",
            "Everything, the server's own settings included.",
            frozenset(PERMISSIONS),
        ),
        _predefined(
            "organization_admin",
            "Organization administrator",
            "Everything of the organization: people, keys, providers, limits.",
            frozenset(PERMISSIONS) - SERVER_PERMISSIONS,
        ),
        _predefined("project_manager", "Project manager", "Keys, limits and reports.", frozenset(_PROJECT_MANAGER)),
        _predefined("developer", "Developer", "Own keys, requests and usage.", frozenset(_DEVELOPER)),
        _predefined("operator", "Operator", "Health, providers, routes and service levels.", frozenset(_OPERATOR)),
        _predefined("guest", "Guest", "Looks at the organization and its prices, and changes nothing.", _GUEST),
    )
}


def area_of(permission: str) -> str:
    """Return what a permission is about: ``gateway``, ``money``, ``access``, ``oversight`` or ``other``."""
    noun = permission.partition(":")[0]
    return next((area for area, nouns in _AREAS.items() if noun in nouns), "other")


def resolve_role(role_id: str, drafts: Mapping[str, RoleDraft]) -> Role:
    """Return what a role comes to: a predefined one, or one of ``drafts`` (by id) with all that it inherits.

    One that is not there, or whose bases are not there, go in a circle or are more than MOST_LEVELS deep, is a role
    that is not known and may do nothing.
    """
    levels: list[str] = []
    at: str | None = role_id
    while at is not None and at not in ROLES:
        if at not in drafts or at in levels or len(levels) == MOST_LEVELS:
            name = drafts[role_id].name if role_id in drafts else role_id
            return Role(role_id, name, "", frozenset(), is_custom=role_id in drafts, is_known=False)
        levels.append(at)
        at = drafts[at].base
    role = ROLES.get(at or "")
    for level in reversed(levels):
        role = _derived(level, drafts[level], role)
    if role is None:
        return Role(role_id, role_id, "", frozenset(), is_known=False)
    return role


def _derived(role_id: str, draft: RoleDraft, base: Role | None) -> Role:
    inherited = base.permissions if base is not None else frozenset()
    # A permission that a later version of the product no longer has is nothing that could be allowed.
    permissions = ((inherited | draft.added) - draft.removed) & frozenset(PERMISSIONS)
    return Role(role_id, draft.name, draft.summary, permissions, base, draft.added, draft.removed, is_custom=True)


def explain(permission: str, role: Role, *, disabled: bool = False, key: KeyGrant | None = None) -> Explanation:
    """Decide whether somebody with a role, or a program with somebody's key, has a permission, and say by what.

    Every route asks this.
    """
    if permission not in PERMISSIONS:
        return Explanation(permission, role, allowed=False, reason="permission_unknown")
    if disabled:
        return Explanation(permission, role, allowed=False, reason="person_inactive")
    if not role.is_known:
        return Explanation(permission, role, allowed=False, reason="role_unknown")
    if key is not None and permission not in key.permissions:
        return Explanation(permission, role, allowed=False, reason="key_excludes", key_name=key.name)
    if permission in role.permissions:
        giver = next(one for one in role.chain if permission in one.added)
        return Explanation(
            permission, role, allowed=True, reason="role_includes" if giver is role else "role_inherits", via=giver
        )
    taker = next((one for one in role.chain if permission in one.removed), None)
    return Explanation(
        permission, role, allowed=False, reason="role_excludes" if taker is None else "role_removes", via=taker
    )


def sentence_of(told: Explanation) -> str:
    """Return an explanation in one English sentence; every refusal of a route says it."""
    permission, role = told.permission, told.role
    name, via = role.name[:200], told.via.name[:200] if told.via is not None else ""
    if told.reason == "role_includes":
        return f"Allowed: the role “{name}” includes {permission}."
    if told.reason == "role_inherits":
        return f"Allowed: the role “{name}” inherits {permission} from “{via}”."
    if told.reason == "role_removes" and told.via is role:
        return f"Refused: the role “{name}” takes {permission} away."
    if told.reason == "role_removes":
        return f"Refused: “{via}”, from which the role “{name}” inherits, takes {permission} away."
    if told.reason == "role_excludes" and role.base is not None:
        return f"Refused: neither the role “{name}” nor what it inherits includes {permission}."
    if told.reason == "role_excludes":
        return f"Refused: the role “{name}” does not include {permission}."
    if told.reason == "role_unknown":
        return f"Refused: there is no role “{name}”, so nothing is allowed."
    if told.reason == "key_excludes":
        return f"Refused: the key “{told.key_name[:100]}” was not given {permission}."
    if told.reason == "policy_permits":
        return f"Allowed: the policy “{told.policy_name[:100]}” permits {permission} here."
    if told.reason == "policy_forbids":
        return f"Refused: the policy “{told.policy_name[:100]}” forbids {permission} here."
    if told.reason == "policy_fails" and told.policy_name:
        return (
            f"Refused: the policy “{told.policy_name[:100]}” asks for something that is not known here, "
            f"so it forbids {permission}."
        )
    if told.reason == "policy_fails":
        return f"Refused: the policies could not be evaluated, so {permission} is refused."
    if told.reason == "owns":
        return f"Allowed: it belongs to the person, and the role “{name}” lets one do this with one's own things."
    if told.reason == "shared":
        return f"Allowed: {told.shared_by[:100] or 'its owner'} shared this."
    if told.reason == "person_inactive":
        return "Refused: the person is deactivated."
    return f"Refused: there is no permission {permission[:100]}."


# In this order: each of these browsers also claims to be those after it.
_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))


def browser_of(user_agent: str) -> str:
    """Return which browser a User-Agent claims to be, empty for none of the well-known."""
    return next((name for token, name in _BROWSERS if token in user_agent), "")


def address_of(text: str) -> str | None:
    """Return an IP address as policies read it, None for what is none. An IPv4 address inside an IPv6 one is IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address).partition("%")[0]
