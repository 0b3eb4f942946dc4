"""From a verified assertion to words of ours. The usual attribute names are known; others are named in the options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from powerautomation.identity.single_sign_on import rules

_SCHEMAS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_MICROSOFT = "http://schemas.microsoft.com/"
_FORMATS = "urn:oasis:names:tc:SAML:"
_TRANSIENT = f"{_FORMATS}2.0:nameid-format:transient"
_EMAIL_ADDRESS = f"{_FORMATS}1.1:nameid-format:emailAddress"
# Names that belong to one person for as long as the provider keeps them; without a format it says nothing.
_SUBJECT_FORMATS = (
    "",
    f"{_FORMATS}2.0:nameid-format:persistent",
    f"{_FORMATS}1.1:nameid-format:unspecified",
    f"{_FORMATS}1.1:nameid-format:WindowsDomainQualifiedName",
    _EMAIL_ADDRESS,
)
# Microsoft Entra ID and AD FS, Okta, Google Workspace, Keycloak and Shibboleth (LDAP's object identifiers).
_EMAIL = ("email", "mail", "emailAddress", f"{_SCHEMAS}emailaddress", "urn:oid:0.9.2342.19200300.100.1.3")
_NAME = (
    "displayName",
    f"{_MICROSOFT}identity/claims/displayname",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "name",
    "cn",
    "urn:oid:2.5.4.3",
)
_GIVEN = ("givenName", "firstName", "first_name", f"{_SCHEMAS}givenname", "urn:oid:2.5.4.42")
_FAMILY = ("surname", "lastName", "last_name", "sn", f"{_SCHEMAS}surname", "urn:oid:2.5.4.4")
_GROUPS = (
    "groups",
    "group",
    f"{_MICROSOFT}ws/2008/06/identity/claims/groups",
    f"{_MICROSOFT}ws/2008/06/identity/claims/role",
    "http://schemas.xmlsoap.org/claims/Group",
    "memberOf",
    "Role",
    "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
)


@dataclass(frozen=True, slots=True)
class Words:
    """What an assertion says about somebody. ``attributes`` has ours (NameID, groups) beside the provider's."""

    email: str
    name: str
    groups: list[str]
    attributes: dict[str, Any]


def claims_from(
    said: Mapping[str, list[str]], name_id: str, name_id_format: str, options: Mapping[str, Any]
) -> tuple[str, Words]:
    """Return the subject and the words of an assertion. Raises ProofInvalid when its subject names nobody for good."""
    email = _first(said, options["email_attribute"], _EMAIL)
    if not email and name_id_format == _EMAIL_ADDRESS:
        email = name_id
    name = _first(said, options["name_attribute"], _NAME)
    if not options["name_attribute"]:
        full = " ".join(filter(None, (_first(said, "", _GIVEN), _first(said, "", _FAMILY))))
        name = _first(said, "", _NAME[:3]) or full or name
    groups = _values(said, options["groups_attribute"], _GROUPS)
    shown: dict[str, Any] = {key: values[0] if len(values) == 1 else values for key, values in said.items()}
    attributes = {"NameID": name_id, "NameID.Format": name_id_format, "groups": groups} | shown
    subject = _subject(said, name_id, name_id_format, options["subject_attribute"])
    if not subject or len(subject) > rules.LONGEST_SUBJECT or not subject.isprintable():
        raise rules.answer_invalid("it does not say whom it is about, or with a name that cannot be kept")
    return subject, Words(
        email=email if email.isprintable() else "",
        name="".join(one for one in name if one.isprintable()).strip()[:200],
        groups=groups,
        attributes=attributes,
    )


def _subject(said: Mapping[str, list[str]], name_id: str, name_id_format: str, attribute: str) -> str:
    if attribute:
        values = said.get(attribute, [])
        if len(values) != 1:
            raise rules.answer_invalid(f"the attribute {attribute!r}, the subject, has {len(values)} values, not one")
        return values[0]
    if name_id_format == _TRANSIENT:
        raise rules.answer_invalid(
            "its NameID is transient, another one each time: let the provider send a persistent one, or name an "
            "attribute as the subject"
        )
    if name_id_format not in _SUBJECT_FORMATS:
        raise rules.answer_invalid(f"its NameID has the format {name_id_format[-60:]!r}, which is not known here")
    return name_id


def _first(said: Mapping[str, list[str]], named: str, usual: tuple[str, ...]) -> str:
    return next(iter(_values(said, named, usual)), "")


def _values(said: Mapping[str, list[str]], named: str, usual: tuple[str, ...]) -> list[str]:
    """Return the values of the attribute that is named, else of the first usual one that has any."""
    for name in (named,) if named else usual:
        values = [one for one in said.get(name, []) if one]
        if values:
            return values
    return []
