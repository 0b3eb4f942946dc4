"""What this server is to a SAML provider.

https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf (November 2026)
"""

from xml.sax.saxutils import escape, quoteattr

_METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


def own_metadata(entity_id: str, address: str, certificate: str) -> str:
    """Return what this server is to a provider. ``certificate`` (PEM) is of the key that signs requests, or empty."""
    signs = "true" if certificate else "false"
    inner = "".join(certificate.strip().splitlines()[1:-1])
    key = (
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{_SIGNATURE}"><ds:X509Data><ds:X509Certificate>'
        f"{inner}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        if certificate
        else ""
    )
    formats = "".join(
        f"<md:NameIDFormat>urn:oasis:names:tc:SAML:{escape(one)}</md:NameIDFormat>"
        for one in ("2.0:nameid-format:persistent", "1.1:nameid-format:emailAddress", "1.1:nameid-format:unspecified")
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<md:EntityDescriptor xmlns:md="{_METADATA}" '
        f"entityID={quoteattr(entity_id)}>"
        f'<md:SPSSODescriptor AuthnRequestsSigned="{signs}" WantAssertionsSigned="true" '
        f'protocolSupportEnumeration="{_PROTOCOL}">{key}{formats}'
        f'<md:AssertionConsumerService Binding="{_POST}" Location={quoteattr(address)} index="0" isDefault="true"/>'
        "</md:SPSSODescriptor></md:EntityDescriptor>\n"
    )
