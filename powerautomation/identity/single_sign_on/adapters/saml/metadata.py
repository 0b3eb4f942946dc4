"""A provider's metadata.

https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf (November 2026)
"""

from dataclasses import dataclass

from powerautomation.identity.single_sign_on.adapters.saml.keys import (
    MOST_CERTIFICATES,
    CertificateRefused,
    stored_certificate,
)
from powerautomation.identity.single_sign_on.adapters.saml.xml import (
    METADATA,
    SIGNATURE,
    Element,
    XmlRefused,
    children,
    parse,
)

MOST_METADATA_BYTES = 512 * 1024
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider's metadata says: its entity id, where browsers go, the certificates (PEM) it signs with."""

    entity_id: str
    sso_url: str
    certificates: list[str]
    wants_signed_requests: bool


def read_metadata(text: bytes, entity_id: str = "") -> Told:
    """Return what metadata say of the one provider in it, or of that with ``entity_id``. Raises XmlRefused."""
    root = parse(text, strict=False, most_bytes=MOST_METADATA_BYTES)
    if root.tag not in (f"{{{METADATA}}}EntityDescriptor", f"{{{METADATA}}}EntitiesDescriptor"):
        raise XmlRefused("it is no SAML metadata")
    entities = [
        one for one in root.iter(f"{{{METADATA}}}EntityDescriptor") if children(one, METADATA, "IDPSSODescriptor")
    ]
    if entity_id:
        entities = [one for one in entities if one.get("entityID") == entity_id]
        if not entities:
            raise XmlRefused(f"it does not describe {entity_id[:200]}")
    if len(entities) != 1:
        raise XmlRefused(f"it describes {len(entities)} identity providers where one is needed")
    told = children(entities[0], METADATA, "IDPSSODescriptor")[0]
    addresses = [
        one.get("Location", "")
        for one in children(told, METADATA, "SingleSignOnService")
        if one.get("Binding") == REDIRECT
    ]
    if not addresses:
        raise XmlRefused("it names no address for HTTP-Redirect")
    return Told(
        entity_id=entities[0].get("entityID", ""),
        sso_url=addresses[0],
        certificates=_certificates(told),
        wants_signed_requests=told.get("WantAuthnRequestsSigned") in ("true", "1"),
    )


def _certificates(told: Element) -> list[str]:
    found: list[str] = []
    for descriptor in children(told, METADATA, "KeyDescriptor"):
        if descriptor.get("use", "signing") != "signing":
            continue
        for one in descriptor.iter(f"{{{SIGNATURE}}}X509Certificate"):
            try:
                found.append(stored_certificate(one.text or ""))
            except CertificateRefused as refused:
                raise XmlRefused(f"a certificate in it was not taken: {refused}") from None
    if not 0 < len(found) <= MOST_CERTIFICATES:
        raise XmlRefused(f"it has {len(found)} signing certificates; 1 to {MOST_CERTIFICATES} are taken")
    return list(dict.fromkeys(found))
