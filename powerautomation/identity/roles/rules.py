"""Decisions about custom roles: what a name may be, what a role may inherit, and who may make or change one."""

import unicodedata
from collections.abc import Iterable, Mapping

from powerautomation.identity.access import MOST_LEVELS, PERMISSIONS, ROLES, Role, RoleDraft, resolve_role
from powerautomation.identity.roles.entities import Locked
from powerautomation.identity.roles.errors import MoreThanYours, RoleInvalid, RoleIsYours

LONGEST_NAME = 100
LONGEST_SUMMARY = 300
MOST_ROLES = 100


def name_key_of(name: str) -> str:
    """Return a role's name in the form in which names are compared."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


_PREDEFINED_NAMES = frozenset(name_key_of(text) for role in ROLES.values() for text in (role.id, role.name))


def cleaned_name(text: str) -> str:
    """Return a role's name on one line; raises RoleInvalid."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise RoleInvalid(
            f"A role's name has 1 to {LONGEST_NAME} visible characters on one line.",
            action="Choose another name.",
            fields={"name": f"1 to {LONGEST_NAME} visible characters."},
        )
    if name_key_of(name) in _PREDEFINED_NAMES or name_key_of(name).startswith("rol_"):
        raise RoleInvalid(
            "A role that comes with the product is called so.",
            action="Choose another name.",
            fields={"name": "A role that comes with the product is called so."},
        )
    return name


def cleaned_summary(text: str) -> str:
    """Return in one line what a role is for, possibly empty; raises RoleInvalid."""
    summary = unicodedata.normalize("NFC", text).strip()
    if len(summary) > LONGEST_SUMMARY or not (summary.isprintable() or not summary):
        raise RoleInvalid(
            f"What a role is for has at most {LONGEST_SUMMARY} visible characters on one line.",
            action="Write it shorter.",
            fields={"summary": f"At most {LONGEST_SUMMARY} visible characters."},
        )
    return summary


def checked_permissions(added: Iterable[str], removed: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the permissions a role adds and removes; raises RoleInvalid for one that does not exist or is in both."""
    more, less = frozenset(added), frozenset(removed)
    for field, names in (("added", more), ("removed", less)):
        unknown = sorted(names - PERMISSIONS.keys())
        if unknown:
            raise RoleInvalid(
                f"There is no permission {unknown[0][:100]}.",
                action="GET /api/v1/roles lists every permission.",
                fields={field: f"There is no permission {unknown[0][:100]}."},
            )
    if more & less:
        both = min(more & less)
        raise RoleInvalid(
            f"The role cannot both add and remove {both}.",
            action="Leave it in one of the two.",
            fields={"removed": f"{both} is also added."},
        )
    return more, less


def check_bases(role_id: str, drafts: Mapping[str, RoleDraft]) -> None:
    """Raise RoleInvalid when a role of ``drafts``, or one that inherits from it, has no sound chain of bases."""
    base = drafts[role_id].base
    if base is not None and base not in ROLES and base not in drafts:
        raise _base_invalid("There is no role of that id to inherit from.")
    if _is_circle(role_id, drafts):
        raise _base_invalid("The role would inherit from itself.")
    if not all(resolve_role(one, drafts).is_known for one in affected_by(role_id, drafts)):
        raise _base_invalid(f"At most {MOST_LEVELS} custom roles may inherit one from another.")


def _is_circle(role_id: str, drafts: Mapping[str, RoleDraft]) -> bool:
    seen: set[str] = set()
    at: str | None = role_id
    while at is not None and at in drafts:
        if at in seen:
            return True
        seen.add(at)
        at = drafts[at].base
    return False


def _base_invalid(message: str) -> RoleInvalid:
    return RoleInvalid(message, action="Choose another role to inherit from.", fields={"base": message})


def affected_by(role_id: str, drafts: Mapping[str, RoleDraft]) -> list[str]:
    """Return the roles of ``drafts`` that a change of one reaches: itself, and who inherits from it."""
    found = [role_id]
    for one in found:
        found += [other for other, draft in drafts.items() if draft.base == one and other not in found]
    return found


def check_maker(permissions: frozenset[str], own: Role, roles: Iterable[Role], base: Role | None) -> None:
    """Raise unless somebody with these permissions and this own role may make, change or delete ``roles``.

    Nobody makes, takes or gives what they do not have: neither in a role, nor by what it inherits from (a later version
    of the product may give the base more). Raises RoleIsYours, MoreThanYours.
    """
    concerned = list(roles)
    mine = {one.id for one in own.chain}
    for role in concerned:
        if role.id in mine:
            raise RoleIsYours(
                f"What you may do comes from “{role.name}”, and nobody changes the own role.",
                action="Ask another administrator.",
            )
    for role in [*concerned, *([base] if base is not None else [])]:
        excess = sorted(role.permissions - permissions)
        if excess:
            raise MoreThanYours(
                f"“{role.name}” includes {excess[0]}, which you do not have: {PERMISSIONS[excess[0]]}",
                action="Leave it out, or ask somebody who has it.",
                fields={"added": f"You do not have {excess[0]}."},
            )


def lock_of(permissions: frozenset[str], own: Role, role: Role) -> Locked:
    """Return why somebody may not change a role, or empty."""
    if not role.is_custom:
        return "predefined"
    if role.id in {one.id for one in own.chain}:
        return "yours"
    return "" if role.permissions <= permissions else "above_you"


def may_give(permissions: frozenset[str], role: Role) -> bool:
    """Say whether somebody with these permissions may give a role: one that exists and has no more than they."""
    return role.is_known and role.permissions <= permissions


def find_role(text: str, roles: Mapping[str, Role]) -> Role | None:
    """Return the role that somebody means by an id or a name."""
    if text in roles:
        return roles[text]
    wanted = name_key_of(text)
    return next((role for role in roles.values() if name_key_of(role.name) == wanted), None)
