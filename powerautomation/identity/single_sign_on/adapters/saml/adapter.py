"""SAML 2.0 as a protocol of single sign-on.

Everything a sign-in needs is in the provider's options; nothing is asked outside, except for new certificates when
none of the known ones made a signature and the metadata have an address.
"""

import asyncio
import base64
import binascii
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape, quoteattr

from powerautomation.identity.single_sign_on import rules
from powerautomation.identity.single_sign_on.entities import Claims, OutsideSession, Proof, SignInProvider, Trip
from powerautomation.identity.single_sign_on.errors import ProviderInvalid, ProviderUnreachable
from powerautomation.infrastructure.http_client import Client, HttpClientError
from powerautomation.kernel import clock

ANSWER_SECONDS = 10.0
REFETCH_SECONDS = 60.0
MOST_KEPT = 100
MOST_ANSWER_CHARACTERS = 360 * 1024
LONGEST_ENTITY_ID = 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SIGNATURE_ALGORITHM = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_ATTRIBUTES = ("subject_attribute", "email_attribute", "name_attribute", "groups_attribute")


class Saml:
    """The adapter. ``client`` is the one that goes out through the allow-list."""

    def __init__(self, client: Client, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._seconds = seconds
        # By provider: certificates its metadata named since it was saved, and when they were asked for.
        self._newer: dict[str, tuple[list[str], float]] = {}

    async def complete(self, options: Mapping[str, Any], secret: str) -> dict[str, Any]:
        """See ``ports.Adapter``. Metadata, pasted or fetched, decide over what was entered beside them."""
        entered = {name: options.get(name) or "" for name in ("entity_id", "sso_url", "metadata_url")}
        entity_id, sso_url = str(entered["entity_id"]).strip(), str(entered["sso_url"]).strip()
        address, text = str(entered["metadata_url"]).strip(), options.get("metadata") or ""
        certificates = [str(one) for one in options.get("certificates") or [] if str(one).strip()]
        signs, decrypts = bool(options.get("sign_requests")), bool(options.get("decrypts"))
        if address:
            _check_address(address, "metadata_url")
            text = await self._fetch(address)
        if text:
            told = _read_metadata(text, "metadata_url" if address else "metadata", entity_id)
            entity_id, sso_url, certificates = told.entity_id, told.sso_url, told.certificates
            signs = signs or told.wants_signed_requests
        if not entity_id or len(entity_id) > LONGEST_ENTITY_ID or not entity_id.isprintable():
            raise _invalid("entity_id", "Enter what the provider calls itself, or its metadata.")
        _check_address(sso_url, "sso_url")
        return {
            "entity_id": entity_id,
            "sso_url": sso_url,
            "certificates": _checked_certificates(certificates),
            "metadata_url": address,
            "service_entity_id": _service_entity_id(options),
            "sign_requests": signs,
            **{name: str(options.get(name) or "").strip() for name in _ATTRIBUTES},
            "proves_email": bool(options.get("proves_email")),
            "decrypts": decrypts,
            **await _own_key(secret, wanted=signs or decrypts),
        }

    def identity_of(self, options: Mapping[str, Any]) -> str:
        """See ``ports.Adapter``: a subject means somebody at one provider, by one attribute."""
        return f"{options.get('entity_id', '')}\n{options.get('subject_attribute', '')}"

    async def authorize(self, provider: SignInProvider, secret: str, trip: Trip) -> str:
        """See ``ports.RedirectAdapter``. The request's id comes from the browser's cookie: the answer must name it."""
        options = provider.options
        moment = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        request = (
            '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
            'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" '
            f'ID="{_request_id(trip)}" Version="2.0" IssueInstant="{moment}" '
            f"Destination={quoteattr(options['sso_url'])} AssertionConsumerServiceURL={quoteattr(trip.redirect_uri)} "
            'ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">'
            f"<saml:Issuer>{escape(options['service_entity_id'])}</saml:Issuer></samlp:AuthnRequest>"
        )
        packer = zlib.compressobj(wbits=-15)
        packed = base64.b64encode(packer.compress(request.encode()) + packer.flush()).decode()
        query = {"SAMLRequest": packed, "RelayState": trip.state}
        if options["sign_requests"]:
            from powerautomation.identity.single_sign_on.adapters.saml.keys import sign

            query["SigAlg"] = _SIGNATURE_ALGORITHM
            query["Signature"] = base64.b64encode(sign(secret, urlencode(query).encode())).decode()
        address: str = options["sso_url"]
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    async def claims_of(self, provider: SignInProvider, secret: str, trip: Trip, answer: Mapping[str, str]) -> Claims:
        """See ``ports.RedirectAdapter``."""
        from powerautomation.identity.single_sign_on.adapters.saml.answer import Expected, read
        from powerautomation.identity.single_sign_on.adapters.saml.signature import KeyUnknown
        from powerautomation.identity.single_sign_on.adapters.saml.xml import XmlRefused

        options = provider.options
        text = _decoded(answer.get("SAMLResponse", ""))
        expected = Expected(
            issuer=options["entity_id"],
            audience=options["service_entity_id"],
            recipient=trip.redirect_uri,
            request_id=_request_id(trip),
            moment=datetime.fromtimestamp(clock.now_ms() / 1000, UTC),
        )
        known: list[str] = options["certificates"]
        private_key = secret if options.get("decrypts") else ""
        try:
            try:
                said = read(text, known, expected, private_key)
            except KeyUnknown:
                said = read(text, await self._newer_certificates(provider), expected, private_key)
        except KeyUnknown:
            raise rules.answer_invalid("none of the provider's certificates made its signature") from None
        except XmlRefused as refused:
            raise rules.answer_invalid(str(refused)) from None
        from powerautomation.identity.single_sign_on.adapters.saml.claims import claims_from

        subject, claims = claims_from(said.attributes, said.name_id, said.name_id_format, options)
        return Claims(
            subject=subject,
            email=claims.email,
            email_verified=True if options["proves_email"] and claims.email else None,
            name=claims.name,
            groups=tuple(claims.groups),
            attributes=claims.attributes,
            proof=Proof(said.assertion_id, said.kept_until),
            session=OutsideSession(ends_at=said.session_ends_at),
        )

    async def _newer_certificates(self, provider: SignInProvider) -> list[str]:
        """Return the certificates the provider's metadata name today, asked for at most once a minute; none without an
        address, when they cannot be had, or when another provider is there now."""
        address: str = provider.options["metadata_url"]
        if not address:
            return []
        kept, asked_at = self._newer.get(provider.id, ([], float("-inf")))
        if self._seconds() - asked_at < REFETCH_SECONDS:
            return kept
        if len(self._newer) >= MOST_KEPT and provider.id not in self._newer:
            del self._newer[next(iter(self._newer))]
        # Noted before the answer is there, so that a provider that is down is not asked again by every sign-in.
        self._newer[provider.id] = (kept, self._seconds())
        try:
            told = _read_metadata(await self._fetch(address), "metadata_url", provider.options["entity_id"])
        except (ProviderInvalid, ProviderUnreachable):
            return kept
        self._newer[provider.id] = (told.certificates, self._seconds())
        return list(told.certificates)

    async def _fetch(self, address: str) -> str:
        from powerautomation.identity.single_sign_on.adapters.saml.metadata import MOST_METADATA_BYTES

        place = urlsplit(address).netloc
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                sent = [("accept", "application/samlmetadata+xml, application/xml"), ("connection", "close")]
                answer = await self._client.request("GET", address, sent)
                text = await answer.read(MOST_METADATA_BYTES)
        except TimeoutError:
            raise _unreachable(place, f"it did not answer within {ANSWER_SECONDS:g} s") from None
        except HttpClientError as error:
            raise _unreachable(place, str(error)) from None
        if answer.status != 200:
            raise _unreachable(place, f"it answered HTTP {answer.status}")
        try:
            return text.decode()
        except UnicodeDecodeError:
            raise _invalid("metadata_url", "What is there is not in UTF-8.") from None


def _read_metadata(text: str, field: str, entity_id: str) -> Any:
    from powerautomation.identity.single_sign_on.adapters.saml.metadata import read_metadata
    from powerautomation.identity.single_sign_on.adapters.saml.xml import XmlRefused

    try:
        return read_metadata(text.strip().encode(), entity_id)
    except XmlRefused as refused:
        raise _invalid(field, f"The metadata were not taken: {refused}.") from None


def _checked_certificates(given: list[str]) -> list[str]:
    from powerautomation.identity.single_sign_on.adapters.saml.keys import (
        MOST_CERTIFICATES,
        CertificateRefused,
        stored_certificate,
    )

    if not 0 < len(given) <= MOST_CERTIFICATES:
        raise _invalid("certificates", f"Enter 1 to {MOST_CERTIFICATES} certificates the provider signs with.")
    try:
        return list(dict.fromkeys(stored_certificate(one) for one in given))
    except CertificateRefused as refused:
        raise _invalid("certificates", str(refused)) from None


async def _own_key(secret: str, *, wanted: bool) -> dict[str, str]:
    """Return this server's certificate for the provider, and the key with it where one had to be made or dropped."""
    from powerautomation.identity.single_sign_on.adapters.saml.keys import new_key

    if not wanted:
        return {"own_certificate": "", "secret": ""}
    begin = "-----BEGIN CERTIFICATE-----"
    if begin in secret:
        return {"own_certificate": begin + secret.partition(begin)[2]}
    # In a thread: it takes half a second of computing.
    moment = datetime.fromtimestamp(clock.now_ms() / 1000, UTC)
    key, certificate = await asyncio.to_thread(new_key, "PowerAutomation", moment)
    return {"own_certificate": certificate, "secret": key + certificate}


def _service_entity_id(options: Mapping[str, Any]) -> str:
    given = str(options.get("service_entity_id") or "").strip()
    if not given or len(given) > LONGEST_ENTITY_ID or not given.isprintable():
        raise _invalid("service_entity_id", "Enter what this server is called at the provider.")
    return given


def _request_id(trip: Trip) -> str:
    # An XML id begins with no digit and no hyphen.
    return f"_{trip.nonce}"


def _decoded(text: str) -> bytes:
    if not text or len(text) > MOST_ANSWER_CHARACTERS:
        raise rules.answer_invalid("there is none, or it is too large")
    try:
        # Some providers break the lines of base64; nothing else may stand in it.
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        raise rules.answer_invalid("it is not in base64") from None


def _check_address(address: str, name: str) -> None:
    try:
        parts = urlsplit(address)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        good = secure and parts.hostname and parts.username is None and not parts.fragment and len(address) <= 1000
    except ValueError:
        good = False
    if not good or not address.isascii() or any(one <= " " for one in address):
        raise _invalid(name, "The address must begin with https:// and have no user name or fragment.")


def _unreachable(place: str, why: str) -> ProviderUnreachable:
    action = "Try again, or paste the metadata themselves."
    if "allow-list" in why or "private network" in why:
        action = f"Add {place} to gateway.allowed_hosts in the configuration file, or paste the metadata themselves."
    return ProviderUnreachable(f"The metadata at {place} could not be fetched: {why}.", action=action)


def _invalid(field_name: str, message: str) -> ProviderInvalid:
    return ProviderInvalid(
        f"The provider cannot be used: {message}",
        action="Correct the marked field.",
        fields={f"saml.{field_name}": message},
    )
