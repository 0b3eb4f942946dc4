"""An assertion that only this server can read.

Everybody has the certificate it is encrypted for, so encryption proves nothing about who speaks: what comes out is
verified like an assertion that came in the open. Taken are AES-GCM with a key wrapped by RSA-OAEP. CBC and RSA 1.5 are
not: both tell, answer by answer, what they hide (https://www.w3.org/TR/xmlenc-core1/#sec-security-considerations,
November 2026), and every provider has the others. References are not followed.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from powerautomation.identity.single_sign_on.adapters.saml.xml import SIGNATURE, Element, XmlRefused, children, only

ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#"
ENCRYPTION_11 = "http://www.w3.org/2009/xmlenc11#"
CONTENT_ALGORITHMS = {f"{ENCRYPTION_11}aes{bits}-gcm": bits // 8 for bits in (128, 192, 256)}
OAEP = f"{ENCRYPTION}rsa-oaep-mgf1p"
OAEP_11 = f"{ENCRYPTION_11}rsa-oaep"
_DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    f"{SIGNATURE}sha1": hashes.SHA1,
    f"{ENCRYPTION}sha256": hashes.SHA256,
    f"{ENCRYPTION}sha512": hashes.SHA512,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384,
}
_MASKS: dict[str, type[hashes.HashAlgorithm]] = {
    f"{ENCRYPTION_11}mgf1sha1": hashes.SHA1,
    f"{ENCRYPTION_11}mgf1sha256": hashes.SHA256,
    f"{ENCRYPTION_11}mgf1sha384": hashes.SHA384,
    f"{ENCRYPTION_11}mgf1sha512": hashes.SHA512,
}
_NONCE_BYTES, _TAG_BYTES = 12, 16


def decrypted(encrypted: Element, private_key: str) -> bytes:
    """Return what an ``EncryptedAssertion`` hides. ``private_key``: PEM, of this server for this provider. Raises
    XmlRefused, with the same words whatever was wrong inside."""
    data = only(encrypted, ENCRYPTION, "EncryptedData")
    info = only(data, SIGNATURE, "KeyInfo")
    keys = children(info, ENCRYPTION, "EncryptedKey") + children(encrypted, ENCRYPTION, "EncryptedKey")
    if len(keys) != 1:
        raise XmlRefused("its encryption must come with exactly one key")
    algorithm = only(data, ENCRYPTION, "EncryptionMethod").get("Algorithm", "")
    if algorithm not in CONTENT_ALGORITHMS:
        raise XmlRefused(f"it is encrypted with {algorithm[-40:]!r}, and only AES-GCM is taken")
    scheme = _oaep(only(keys[0], ENCRYPTION, "EncryptionMethod"))
    text, wrapped = _value(data), _value(keys[0])
    key = serialization.load_pem_private_key(private_key.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    try:
        secret = key.decrypt(wrapped, scheme)
        if len(secret) != CONTENT_ALGORITHMS[algorithm] or len(text) <= _NONCE_BYTES + _TAG_BYTES:
            raise ValueError
        return AESGCM(secret).decrypt(text[:_NONCE_BYTES], text[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        raise XmlRefused("it could not be decrypted: is it encrypted for the certificate of our metadata?") from None


def _oaep(method: Element) -> padding.OAEP:
    algorithm = method.get("Algorithm", "")
    if algorithm not in (OAEP, OAEP_11):
        raise XmlRefused(f"its key is encrypted with {algorithm[-40:]!r}, and only RSA-OAEP is taken")
    digest, mask = hashes.SHA1, hashes.SHA1
    known: dict[str, type[hashes.HashAlgorithm]] = {}
    for one in method:
        name, given = etree.QName(one).localname, one.get("Algorithm", "")
        table = {"DigestMethod": _DIGESTS, "MGF": _MASKS if algorithm == OAEP_11 else {}}.get(name, {})
        if given not in table or name in known:
            raise XmlRefused("its key is encrypted with parameters that are not taken")
        known[name] = table[given]
    return padding.OAEP(
        mgf=padding.MGF1(known.get("MGF", mask)()), algorithm=known.get("DigestMethod", digest)(), label=None
    )


def _value(element: Element) -> bytes:
    cipher = only(only(element, ENCRYPTION, "CipherData"), ENCRYPTION, "CipherValue")
    try:
        return base64.b64decode("".join((cipher.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise XmlRefused("what is encrypted cannot be read") from None
