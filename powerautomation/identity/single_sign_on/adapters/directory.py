"""What is asked of a directory and how its answers read; nothing here goes out.

Filters are built by escaping whatever somebody typed (RFC 4515), so that it is a value and never a part of the filter.
"""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from powerautomation.identity.single_sign_on.entities import Claims
from powerautomation.identity.single_sign_on.errors import PasswordRefused, ProofInvalid

LONGEST_NAME = 256
LONGEST_PASSWORD = 1024
MOST_GROUPS = 1000
# What a test sign-in shows and rules may read besides what the provider names. Never all: some directories let the
# service account read hashes and photographs.
ALWAYS_READ = (
    "uid", "sAMAccountName", "userPrincipalName", "cn", "displayName", "givenName", "sn", "mail", "title",
    "department", "company", "employeeType", "employeeNumber",
)  # fmt: skip
# What says that somebody may not sign in there any more.
STATE_READ = ("userAccountControl", "accountExpires", "nsAccountLock", "pwdAccountLockedTime")
_NEVER_READ = (
    "userpassword",
    "unicodepwd",
    "ntpwdhistory",
    "lmpwdhistory",
    "supplementalcredentials",
    "krbprincipalkey",
)
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*|[0-9]+(\.[0-9]+)+")
_ACCOUNT_DISABLED = 0x2
# A moment of Windows: 100 ns since 1601. Both of these mean never.
_NEVER = (0, 0x7FFFFFFFFFFFFFFF)
_UNIX_EPOCH_OF_WINDOWS = 11_644_473_600
_LOCKED_FOR_GOOD = "000001010000Z"
# https://learn.microsoft.com/windows/win32/debug/system-error-codes--1300-1699- (November 2026)
_ACTIVE_DIRECTORY_SAYS = {
    "525": "there is no such account",
    "52e": "the password is wrong",
    "530": "the account may not sign in at this time",
    "531": "the account may not sign in from this computer",
    "532": "the password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the password must be changed first",
    "775": "the account is locked",
}

Security = Literal["tls", "starttls", "plain"]
Values = Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a directory server is, and what keeps others from reading along."""

    host: str
    port: int
    security: Security


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry a search found: its name and its attributes, as the bytes the directory sent."""

    dn: str
    values: Values


def place_of(address: str, *, plain: bool) -> Place:
    """Return where an address leads. Raises ValueError with a text for who entered it."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise ValueError("is no address") from None
    if parts.scheme not in ("ldaps", "ldap") or not host or "@" in parts.netloc or len(address) > 300:
        raise ValueError("must begin with ldaps:// or ldap:// and have a host")
    if parts.path not in ("", "/") or parts.query or parts.fragment or not address.isascii():
        raise ValueError("must be a host only, without a path")
    if parts.scheme == "ldaps":
        return Place(host, port or 636, "tls")
    return Place(host, port or 389, "plain" if plain else "starttls")


def escaped(text: str) -> str:
    """Return text as a value of a filter: everything that means something there, and all that is not ASCII, escaped."""
    return "".join(
        chr(one) if 0x20 <= one < 0x7F and chr(one) not in "\\*()" else f"\\{one:02x}" for one in text.encode()
    )


def filter_for(template: str, **given: str) -> str:
    """Return a filter with ``{username}`` and ``{dn}`` replaced by escaped values, in one go: what a value contains is
    not looked at again."""
    return re.sub(r"\{(username|dn)\}", lambda found: escaped(given.get(found[1], "")), template)


def anybody_filter(template: str) -> str:
    """Return the filter that everybody fits who could sign in by a template."""
    return re.sub(r"\{(username|dn)\}", "*", template)


def subject_filter(template: str, attribute: str, subjects: Iterable[str]) -> str:
    """Return the filter for people of a template that have one of these subjects."""
    values = "".join(f"({attribute}={_subject_value(attribute, one)})" for one in subjects)
    return f"(&{anybody_filter(template)}(|{values}))"


def nested_filter(dn: str) -> str:
    """Return Active Directory's filter for all groups somebody is in, however deep.

    https://learn.microsoft.com/windows/win32/adsi/search-filter-syntax (November 2026)
    """
    return f"(member:1.2.840.113556.1.4.1941:={escaped(dn)})"


def is_attribute(text: str) -> bool:
    """Say whether text names an attribute that is ever read."""
    return _ATTRIBUTE.fullmatch(text) is not None and text.lower() not in _NEVER_READ


def attributes_for(options: Mapping[str, Any], claims: Iterable[str]) -> list[str]:
    """Return which attributes of a person are asked for: those the options name, those rules read, and a fixed list."""
    named = [options[f"{name}_attribute"] for name in ("subject", "email", "name", "group")]
    wanted = [one for one in (*named, *claims, *ALWAYS_READ, *STATE_READ) if one and is_attribute(one)]
    return list({one.lower(): one for one in reversed(wanted)}.values())[::-1]


def check_typed(name: str, password: str) -> None:
    """Refuse what can be no name or password. Raises PasswordRefused.

    An empty password is the important one: many directories answer a bind without one as a success, for nobody.
    https://www.rfc-editor.org/rfc/rfc4513#section-5.1.2 (November 2026)
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise PasswordRefused("The user name is empty, too long, or has characters that no name has.")
    if not password or len(password) > LONGEST_PASSWORD or "\0" in password:
        raise PasswordRefused("The password is empty or too long.")


def check_state(entry: Entry, seconds: float) -> None:
    """Refuse somebody whose account is switched off in the directory. ``seconds`` is now. Raises PasswordRefused."""
    control = _number(first(entry.values, "userAccountControl"))
    if control is not None and control & _ACCOUNT_DISABLED:
        raise PasswordRefused("The account is disabled in the directory (userAccountControl).")
    expires = _number(first(entry.values, "accountExpires"))
    if expires is not None and expires not in _NEVER and expires / 1e7 - _UNIX_EPOCH_OF_WINDOWS <= seconds:
        raise PasswordRefused("The account has expired in the directory (accountExpires).")
    if first(entry.values, "nsAccountLock").lower() == "true":
        raise PasswordRefused("The account is disabled in the directory (nsAccountLock).")
    if first(entry.values, "pwdAccountLockedTime") == _LOCKED_FOR_GOOD:
        raise PasswordRefused("The account is locked for good in the directory (pwdAccountLockedTime).")


def why_refused(told: str) -> str:
    """Return what a refused bind means, from the text a directory sent with it."""
    code = re.search(r"\bdata ([0-9a-f]{3})\b", told)
    meaning = _ACTIVE_DIRECTORY_SAYS.get(code[1]) if code else None
    return f"The directory refused the password: {meaning or 'invalid credentials'}."


def claims_from(options: Mapping[str, Any], entry: Entry, groups: Iterable[str]) -> Claims:
    """Return what the directory says about somebody whose password was right. Raises ProofInvalid."""
    subject = subject_of(options["subject_attribute"], entry)
    if not subject:
        raise ProofInvalid(
            f"The directory told no single {options['subject_attribute']}, which says who it is.",
            action="Choose another attribute that never changes, or let the service account read it.",
        )
    named = values_of(entry.values, options["group_attribute"]) if options["group_attribute"] else []
    all_groups = list(dict.fromkeys([*named, *groups]))
    shown: dict[str, Any] = {"dn": entry.dn}
    for name in entry.values:
        values = values_of(entry.values, name)
        if values:
            shown[name] = values[0] if len(values) == 1 else values
    shown[options["subject_attribute"]] = subject
    shown["groups"] = all_groups
    email = first(entry.values, options["email_attribute"]).strip()
    name = first(entry.values, options["name_attribute"]) or first(entry.values, "cn")
    return Claims(
        subject=subject,
        email=email if email.isprintable() else "",
        email_verified=True if options["proves_email"] and email else None,
        name="".join(one for one in name if one.isprintable()).strip()[:200],
        groups=tuple(all_groups),
        attributes=shown,
    )


def subject_of(attribute: str, entry: Entry) -> str:
    """Return who an entry is, or empty. The two UUIDs that are bytes are written as directories show them."""
    found = next((value for name, value in entry.values.items() if name.lower() == attribute.lower()), ())
    if len(found) != 1 or not found[0]:
        return ""
    if attribute.lower() == "objectguid" and len(found[0]) == 16:
        return str(uuid.UUID(bytes_le=bytes(found[0])))
    try:
        text = found[0].decode()
    except UnicodeDecodeError:
        return found[0].hex()[:LONGEST_NAME]
    return text if len(text) < LONGEST_NAME and text.isprintable() else ""


def first(values: Values, attribute: str) -> str:
    """Return the first value of an attribute as text, or empty."""
    return next(iter(values_of(values, attribute)), "") if attribute else ""


def values_of(values: Values, attribute: str) -> list[str]:
    """Return the values of an attribute that are text."""
    found = next((value for name, value in values.items() if name.lower() == attribute.lower()), ())
    texts = []
    for value in found[:MOST_GROUPS]:
        try:
            texts.append(value.decode())
        except UnicodeDecodeError:
            continue
    return texts


def _subject_value(attribute: str, subject: str) -> str:
    if attribute.lower() == "objectguid":
        try:
            return "".join(f"\\{one:02x}" for one in uuid.UUID(subject).bytes_le)
        except ValueError:
            pass
    return escaped(subject)


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
