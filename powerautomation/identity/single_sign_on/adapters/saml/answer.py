"""What a provider's answer says, read from verified bytes only.

https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf section 4.1.4 (November 2026). Its shape is one:
a Response with exactly one Assertion, each signed at most once and by a signature of its own; at least one of them is
signed. Whatever is signed is verified, and the assertion is read from its own signed bytes, or from those of the
response around it. What stands in a response that is not signed is only ever a reason to refuse.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from powerautomation.identity.single_sign_on.adapters.saml.decryption import decrypted
from powerautomation.identity.single_sign_on.adapters.saml.signature import signature_of, verified
from powerautomation.identity.single_sign_on.adapters.saml.xml import (
    ASSERTION,
    PROTOCOL,
    SIGNATURE,
    Element,
    XmlRefused,
    check_ids,
    children,
    only,
    parse,
    text_of,
)
from powerautomation.identity.single_sign_on.errors import ProviderRefused
from powerautomation.identity.single_sign_on.rules import LEEWAY_SECONDS, START_LIFE

RESPONSE_TAG = f"{{{PROTOCOL}}}Response"
ASSERTION_TAG = f"{{{ASSERTION}}}Assertion"
_HIDDEN_TAGS = tuple(f"{{{ASSERTION}}}Encrypted{name}" for name in ("Assertion", "ID", "Attribute"))
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_FORMATS = "urn:oasis:names:tc:SAML:"
_ENTITY = f"{_FORMATS}2.0:nameid-format:entity"
_CONDITIONS = {f"{{{ASSERTION}}}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")}
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z")
_LEEWAY = timedelta(seconds=LEEWAY_SECONDS)
_LONGEST_ID = 256
_MOST_ATTRIBUTES = 200
_LONGEST_VALUE = 20_000


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer must say: by whom (entity id), for whom (ours), where to (address), to which request, and when."""

    issuer: str
    audience: str
    recipient: str
    request_id: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """What a verified assertion says. ``name_id_format`` is empty when it says none; each attribute has its values.
    ``kept_until``: nobody takes the assertion ``assertion_id`` after that. ``session_ends_at``: when the session at the
    provider does, None when it does not say."""

    assertion_id: str
    kept_until: datetime
    name_id: str
    name_id_format: str
    attributes: dict[str, list[str]]
    session_ends_at: datetime | None = None


def read(text: bytes, certificates: Sequence[str], expected: Expected, private_key: str = "") -> Said:
    """Return what an answer says. ``private_key`` (PEM) opens encrypted assertions; empty: they are not taken.

    Raises XmlRefused, KeyUnknown, ProviderRefused.
    """
    root = parse(text)
    _check_shape(root)
    response = root
    if signature_of(root) is not None:
        response = parse(verified(text, RESPONSE_TAG, certificates))
    _check_response(response, expected, is_signed=response is not root)
    hidden = children(response, ASSERTION, "EncryptedAssertion")
    if hidden:
        return _opened(hidden[0], certificates, expected, private_key, is_signed=response is not root)
    found = children(root, ASSERTION, "Assertion")
    if not found:
        raise XmlRefused("it has no assertion")
    if signature_of(found[0]) is not None:
        return _assertion(parse(verified(text, ASSERTION_TAG, certificates)), expected)
    if response is root:
        raise XmlRefused("neither the response nor the assertion is signed")
    return _assertion(only(response, ASSERTION, "Assertion"), expected)


def _opened(
    hidden: Element, certificates: Sequence[str], expected: Expected, private_key: str, *, is_signed: bool
) -> Said:
    """Read an encrypted assertion as one that came in the open: from its own signed bytes, or, where the response
    around it was signed with it inside, from those that came out."""
    if not private_key:
        raise XmlRefused("it is encrypted: allow it here, or switch encryption off at the provider")
    text = decrypted(hidden, private_key)
    assertion = parse(text)
    if assertion.tag != ASSERTION_TAG:
        raise XmlRefused("what was encrypted is no assertion")
    check_ids(assertion)
    if len(list(assertion.iter(ASSERTION_TAG, RESPONSE_TAG, *_HIDDEN_TAGS))) > 1:
        raise XmlRefused("what was encrypted has an assertion inside")
    if any(one.getparent() is not assertion for one in assertion.iter(f"{{{SIGNATURE}}}Signature")):
        raise XmlRefused("a signature stands where none may be")
    if signature_of(assertion) is not None:
        return _assertion(parse(verified(text, ASSERTION_TAG, certificates)), expected)
    if not is_signed:
        raise XmlRefused("neither the response nor the assertion is signed")
    return _assertion(assertion, expected)


def _check_shape(root: Element) -> None:
    """Refuse everything but a response with at most one assertion, each with at most one signature of its own."""
    if root.tag != RESPONSE_TAG:
        raise XmlRefused("it is no SAML response")
    check_ids(root)
    if any(True for _ in root.iter(*_HIDDEN_TAGS[1:])):
        raise XmlRefused("parts of it are encrypted by themselves: let the provider encrypt the whole assertion")
    hidden = list(root.iter(_HIDDEN_TAGS[0]))
    assertions = list(root.iter(ASSERTION_TAG)) + hidden
    if len(assertions) > 1 or any(one.getparent() is not root for one in assertions):
        raise XmlRefused("it must have exactly one assertion, directly in the response")
    if len(list(root.iter(RESPONSE_TAG))) > 1:
        raise XmlRefused("it has a response inside")
    places = [root, *(one for one in assertions if one not in hidden)]
    for signature in root.iter(f"{{{SIGNATURE}}}Signature"):
        if not any(signature.getparent() is place for place in places):
            raise XmlRefused("a signature stands where none may be")


def _check_response(response: Element, expected: Expected, *, is_signed: bool) -> None:
    """Look at the frame. Only a signed one is proof; one that is not signed can only make things worse."""
    if response.tag != RESPONSE_TAG or response.get("Version") != "2.0":
        raise XmlRefused("it is not SAML 2.0")
    if response.get("InResponseTo") != expected.request_id:
        raise XmlRefused("it answers another request than the one of this sign-in")
    destination = response.get("Destination")
    if (destination is None and is_signed) or destination not in (None, expected.recipient):
        raise XmlRefused(f"it is sent to {_shown(destination)}, not to {expected.recipient}")
    if children(response, ASSERTION, "Issuer"):
        _check_issuer(response, expected)
    _check_status(only(response, PROTOCOL, "Status"))


def _check_status(status: Element) -> None:
    code = only(status, PROTOCOL, "StatusCode")
    if code.get("Value") == _SUCCESS:
        return
    words = [code.get("Value", ""), *(one.get("Value", "") for one in children(code, PROTOCOL, "StatusCode"))]
    told = [one.rpartition(":")[2][:100] for one in words]
    told += [text_of(one, 5000)[:300] for one in children(status, PROTOCOL, "StatusMessage")]
    text = ": ".join("".join(c for c in one if c.isprintable()) for one in told if one)
    raise ProviderRefused(
        f"The provider did not sign you in: {text}.",
        action="Begin again. If it goes on, compare entity ids, addresses and certificates with the provider's.",
    )


def _assertion(assertion: Element, expected: Expected) -> Said:
    if assertion.tag != ASSERTION_TAG or assertion.get("Version") != "2.0":
        raise XmlRefused("it is not SAML 2.0")
    identifier = assertion.get("ID", "")
    if not identifier or len(identifier) > _LONGEST_ID or not identifier.isprintable():
        raise XmlRefused("its assertion has no ID")
    issued = _moment(assertion, "IssueInstant")
    if issued > expected.moment + _LEEWAY:
        raise XmlRefused("it was issued in the future; compare the clocks of both servers")
    if issued < expected.moment - START_LIFE - _LEEWAY:
        raise XmlRefused("it was issued before this sign-in began")
    _check_issuer(assertion, expected)
    _check_conditions(only(assertion, ASSERTION, "Conditions"), expected)
    subject = only(assertion, ASSERTION, "Subject")
    ends = _confirmed_until(subject, expected)
    session_ends_at = _session_end(assertion, expected)
    name_id = only(subject, ASSERTION, "NameID")
    return Said(
        assertion_id=identifier,
        kept_until=min(ends, issued + START_LIFE + _LEEWAY) + _LEEWAY,
        name_id=text_of(name_id),
        name_id_format=name_id.get("Format", ""),
        attributes=_attributes(assertion),
        session_ends_at=session_ends_at,
    )


def _check_issuer(element: Element, expected: Expected) -> None:
    issuer = only(element, ASSERTION, "Issuer")
    if issuer.get("Format", _ENTITY) != _ENTITY or text_of(issuer) != expected.issuer:
        raise XmlRefused(f"it was issued by {_shown(text_of(issuer))}, not by {expected.issuer}")


def _check_conditions(conditions: Element, expected: Expected) -> None:
    _check_times(conditions, expected.moment)
    if any(one.tag not in _CONDITIONS for one in conditions):
        raise XmlRefused("it has a condition that is not known here")
    restrictions = children(conditions, ASSERTION, "AudienceRestriction")
    if not restrictions:
        raise XmlRefused("it does not say whom it is meant for (AudienceRestriction)")
    for one in restrictions:
        audiences = [text_of(audience) for audience in children(one, ASSERTION, "Audience")]
        if expected.audience not in audiences:
            raise XmlRefused(f"it is meant for {_shown(', '.join(audiences))}, not for {expected.audience}")


def _confirmed_until(subject: Element, expected: Expected) -> datetime:
    """Return until when whoever bears the assertion is its subject. Of several confirmations one must fit."""
    why = "it has no subject confirmation for its bearer"
    for confirmation in children(subject, ASSERTION, "SubjectConfirmation"):
        if confirmation.get("Method") != _BEARER:
            continue
        try:
            data = only(confirmation, ASSERTION, "SubjectConfirmationData")
            if data.get("Recipient") != expected.recipient:
                raise XmlRefused(f"its recipient is {_shown(data.get('Recipient'))}, not {expected.recipient}")
            if data.get("InResponseTo") != expected.request_id:
                raise XmlRefused("it answers another request than the one of this sign-in")
            ends = _moment(data, "NotOnOrAfter")
            _check_times(data, expected.moment)
            return ends
        except XmlRefused as refused:
            why = str(refused)
    raise XmlRefused(why)


def _session_end(assertion: Element, expected: Expected) -> datetime | None:
    """Return when the session at the provider ends, the earliest that is said."""
    statements = children(assertion, ASSERTION, "AuthnStatement")
    if not statements:
        raise XmlRefused("it does not say that somebody signed in (AuthnStatement)")
    ends = [_moment(one, "SessionNotOnOrAfter") for one in statements if "SessionNotOnOrAfter" in one.attrib]
    if any(expected.moment >= one + _LEEWAY for one in ends):
        raise XmlRefused("the session at the provider has ended")
    return min(ends, default=None)


def _check_times(element: Element, moment: datetime) -> None:
    if "NotBefore" in element.attrib and moment < _moment(element, "NotBefore") - _LEEWAY:
        raise XmlRefused("it is not valid yet; compare the clocks of both servers")
    if "NotOnOrAfter" in element.attrib and moment >= _moment(element, "NotOnOrAfter") + _LEEWAY:
        raise XmlRefused("it has expired")


def _moment(element: Element, name: str) -> datetime:
    found = _MOMENT.fullmatch(element.get(name, ""))
    try:
        if found is None:
            raise ValueError
        return datetime.strptime(found[1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise XmlRefused(f"it does not say when ({name})") from None


def _attributes(assertion: Element) -> dict[str, list[str]]:
    """Return the attributes by name, and by friendly name where nothing else has that name."""
    found: dict[str, list[str]] = {}
    friendly: dict[str, list[str]] = {}
    for statement in children(assertion, ASSERTION, "AttributeStatement"):
        for one in children(statement, ASSERTION, "Attribute"):
            name = one.get("Name", "")
            values = [_value(value) for value in children(one, ASSERTION, "AttributeValue") if len(value) == 0]
            found.setdefault(name, []).extend(values)
            if one.get("FriendlyName"):
                friendly.setdefault(one.get("FriendlyName", ""), []).extend(values)
            if len(found) > _MOST_ATTRIBUTES:
                raise XmlRefused(f"it has more than {_MOST_ATTRIBUTES} attributes")
    return {**friendly, **found}


def _value(element: Element) -> str:
    return (element.text or "").strip()[:_LONGEST_VALUE]


def _shown(value: Any) -> str:
    return repr(value)[:200] if value else "nobody"
