"""XML signatures: verified by xmlsec, and what is read afterwards is exactly what was signed.

xmlsec says whether a key signed; the element is then made canonical here, its digest compared with the one in the
verified SignedInfo, and only those bytes are handed on. What a message says about its own key (KeyInfo) is not looked
at. https://www.w3.org/TR/xmldsig-core1/, https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf section 5
(November 2026)
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

import xmlsec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree

from powerautomation.identity.single_sign_on.adapters.saml.keys import certificate_of
from powerautomation.identity.single_sign_on.adapters.saml.xml import (
    SIGNATURE,
    Element,
    XmlRefused,
    children,
    only,
    parse,
)

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = f"{SIGNATURE}enveloped-signature"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#"
# No SHA-1, and nothing with a shared secret: with that the certificate everybody has would sign.
ALGORITHMS = {
    f"{_MORE}rsa-sha256": xmlsec.constants.TransformRsaSha256,
    f"{_MORE}rsa-sha384": xmlsec.constants.TransformRsaSha384,
    f"{_MORE}rsa-sha512": xmlsec.constants.TransformRsaSha512,
    f"{_MORE}ecdsa-sha256": xmlsec.constants.TransformEcdsaSha256,
    f"{_MORE}ecdsa-sha384": xmlsec.constants.TransformEcdsaSha384,
    f"{_MORE}ecdsa-sha512": xmlsec.constants.TransformEcdsaSha512,
}
DIGESTS = {
    f"{_ENCRYPTION}sha256": (hashlib.sha256, xmlsec.constants.TransformSha256),
    f"{_MORE}sha384": (hashlib.sha384, xmlsec.constants.TransformSha384),
    f"{_ENCRYPTION}sha512": (hashlib.sha512, xmlsec.constants.TransformSha512),
}
_CANONICAL = (EXCLUSIVE, f"{EXCLUSIVE}WithComments")
_CANONICAL_TRANSFORMS = (xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformExclC14NWithComments)
_PARTS = ["SignedInfo", "SignatureValue", "KeyInfo"]


class KeyUnknown(Exception):
    """None of the provider's certificates made the signature: it may have a new one."""


def signature_of(element: Element) -> Element | None:
    """Return the signature an element carries. Raises XmlRefused when there are several."""
    found = children(element, SIGNATURE, "Signature")
    if len(found) > 1:
        raise XmlRefused("an element is signed twice")
    return found[0] if found else None


def verified(text: bytes, tag: str, certificates: Sequence[str]) -> bytes:
    """Return the canonical bytes of the element ``tag`` (``{namespace}name``; the root or a child of it), which one of
    the certificates (PEM) signed. Raises KeyUnknown, XmlRefused."""
    root = parse(text)
    element = root if root.tag == tag else root.find(tag)
    signature = None if element is None else signature_of(element)
    if element is None or signature is None:
        raise XmlRefused("it is not signed")
    algorithm, digest, prefixes = _checked(signature, element)
    if not any(_signed_by(one, algorithm, digest, element, signature) for one in certificates):
        raise KeyUnknown
    reference = only(only(signature, SIGNATURE, "SignedInfo"), SIGNATURE, "Reference")
    expected = _decoded(only(reference, SIGNATURE, "DigestValue"))
    _cut(signature)
    canonical = etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes
    )
    if not hmac.compare_digest(DIGESTS[digest][0](canonical).digest(), expected):
        raise XmlRefused("what was signed is not what would be read")
    return canonical


def _checked(signature: Element, element: Element) -> tuple[str, str, list[str]]:
    """Return signature algorithm, digest algorithm and inclusive prefixes of a signature of the one form taken."""
    names = [etree.QName(one).localname for one in signature]
    if names not in (_PARTS, _PARTS[:2]) or any(etree.QName(one).namespace != SIGNATURE for one in signature):
        raise XmlRefused("its signature has parts that are not taken")
    info = signature[0]
    if [one.tag for one in info] != [
        f"{{{SIGNATURE}}}{name}" for name in ("CanonicalizationMethod", "SignatureMethod", "Reference")
    ]:
        raise XmlRefused("its signature must have one reference")
    canonical, method, reference = info
    if canonical.get("Algorithm") not in _CANONICAL or len(canonical):
        raise XmlRefused("its signature must use exclusive canonicalization")
    algorithm = method.get("Algorithm", "")
    if algorithm not in ALGORITHMS or len(method):
        raise XmlRefused(f"it is signed with {algorithm[-40:]!r}, and only RSA and ECDSA with SHA-256 or more is taken")
    identifier = element.get("ID", "")
    if not identifier or reference.get("URI") != f"#{identifier}":
        raise XmlRefused("its signature is over something else")
    if [one.tag for one in reference] != [
        f"{{{SIGNATURE}}}{name}" for name in ("Transforms", "DigestMethod", "DigestValue")
    ]:
        raise XmlRefused("its signature's reference has parts that are not taken")
    transforms, digested, _ = reference
    digest = digested.get("Algorithm", "")
    if digest not in DIGESTS or len(digested):
        raise XmlRefused(f"its digest is {digest[-40:]!r}, and only SHA-256, SHA-384 and SHA-512 are taken")
    return algorithm, digest, _prefixes(transforms)


def _prefixes(transforms: Element) -> list[str]:
    """Return the inclusive prefixes of the two transforms that are taken: without the signature, then canonical."""
    used = [one.get("Algorithm") for one in transforms]
    if (
        any(one.tag != f"{{{SIGNATURE}}}Transform" for one in transforms)
        or len(used) != 2
        or used[0] != _ENVELOPED
        or used[1] not in _CANONICAL
        or len(transforms[0])
        or len(transforms[1]) > 1
    ):
        raise XmlRefused("its signature has transforms that are not taken")
    if not len(transforms[1]):
        return []
    given = transforms[1][0]
    if given.tag != f"{{{EXCLUSIVE}}}InclusiveNamespaces" or len(given):
        raise XmlRefused("its signature has transforms that are not taken")
    return (given.get("PrefixList") or "").split()


def _signed_by(certificate: str, algorithm: str, digest: str, element: Element, signature: Element) -> bool:
    key = certificate_of(certificate).public_key()
    if not isinstance(key, RSAPublicKey if "#rsa" in algorithm else EllipticCurvePublicKey):
        return False
    context = xmlsec.SignatureContext()
    # With a key of ours xmlsec looks for no other.
    context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)
    for transform in (xmlsec.constants.TransformEnveloped, *_CANONICAL_TRANSFORMS, DIGESTS[digest][1]):
        context.enable_reference_transform(transform)
    for transform in (*_CANONICAL_TRANSFORMS, ALGORITHMS[algorithm]):
        context.enable_signature_transform(transform)
    try:
        context.register_id(element, "ID")
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _decoded(element: Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise XmlRefused("its digest cannot be read") from None


def _cut(signature: Element) -> None:
    """Take a signature out of its element and leave the white space behind it, which was signed."""
    parent, before = signature.getparent(), signature.getprevious()
    assert parent is not None
    tail = signature.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    signature.tail = None
    parent.remove(signature)
