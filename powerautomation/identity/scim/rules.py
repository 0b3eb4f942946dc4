"""What SCIM requests say: filters, changes, people. Nothing here reads or writes anything."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from powerautomation.identity.scim.entities import Wanted
from powerautomation.identity.scim.errors import ScimInvalid

MOST_AT_ONCE = 100
MOST_OPERATIONS = 100
LONGEST = 255
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
# What identity providers ask in fact: one attribute that is equal to one value.
_FILTER = re.compile(r'\s*([A-Za-z][\w.:\[\]" ]*?)\s+eq\s+"((?:[^"\\]|\\.)*)"\s*', re.IGNORECASE | re.ASCII)
_ATTRIBUTES = {"username": "userName", "externalid": "externalId", "id": "id", "emails.value": "userName"}
_WORK_MAIL = re.compile(r'emails\[type eq "work"\]\.value', re.IGNORECASE)


def filter_of(text: str) -> tuple[str, str]:
    """Return the attribute (``userName``, ``externalId``, ``id``) and the value of a filter. Raises ScimInvalid."""
    found = _FILTER.fullmatch(text) if len(text) <= 1000 else None
    attribute = _ATTRIBUTES.get(found[1].lower().removeprefix(f"{USER.lower()}:")) if found else None
    if found is None or attribute is None:
        raise ScimInvalid('The filter must be userName, externalId or id eq "…".', "invalidFilter")
    return attribute, re.sub(r"\\(.)", r"\1", found[2])


def wanted_of(body: Mapping[str, Any]) -> Wanted:
    """Return what a whole User says. Attributes that are not kept here are left alone. Raises ScimInvalid."""
    given = lowered(body)
    name = text_of(given, "displayname") or name_of(given.get("name"))
    return Wanted(
        user_name=text_of(given, "username"),
        external_id=text_of(given, "externalid"),
        name=name or None,
        email=first_of(given.get("emails")),
        role=first_of(given.get("roles")),
        active=flag_of(given["active"]) if given.get("active") is not None else None,
    )


def wanted_by(operations: Sequence[Mapping[str, Any]]) -> Wanted:
    """Return what the operations of a PATCH say, in their order. Raises ScimInvalid."""
    if not operations or len(operations) > MOST_OPERATIONS:
        raise ScimInvalid(f"Send 1 to {MOST_OPERATIONS} operations.", "invalidValue")
    body: dict[str, Any] = {}
    for one in operations:
        given = lowered(one)
        verb, path, value = str(given.get("op", "")).lower(), given.get("path"), given.get("value")
        if verb not in ("add", "replace", "remove"):
            raise ScimInvalid("An operation is add, replace or remove.", "invalidSyntax")
        if path is None:
            if verb == "remove":
                raise ScimInvalid("To remove something name its path.", "noTarget")
            if not isinstance(value, Mapping):
                raise ScimInvalid("Without a path the value is an object.", "invalidValue")
            for name, inner in value.items():
                _put(body, str(name), inner)
        elif not isinstance(path, str) or len(path) > LONGEST:
            raise ScimInvalid("A path is text.", "invalidPath")
        else:
            _put(body, path, ("" if path.lower() in ("externalid",) else None) if verb == "remove" else value)
    return wanted_of(body)


def with_defaults(wanted: Wanted) -> Wanted:
    """Return a new person's values: the address may stand only in the userName, a name nowhere. Raises ScimInvalid."""
    if not wanted.user_name:
        raise ScimInvalid("A user has a userName.", "invalidValue")
    email = wanted.email or wanted.user_name
    if "@" not in email:
        raise ScimInvalid("A user has an e-mail address: in emails, or as the userName.", "invalidValue")
    return replace(wanted, email=email, name=wanted.name or email.partition("@")[0], role=wanted.role or "guest")


def name_of(value: Any) -> str:
    """Return somebody's whole name from SCIM's parts of one."""
    parts = lowered(value) if isinstance(value, Mapping) else {}
    whole = text_of(parts, "formatted") or ""
    return whole or " ".join(one for one in (text_of(parts, "givenname"), text_of(parts, "familyname")) if one)


def first_of(values: Any) -> str | None:
    """Return the primary value of a list of SCIM, else its first. Raises ScimInvalid."""
    if values is None or values == []:
        return None
    if isinstance(values, str):
        return _cut(values)
    entries = [lowered(one) for one in values if isinstance(one, Mapping)] if isinstance(values, list) else []
    if not entries:
        raise ScimInvalid("emails and roles are lists of objects with a value.", "invalidValue")
    primary = next((one for one in entries if one.get("primary") in (True, "true", "True")), entries[0])
    return text_of(primary, "value")


def flag_of(value: Any) -> bool:
    """Return a truth value; some providers send it as a word. Raises ScimInvalid."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ScimInvalid("active is true or false.", "invalidValue")


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    path = path.removeprefix(f"{USER}:")
    if path.lower().partition(".")[0] == "name" and not isinstance(body.get("name"), dict):
        body["name"] = {}
    if _WORK_MAIL.fullmatch(path):
        body["emails"] = [{"value": value}] if value is not None else None
    elif path.lower().startswith("name."):
        body.setdefault("name", {})[path[5:]] = value
    elif isinstance(value, Mapping) and path.lower() == "name":
        body.setdefault("name", {}).update(value)
    else:
        body[path] = value


def lowered(value: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute names of SCIM have no case."""
    return {str(name).lower(): inner for name, inner in value.items()}


def text_of(given: Mapping[str, Any], name: str) -> str | None:
    """Return an attribute (in lower case) as text, None when it is not there. Raises ScimInvalid."""
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ScimInvalid(f"{name} is text.", "invalidValue")
    return _cut(value)


def _cut(value: str) -> str:
    text = value.strip()
    if len(text) > LONGEST or not text.isprintable():
        raise ScimInvalid(f"A value has at most {LONGEST} printable characters.", "invalidValue")
    return text
