"""Encrypted assertions: opened with our own key, and trusted no more than those that come in the open."""

import base64
import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from powerautomation.identity.single_sign_on.adapters.saml.adapter import Saml
from powerautomation.identity.single_sign_on.adapters.saml.keys import new_key
from powerautomation.identity.single_sign_on.entities import Claims
from powerautomation.identity.single_sign_on.errors import ProofInvalid
from powerautomation.identity.single_sign_on.own_metadata import own_metadata
from tests.fixtures.saml_responses import ASSERTION, NS, assertion_of, encrypt, sign, signer
from tests.unit.identity.single_sign_on.adapters.saml.test_answer import TRIP, again, options, signed, unsigned
from tests.unit.identity.single_sign_on.test_rules import provider

Element = Any


@functools.cache
def ours() -> tuple[str, str]:
    """This server's key and certificate."""
    return new_key("PowerAutomation", datetime.now(UTC))


async def claims_of(answer: Element, **more: Any) -> Claims:
    key, certificate = ours()
    given = provider(options=options(**{"decrypts": True, **more}), kind="saml")
    adapter = Saml(None)  # type: ignore[arg-type]  # nothing is asked outside
    text = base64.b64encode(etree.tostring(answer)).decode()
    return await adapter.claims_of(given, key + certificate, TRIP, {"SAMLResponse": text})


async def refused(answer: Element, why: str, **more: Any) -> None:
    with pytest.raises(ProofInvalid) as caught:
        await claims_of(answer, **more)
    assert why in caught.value.message, caught.value.message


def hidden(root: Element, **more: Any) -> Element:
    """The response with its assertion encrypted for us."""
    encrypt(assertion_of(root), ours()[1], **more)
    return again(root)


def evil() -> Element:
    """An assertion about somebody else that nobody signed."""
    return assertion_of(unsigned(name_id="sub-victim", assertion_id="_evil"))


@pytest.mark.parametrize("content", ["Aes128Gcm", "Aes192Gcm", "Aes256Gcm"])
async def test_signed_assertion_is_read_through_its_encryption(content):
    assert (await claims_of(hidden(signed(), content=content))).subject == "sub-grace"


async def test_signed_response_with_an_encrypted_assertion_is_read():
    root = hidden(unsigned())
    sign(root, signer())
    assert (await claims_of(root)).subject == "sub-grace"


async def test_both_signed_are_both_verified():
    root = hidden(signed())
    sign(root, signer())
    assert (await claims_of(root)).subject == "sub-grace"
    inside_by_another = unsigned()
    sign(assertion_of(inside_by_another), signer("another"))
    root = hidden(again(inside_by_another))
    sign(root, signer())
    await refused(root, "none of the provider's certificates")


async def test_encryption_alone_proves_nothing():
    await refused(hidden(unsigned()), "neither the response nor the assertion is signed")


async def test_without_the_setting_it_is_refused_with_words_that_help():
    await refused(hidden(signed()), "allow it here", decrypts=False)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"content": "Aes256Cbc"}, "only AES-GCM"),
        ({"content": "Des3Cbc"}, "only AES-GCM"),
        ({"transport": "RsaPkcs1"}, "only RSA-OAEP"),
    ],
)
async def test_what_tells_its_contents_is_not_taken(more, why):
    await refused(hidden(signed(), **more), why)


def beside_plain(root: Element) -> None:
    """The real one stays encrypted; a forged one stands beside it in the open."""
    encrypt(assertion_of(root), ours()[1])
    root.append(evil())


def beside_encrypted(root: Element) -> None:
    """The real one stays in the open; a forged one stands beside it, encrypted."""
    forged = unsigned(name_id="sub-victim", assertion_id="_evil")
    root.append(encrypt(assertion_of(forged), ours()[1]))


def twice_encrypted(root: Element) -> None:
    forged = unsigned(name_id="sub-victim", assertion_id="_evil")
    encrypt(assertion_of(root), ours()[1])
    root.append(encrypt(assertion_of(forged), ours()[1]))


def wrapped(root: Element) -> None:
    """A forged assertion with the real, signed one inside it, encrypted together."""
    real, forged = assertion_of(root), evil()
    root.replace(real, forged)
    advice = etree.SubElement(forged, f"{{{ASSERTION}}}Advice")
    advice.append(real)
    encrypt(forged, ours()[1])


def with_its_signature(root: Element) -> None:
    """A forged assertion that carries the signature of the real one."""
    real, forged = assertion_of(root), evil()
    signature = real.find("ds:Signature", NS)
    assert signature is not None
    root.replace(real, forged)
    forged.insert(1, signature)
    encrypt(forged, ours()[1])


def deeper(root: Element) -> None:
    """The encrypted one somewhere else than directly in the response."""
    one = encrypt(assertion_of(root), ours()[1])
    status = root.find("samlp:Status", NS)
    assert status is not None
    status.append(one)


def nested(root: Element) -> None:
    """An encrypted assertion inside of what was encrypted."""
    inner = encrypt(assertion_of(root), ours()[1])
    forged = evil()
    root.replace(inner, forged)
    advice = etree.SubElement(forged, f"{{{ASSERTION}}}Advice")
    advice.append(inner)
    encrypt(forged, ours()[1])


@pytest.mark.parametrize(
    "attack", [beside_plain, beside_encrypted, twice_encrypted, wrapped, with_its_signature, deeper, nested]
)
async def test_encryption_wraps_nobody_elses_words(attack: Callable[[Element], None]):
    root = signed()
    attack(root)
    with pytest.raises(ProofInvalid):
        await claims_of(again(root))


async def test_signed_response_does_not_vouch_for_another_assertion_put_in():
    root = hidden(unsigned())
    sign(root, signer())
    forged = unsigned(name_id="sub-victim", assertion_id="_evil")
    other = encrypt(assertion_of(forged), ours()[1])
    root.replace(root.find("saml:EncryptedAssertion", NS), other)
    await refused(again(root), "none of the provider's certificates")


async def test_changed_bytes_are_refused_with_the_same_words_as_a_wrong_key():
    root = hidden(signed())
    value = root.findall(".//{http://www.w3.org/2001/04/xmlenc#}CipherValue")[-1]
    raw = bytearray(base64.b64decode("".join(value.text.split())))
    raw[20] ^= 1
    value.text = base64.b64encode(bytes(raw)).decode()
    await refused(root, "it could not be decrypted")
    foreign = signed()
    encrypt(assertion_of(foreign), signer("somebody else").certificate)
    await refused(again(foreign), "it could not be decrypted")


def test_own_metadata_publishes_the_key_for_encryption_when_it_is_wanted():
    _, certificate = ours()
    for signs, decrypts, uses in ((True, False, ["signing"]), (False, True, ["encryption"]), (True, True, 2)):
        text = own_metadata("us", "https://ai.test/back", certificate, signs_requests=signs, decrypts=decrypts)
        found = [one.get("use") for one in etree.fromstring(text.encode()).iter("{*}KeyDescriptor")]
        assert found == uses or len(found) == uses
        assert ("aes256-gcm" in text) is decrypts
        assert f'AuthnRequestsSigned="{str(signs).lower()}"' in text
