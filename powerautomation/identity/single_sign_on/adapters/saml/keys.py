"""Certificates of providers, and the key this server signs its requests with."""

import base64
import binascii
import datetime as time
import functools
import re

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, SECP521R1, EllipticCurvePublicKey

MOST_CERTIFICATES = 10
LONGEST_CERTIFICATE = 20_000
_SMALLEST_RSA = 2048
_OWN_RSA = 3072
_OWN_YEARS = 10
_ARMOUR = re.compile(r"-----(BEGIN|END) CERTIFICATE-----")


class CertificateRefused(Exception):
    """The text is no certificate that is taken; the message says why."""


@functools.lru_cache(maxsize=256)
def certificate_of(pem: str) -> x509.Certificate:
    """Return a stored certificate."""
    return x509.load_pem_x509_certificate(pem.encode())


def stored_certificate(text: str) -> str:
    """Return a certificate, given as PEM or as its base64 alone, as PEM. A certificate is a pinned key here: its own
    dates and issuer decide nothing. Raises CertificateRefused."""
    if len(text) > LONGEST_CERTIFICATE or len(_ARMOUR.findall(text)) > 2:
        raise CertificateRefused("Enter one certificate in each field.")
    try:
        der = base64.b64decode("".join(_ARMOUR.sub("", text).split()), validate=True)
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except (binascii.Error, ValueError, x509.UnsupportedGeneralNameType):
        raise CertificateRefused("This is no X.509 certificate.") from None
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _SMALLEST_RSA:
            raise CertificateRefused(f"Its key has {key.key_size} bits; {_SMALLEST_RSA} are needed.")
    elif not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1 | SECP384R1 | SECP521R1):
        raise CertificateRefused("Its key is neither RSA nor on the curves P-256, P-384, P-521.")
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def fingerprint(pem: str) -> str:
    """Return the SHA-256 of a certificate as hexadecimal digits."""
    return certificate_of(pem).fingerprint(hashes.SHA256()).hex()


def new_key(name: str, moment: time.datetime) -> tuple[str, str]:
    """Return a private key and its certificate, signed by itself, both PEM. Takes about half a second."""
    key = rsa.generate_private_key(65537, _OWN_RSA)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - time.timedelta(days=1))
        .not_valid_after(moment + time.timedelta(days=365 * _OWN_YEARS))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def sign(private: str, text: bytes) -> bytes:
    """Return the RSA-SHA256 signature of text."""
    key = serialization.load_pem_private_key(private.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.sign(text, padding.PKCS1v15(), hashes.SHA256())
