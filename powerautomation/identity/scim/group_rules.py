"""What SCIM requests say of groups. Nothing here reads or writes anything.

Identity providers differ: Entra ID takes people out by a list of members beside the path ``members``, Okta by a filter
in the path; Okta renames without a path. https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2;
https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups;
https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/ (November 2026)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from powerautomation.identity.scim.errors import ScimInvalid
from powerautomation.identity.scim.rules import LONGEST, MOST_OPERATIONS, lowered, text_of

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
# Of one request; who sends more sends it in parts.
MOST_MEMBERS = 5000
_VALUE = r'value\s+eq\s+"([^"\\]{1,64})"'
_MEMBERS = re.compile(rf"members\[\s*{_VALUE}(?:\s+or\s+{_VALUE})*\s*\]", re.IGNORECASE)
_ONE_VALUE = re.compile(_VALUE, re.IGNORECASE)
_FILTER = re.compile(r'\s*([A-Za-z][\w.:]*)\s+eq\s+"((?:[^"\\]|\\.)*)"\s*(?:(and)\s|$)', re.IGNORECASE | re.ASCII)
_ATTRIBUTES = {
    "displayname": "name",
    "externalid": "external_id",
    "id": "id",
    "members": "user_id",
    "members.value": "user_id",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a change of who is in a group; ``people`` None: everybody who is in it."""

    verb: Literal["add", "remove", "replace"]
    people: frozenset[str] | None


@dataclass(slots=True)
class WantedGroup:
    """What a request says of a group; None, or no steps: it says nothing of it."""

    name: str | None = None
    external_id: str | None = None
    changes: list[Change] = field(default_factory=list)


def group_filter_of(text: str) -> dict[str, str]:
    """Return what a filter asks of groups: values of ``name``, ``external_id``, ``id`` and ``user_id``; several are
    joined by ``and``. Raises ScimInvalid."""
    wanted: dict[str, str] = {}
    place = 0
    while len(text) <= 1000:
        found = _FILTER.match(text, place)
        attribute = _ATTRIBUTES.get(found[1].lower().removeprefix(f"{GROUP.lower()}:")) if found else None
        if found is None or attribute is None or attribute in wanted:
            break
        wanted[attribute] = re.sub(r"\\(.)", r"\1", found[2])
        place = found.end()
        if not found[3]:
            return wanted
    raise ScimInvalid('The filter must be displayName, externalId, id or members eq "…".', "invalidFilter")


def wanted_group_of(body: Mapping[str, Any], *, whole: bool) -> WantedGroup:
    """Return what a whole Group says; ``whole``: who is not told is not in it. Raises ScimInvalid."""
    given = lowered(body)
    wanted = WantedGroup(_name_of(given), text_of(given, "externalid"))
    if whole or given.get("members") is not None:
        wanted.changes.append(Change("replace", people_of(given.get("members"))))
    return wanted


def wanted_group_by(operations: Sequence[Mapping[str, Any]]) -> WantedGroup:
    """Return what the operations of a PATCH say of a group, in their order. Raises ScimInvalid."""
    if not operations or len(operations) > MOST_OPERATIONS:
        raise ScimInvalid(f"Send 1 to {MOST_OPERATIONS} operations.", "invalidValue")
    wanted = WantedGroup()
    for one in operations:
        given = lowered(one)
        verb, path, value = str(given.get("op", "")).lower(), given.get("path"), given.get("value")
        if verb not in ("add", "replace", "remove"):
            raise ScimInvalid("An operation is add, replace or remove.", "invalidSyntax")
        if path is None or path == "":
            if verb == "remove":
                raise ScimInvalid("To remove something name its path.", "noTarget")
            if not isinstance(value, Mapping):
                raise ScimInvalid("Without a path the value is an object.", "invalidValue")
            for name, inner in value.items():
                _apply(wanted, verb, str(name), inner)
        elif not isinstance(path, str) or len(path) > 100_000:
            raise ScimInvalid("A path is text.", "invalidPath")
        else:
            _apply(wanted, verb, path, value)
    if sum(len(one.people or ()) for one in wanted.changes) > MOST_MEMBERS:
        raise _too_many()
    return wanted


def people_of(value: Any) -> frozenset[str]:
    """Return the ids of people in a list of members. Raises ScimInvalid."""
    entries = value if isinstance(value, list) else [] if value is None else [value]
    if len(entries) > MOST_MEMBERS:
        raise _too_many()
    people = set()
    for one in entries:
        inner = lowered(one) if isinstance(one, Mapping) else {"value": one}
        if str(inner.get("type") or "User").lower() != "user":
            raise ScimInvalid("A group has people, and no groups.", "invalidValue")
        user_id = inner.get("value")
        if not isinstance(user_id, str) or not 0 < len(user_id) <= 64 or not user_id.isprintable():
            raise ScimInvalid("members is a list of objects with the id of a person as value.", "invalidValue")
        people.add(user_id)
    return frozenset(people)


def _apply(wanted: WantedGroup, verb: str, path: str, value: Any) -> None:
    name = path.strip()
    if name.lower().startswith(f"{GROUP.lower()}:"):
        name = name[len(GROUP) + 1 :]
    if name.lower() == "displayname":
        if verb == "remove":
            raise ScimInvalid("A group has a displayName.", "mutability")
        wanted.name = _name_of({"displayname": value})
    elif name.lower() == "externalid":
        wanted.external_id = "" if verb == "remove" else text_of({"externalid": value}, "externalid")
    elif name.lower() == "members":
        # Entra ID names whom to take out beside the path; without anybody all are meant.
        people = None if verb == "remove" and value in (None, []) else people_of(value)
        step: Literal["add", "remove", "replace"] = (
            "add" if verb == "add" else "remove" if verb == "remove" else "replace"
        )
        wanted.changes.append(Change(step, people))
    elif verb == "remove" and _MEMBERS.fullmatch(name):
        wanted.changes.append(Change("remove", frozenset(_ONE_VALUE.findall(name))))
    elif name.lower() in ("id", "schemas", "meta"):
        # Okta sends the id along.
        return
    else:
        raise ScimInvalid("Of a group displayName, externalId and members can be changed.", "invalidPath")


def _name_of(given: Mapping[str, Any]) -> str | None:
    name = text_of(given, "displayname")
    if name == "":
        raise ScimInvalid(f"A group has a displayName of 1 to {LONGEST} characters.", "invalidValue")
    return name


def _too_many() -> ScimInvalid:
    return ScimInvalid(f"Send at most {MOST_MEMBERS} members at once.", "tooMany")
