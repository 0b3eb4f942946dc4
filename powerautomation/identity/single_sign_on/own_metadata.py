"""What this server is to a SAML provider.

https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf (November 2026)
"""

from xml.sax.saxutils import escape, quoteattr

_METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_ENCRYPTION_METHODS = (
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
)
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


def own_metadata(
    entity_id: str, address: str, certificate: str, *, signs_requests: bool = True, decrypts: bool = False
) -> str:
    """Return what this server is to a provider. ``certificate`` (PEM) is of the key that signs requests and opens
    encrypted assertions, or empty."""
    uses = [use for use, wanted in (("signing", signs_requests), ("encryption", decrypts)) if wanted and certificate]
    signs = "true" if "signing" in uses else "false"
    inner = "".join(certificate.strip().splitlines()[1:-1])
    methods = "".join(f'<md:EncryptionMethod Algorithm="{one}"/>' for one in _ENCRYPTION_METHODS)
    key = "".join(
        f'<md:KeyDescriptor use="{use}"><ds:KeyInfo xmlns:ds="{_SIGNATURE}"><ds:X509Data><ds:X509Certificate>'
        f"{inner}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{methods if use == 'encryption' else ''}"
        "</md:KeyDescriptor>"
        for use in uses
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
