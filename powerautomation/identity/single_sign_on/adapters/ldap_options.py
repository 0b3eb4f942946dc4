"""What is entered for a directory, checked."""

import ssl
from collections.abc import Mapping, Sequence
from typing import Any

from powerautomation.identity.single_sign_on.adapters import directory
from powerautomation.identity.single_sign_on.errors import ProviderInvalid

_TEXTS = (
    "servers", "ca_certificate", "bind_dn", "base_dn", "user_filter", "subject_attribute", "email_attribute",
    "name_attribute", "group_attribute", "group_base_dn", "group_filter",
)  # fmt: skip


def checked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was entered for a directory in its stored form. Raises ProviderInvalid."""
    whole: dict[str, Any] = {name: str(options.get(name) or "").strip() for name in _TEXTS}
    whole["servers"] = [one.strip() for one in options.get("servers") or () if one.strip()]
    for name in ("plain", "nested_groups", "proves_email"):
        whole[name] = bool(options.get(name))
    if not whole["servers"]:
        raise invalid("ldap.servers", "Enter the address of a server, such as ldaps://dc1.example.com.")
    for address in whole["servers"]:
        try:
            directory.place_of(address, plain=whole["plain"])
        except ValueError as error:
            raise invalid("ldap.servers", f"{address[:100]!r} {error}.") from None
    if whole["ca_certificate"]:
        try:
            tls_context(whole["ca_certificate"])
        except (ssl.SSLError, ValueError):
            raise invalid("ldap.ca_certificate", "This is no certificate in PEM form.") from None
    for name in ("bind_dn", "base_dn", "group_base_dn"):
        _check_dn(name, whole[name], needed=name != "group_base_dn")
    for name in ("subject", "email", "name", "group"):
        value = whole[f"{name}_attribute"]
        if (value or name == "subject") and not directory.is_attribute(value):
            raise invalid(f"ldap.{name}_attribute", "Enter the name of an attribute, such as mail.")
    _check_filter("user_filter", whole["user_filter"], ("{username}",))
    if whole["group_filter"]:
        _check_filter("group_filter", whole["group_filter"], ("{dn}", "{username}"))
    return whole


def tls_context(ca_certificate: str) -> ssl.SSLContext:
    """Return how certificates are checked: against one authority, or those the system trusts."""
    context = ssl.create_default_context(cadata=ca_certificate or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _check_dn(name: str, text: str, *, needed: bool) -> None:
    from ldap3.core.exceptions import LDAPInvalidDnError
    from ldap3.utils.dn import parse_dn

    if not text and not needed:
        return
    # Active Directory also signs in accounts by name@domain.
    if name == "bind_dn" and "@" in text and "=" not in text:
        return
    try:
        if not parse_dn(text):
            raise LDAPInvalidDnError("empty")
    except LDAPInvalidDnError:
        raise invalid(f"ldap.{name}", "Enter a distinguished name, such as dc=example,dc=com.") from None


def _check_filter(name: str, text: str, marks: Sequence[str]) -> None:
    from ldap3.core.exceptions import LDAPException
    from ldap3.operation.search import parse_filter

    if not any(mark in text for mark in marks):
        raise invalid(f"ldap.{name}", f"The filter must have {' or '.join(marks)} where the value goes.")
    try:
        for tried in (directory.filter_for(text, username="a", dn="cn=a"), directory.anybody_filter(text)):
            parse_filter(  # type: ignore[no-untyped-call]  # the library has no types there
                tried, None, False, False, None, False
            )
    except (LDAPException, ValueError, IndexError, AttributeError, RecursionError):
        raise invalid(f"ldap.{name}", "This is no filter of LDAP, such as (uid={username}).") from None


def invalid(field_name: str, message: str) -> ProviderInvalid:
    """Return the error of a field that cannot be used."""
    return ProviderInvalid(
        f"The provider cannot be used: {message}", action="Correct the marked field.", fields={field_name: message}
    )
