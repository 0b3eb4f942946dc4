"""Answers of a SAML provider: what is taken, and every way in which somebody else's words could be taken for its."""

import base64
import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import xmlsec
from lxml import etree

from powerautomation.identity.single_sign_on.adapters.saml import signature as signatures
from powerautomation.identity.single_sign_on.adapters.saml.adapter import Saml
from powerautomation.identity.single_sign_on.entities import Claims, Trip
from powerautomation.identity.single_sign_on.errors import ProofInvalid, ProviderRefused
from tests.fixtures.saml_responses import (
    ASSERTION,
    DS,
    FORMATS,
    NS,
    assertion_of,
    at,
    finish,
    response,
    sign,
    signer,
)
from tests.unit.identity.single_sign_on.test_rules import provider

ISSUER, AUDIENCE, RECIPIENT = "https://idp.example.com/saml", "https://ai.example.com/metadata", "https://ai.test/back"
TRIP = Trip("state", "nonce-1", "verifier", RECIPIENT)
Element = Any


def options(**more: Any) -> dict[str, Any]:
    given = {
        "entity_id": ISSUER,
        "sso_url": "https://idp.example.com/sso",
        "certificates": [signer().certificate],
        "metadata_url": "",
        "service_entity_id": AUDIENCE,
        "sign_requests": False,
        "own_certificate": "",
        "subject_attribute": "",
        "email_attribute": "",
        "name_attribute": "",
        "groups_attribute": "",
        "proves_email": True,
    }
    return {**given, **more}


def now() -> datetime:
    return datetime.now(UTC)


def unsigned(**more: Any) -> Element:
    given: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "recipient": RECIPIENT,
        "request_id": "_nonce-1",
        "moment": now(),
        "attributes": {"email": ["grace@example.org"], "displayName": ["Grace H"], "groups": ["staff", "admins"]},
    }
    return response(**{**given, **more})


def signed(**more: Any) -> Element:
    """A response whose assertion is signed, as most providers send it."""
    root = unsigned(**more)
    sign(assertion_of(root), signer())
    return again(root)


def again(root: Element) -> Element:
    """The same, as a parser sees it: lxml does not find by name what xmlsec put in."""
    return etree.fromstring(etree.tostring(root))


async def claims_of(answer: Element | bytes, **more: Any) -> Claims:
    text = answer if isinstance(answer, bytes) else etree.tostring(answer)
    return await by_text(base64.b64encode(text).decode(), **more)


async def by_text(text: str, **more: Any) -> Claims:
    given = provider(options=options(**more), kind="saml")
    adapter = Saml(None)  # type: ignore[arg-type]  # nothing is asked outside
    return await adapter.claims_of(given, "", TRIP, {"SAMLResponse": text})


async def refused(answer: Element | bytes, why: str, **more: Any) -> None:
    with pytest.raises(ProofInvalid) as caught:
        await claims_of(answer, **more)
    assert why in caught.value.message, caught.value.message


def replaced(answer: Element, old: str, new: str) -> bytes:
    text = etree.tostring(answer).decode()
    assert old in text
    return text.replace(old, new).encode()


# What is taken


async def test_signed_assertion_becomes_claims():
    claims = await claims_of(signed())
    assert (claims.subject, claims.email, claims.email_verified) == ("sub-grace", "grace@example.org", True)
    assert (claims.name, claims.groups) == ("Grace H", ("staff", "admins"))
    assert claims.attributes["email"] == "grace@example.org"
    assert claims.session.ends_at is None
    assert claims.proof is not None
    assert claims.proof.id == "_assertion-1"
    assert now() < claims.proof.kept_until < now() + timedelta(minutes=12)


async def test_session_ends_with_the_one_at_the_provider():
    root = unsigned()
    statement = assertion_of(root).find("saml:AuthnStatement", NS)
    assert statement is not None
    statement.set("SessionNotOnOrAfter", at(now(), 3600))
    sign(assertion_of(root), signer())
    ends_at = (await claims_of(again(root))).session.ends_at
    assert ends_at is not None
    assert now() + timedelta(minutes=59) < ends_at < now() + timedelta(minutes=61)


@pytest.mark.parametrize("parts", [["response"], ["assertion", "response"]])
async def test_signed_response_becomes_claims(parts):
    root = unsigned()
    for part in parts:
        sign(root if part == "response" else assertion_of(root), signer())
    assert (await claims_of(root)).subject == "sub-grace"


@pytest.mark.parametrize(
    ("kind", "algorithm", "digest"),
    [("rsa2048", "RsaSha512", "Sha512"), ("rsa2048", "RsaSha384", "Sha384"), ("ec", "EcdsaSha256", "Sha256")],
)
async def test_other_good_algorithms_are_taken(kind, algorithm, digest):
    root, by = unsigned(), signer("idp", kind)
    sign(assertion_of(root), by, algorithm=algorithm, digest=digest)
    assert (await claims_of(root, certificates=[by.certificate])).subject == "sub-grace"


async def test_inclusive_prefixes_and_indentation_are_taken():
    root = unsigned()
    sign(assertion_of(root), signer(), prefixes="xs")
    assert (await claims_of(b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root))).name == "Grace H"


async def test_any_of_several_certificates_may_have_signed():
    certificates = [signer("older").certificate, signer("idp", "ec").certificate, signer().certificate]
    assert (await claims_of(signed(), certificates=certificates)).subject == "sub-grace"


async def test_key_in_the_message_changes_nothing():
    root = unsigned()
    sign(assertion_of(root), signer(), key_info=False)
    assert (await claims_of(root)).subject == "sub-grace"


async def test_lines_of_base64_may_be_broken():
    text = base64.encodebytes(etree.tostring(signed())).decode().replace("\n", "\r\n")
    assert (await by_text(text)).subject == "sub-grace"


async def test_names_of_microsoft_are_known():
    schemas = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
    said = {
        f"{schemas}emailaddress": ["grace@example.org"],
        f"{schemas}givenname": ["Grace"],
        f"{schemas}surname": ["H"],
        f"{schemas}name": ["grace@tenant.example"],
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups": ["8c7f"],
    }
    claims = await claims_of(signed(attributes=said))
    assert (claims.email, claims.name, claims.groups) == ("grace@example.org", "Grace H", ("8c7f",))
    assert claims.attributes["groups"] == ["8c7f"]


async def test_named_attributes_decide():
    said = {"uid": ["u-1"], "post": ["g@example.org"], "who": ["G"], "teams": ["a"], "email": ["other@example.org"]}
    claims = await claims_of(
        signed(attributes=said, name_id_format=f"{FORMATS}2.0:nameid-format:transient"),
        subject_attribute="uid",
        email_attribute="post",
        name_attribute="who",
        groups_attribute="teams",
        proves_email=False,
    )
    assert (claims.subject, claims.email, claims.name, claims.groups) == ("u-1", "g@example.org", "G", ("a",))
    assert claims.email_verified is None


async def test_address_as_name_is_the_address():
    claims = await claims_of(
        signed(name_id="g@example.org", name_id_format=f"{FORMATS}1.1:nameid-format:emailAddress", attributes={})
    )
    assert (claims.subject, claims.email) == ("g@example.org", "g@example.org")


@pytest.mark.parametrize(
    ("more", "given", "why"),
    [
        ({"name_id_format": f"{FORMATS}2.0:nameid-format:transient"}, {}, "another one each time"),
        ({"name_id_format": f"{FORMATS}2.0:nameid-format:kerberos"}, {}, "not known here"),
        ({"name_id": ""}, {}, "whom it is about"),
        ({"name_id": "s" * 256}, {}, "whom it is about"),
        ({}, {"subject_attribute": "uid"}, "has 0 values"),
        ({}, {"subject_attribute": "groups"}, "has 2 values"),
    ],
)
async def test_subject_must_be_somebody_for_good(more, given, why):
    await refused(signed(**more), why, **given)


# Who signed, and how


async def test_unsigned_answer_is_refused():
    await refused(unsigned(), "neither the response nor the assertion is signed")


async def test_certificate_of_somebody_else_is_refused_though_the_message_carries_it():
    root = unsigned()
    sign(assertion_of(root), signer("attacker"))
    assert again(root).find(".//ds:X509Certificate", NS) is not None
    await refused(root, "none of the provider's certificates")


async def test_every_signature_must_be_right():
    root = unsigned()
    sign(assertion_of(root), signer("attacker"))
    sign(root, signer())
    await refused(root, "none of the provider's certificates")


@pytest.mark.parametrize(
    ("algorithm", "digest", "why"), [("RsaSha1", "Sha256", "rsa-sha1"), ("RsaSha256", "Sha1", "its digest is")]
)
async def test_sha1_is_refused(algorithm, digest, why):
    root = unsigned()
    sign(assertion_of(root), signer(), algorithm=algorithm, digest=digest)
    await refused(root, why)


async def test_public_certificate_is_no_shared_secret():
    root = unsigned()
    sign(assertion_of(root), signer(), key_info=False)
    root = again(root)
    assertion, signature = assertion_of(root), root.find(".//ds:Signature", NS)
    root.find(".//ds:SignatureMethod", NS).set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    context = xmlsec.SignatureContext()
    certificate = signer().certificate.encode()
    context.key = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, certificate)
    context.register_id(assertion, "ID")
    context.sign(signature)
    await refused(root, "hmac-sha256")


@pytest.mark.parametrize("algorithm", ["", "none", "http://www.w3.org/2000/09/xmldsig#none"])
async def test_no_algorithm_is_refused(algorithm):
    root = signed()
    root.find(".//ds:SignatureMethod", NS).set("Algorithm", algorithm)
    root.find(".//ds:SignatureValue", NS).text = ""
    await refused(root, "only RSA and ECDSA")


async def test_key_of_another_kind_than_the_algorithm_is_not_tried():
    root, by = unsigned(), signer("idp", "ec")
    sign(assertion_of(root), by, algorithm="EcdsaSha256")
    await refused(root, "none of the provider's certificates")


async def test_changed_words_are_refused():
    await refused(replaced(signed(), "sub-grace", "sub-admin"), "none of the provider's certificates")
    await refused(replaced(signed(), "grace@example.org", "admin@example.org"), "none of the provider's certificates")


def _transforms(root: Element, inner: str) -> bytes:
    """Have the signer itself use other transforms: even then they are refused."""
    sign(assertion_of(root), signer())
    root = again(root)
    old = root.find(".//ds:Transforms", NS)
    new = etree.fromstring(f'<ds:Transforms xmlns:ds="{DS}">{inner}</ds:Transforms>')
    old.getparent().replace(old, new)
    return etree.tostring(root)


_ENVELOPED = f'<ds:Transform Algorithm="{DS}enveloped-signature"/>'
_EXCLUSIVE = '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
_SHEET = "http://www.w3.org/1999/XSL/Transform"


@pytest.mark.parametrize(
    "inner",
    [
        _ENVELOPED,
        _EXCLUSIVE,
        _ENVELOPED + _EXCLUSIVE + _EXCLUSIVE,
        _EXCLUSIVE + _ENVELOPED,
        _EXCLUSIVE + _EXCLUSIVE,
        _ENVELOPED
        + f'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><x:stylesheet xmlns:x="{_SHEET}" '
        'version="1.0"><x:template match="/"><x:copy-of select="document(\'file:///etc/passwd\')"/></x:template>'
        "</x:stylesheet></ds:Transform>",
        _ENVELOPED + '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
        "<ds:XPath>not(self::Subject)</ds:XPath></ds:Transform>",
        _ENVELOPED + '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"/>',
        _ENVELOPED + '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/>',
    ],
)
async def test_other_transforms_are_refused(inner):
    await refused(_transforms(unsigned(), inner), "transforms that are not taken")


@pytest.mark.parametrize("uri", [None, "", "#_response-1", "#xpointer(/)", "http://evil.example/a.xml", "file:///a"])
async def test_signature_over_something_else_is_refused(uri):
    root = signed()
    reference = root.find(".//ds:Reference", NS)
    if uri is None:
        del reference.attrib["URI"]
    else:
        reference.set("URI", uri)
    await refused(root, "over something else")


async def test_other_canonical_forms_are_refused():
    root = signed()
    inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    root.find(".//ds:CanonicalizationMethod", NS).set("Algorithm", inclusive)
    await refused(root, "exclusive canonicalization")


async def test_second_reference_is_refused():
    root = signed()
    reference = root.find(".//ds:Reference", NS)
    reference.addnext(copy.deepcopy(reference))
    await refused(root, "must have one reference")


async def test_object_in_a_signature_is_refused():
    root = signed()
    etree.SubElement(root.find(".//ds:Signature", NS), f"{{{DS}}}Object").append(etree.Element("Manifest"))
    await refused(root, "parts that are not taken")


async def test_truncated_hmac_style_parameters_are_refused():
    root = signed()
    etree.SubElement(root.find(".//ds:SignatureMethod", NS), f"{{{DS}}}HMACOutputLength").text = "0"
    await refused(root, "only RSA and ECDSA")


async def test_bytes_that_are_read_are_those_that_were_signed(monkeypatch):
    """Should xmlsec ever say yes to other bytes than those that are read, nothing is read."""
    monkeypatch.setattr(signatures, "_signed_by", lambda *_: True)
    await refused(replaced(signed(), "sub-grace", "sub-admin"), "not what would be read")


# Signature wrapping (XSW 1-8): https://www.usenix.org/conference/usenixsecurity12/technical-sessions/presentation/somorovsky


def _evil(element: Element, *, keep_signature: bool, identifier: str | None) -> Element:
    """A copy that says somebody else."""
    copied = copy.deepcopy(element)
    name_id = copied.find(".//saml:NameID", NS)
    name_id.text = "sub-admin"
    if identifier is not None:
        copied.set("ID", identifier)
    if not keep_signature:
        for one in copied.findall("ds:Signature", NS):
            copied.remove(one)
    return copied


def _xsw1(root: Element) -> Element:
    evil = _evil(root, keep_signature=True, identifier="_evil")
    original = copy.deepcopy(root)
    for one in original.findall("ds:Signature", NS):
        original.remove(one)
    evil.find("ds:Signature", NS).append(original)
    return evil


def _xsw2(root: Element) -> Element:
    evil = _evil(root, keep_signature=True, identifier="_evil")
    original = copy.deepcopy(root)
    for one in original.findall("ds:Signature", NS):
        original.remove(one)
    evil.find("ds:Signature", NS).addprevious(original)
    return evil


def _xsw3(root: Element) -> Element:
    original = assertion_of(root)
    original.addprevious(_evil(original, keep_signature=False, identifier="_evil"))
    return root


def _xsw4(root: Element) -> Element:
    original = assertion_of(root)
    evil = _evil(original, keep_signature=False, identifier="_evil")
    original.addprevious(evil)
    evil.append(original)
    return root


def _xsw5(root: Element) -> Element:
    original = assertion_of(root)
    evil = _evil(original, keep_signature=True, identifier="_evil")
    stripped = copy.deepcopy(original)
    for one in stripped.findall("ds:Signature", NS):
        stripped.remove(one)
    root.replace(original, evil)
    root.append(stripped)
    return root


def _xsw6(root: Element) -> Element:
    original = assertion_of(root)
    evil = _evil(original, keep_signature=True, identifier="_evil")
    stripped = copy.deepcopy(original)
    for one in stripped.findall("ds:Signature", NS):
        stripped.remove(one)
    root.replace(original, evil)
    evil.find("ds:Signature", NS).append(stripped)
    return root


def _xsw7(root: Element) -> Element:
    original = assertion_of(root)
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    original.addprevious(extensions)
    extensions.append(_evil(original, keep_signature=False, identifier="_evil"))
    return root


def _xsw8(root: Element) -> Element:
    original = assertion_of(root)
    evil = _evil(original, keep_signature=True, identifier="_evil")
    stripped = copy.deepcopy(original)
    for one in stripped.findall("ds:Signature", NS):
        stripped.remove(one)
    root.replace(original, evil)
    held = etree.SubElement(evil.find("ds:Signature", NS), f"{{{DS}}}Object")
    held.append(stripped)
    return root


@pytest.mark.parametrize("wrap", [_xsw1, _xsw2])
async def test_wrapped_response_is_refused(wrap: Callable[[Element], Element]):
    root = unsigned()
    sign(root, signer())
    await refused(wrap(again(root)), "not accepted")


@pytest.mark.parametrize("wrap", [_xsw3, _xsw4, _xsw5, _xsw6, _xsw7, _xsw8])
async def test_wrapped_assertion_is_refused(wrap: Callable[[Element], Element]):
    await refused(wrap(signed()), "exactly one assertion, directly in the response")


@pytest.mark.parametrize("wrap", [_xsw3, _xsw4, _xsw5, _xsw6, _xsw7, _xsw8])
async def test_wrapped_assertion_says_nothing_even_when_its_place_is_not_looked_at(wrap, monkeypatch):
    """The second wall: an assertion is found only where it was verified."""
    from powerautomation.identity.single_sign_on.adapters.saml import answer

    monkeypatch.setattr(answer, "_check_shape", lambda root: None)
    try:
        claims = await claims_of(wrap(signed()))
    except ProofInvalid:
        return
    assert claims.subject == "sub-grace"


async def test_second_assertion_is_refused():
    root = signed()
    root.append(_evil(assertion_of(root), keep_signature=False, identifier="_second"))
    await refused(root, "exactly one assertion")


async def test_id_that_stands_twice_is_refused():
    root = signed()
    root.find("samlp:Status", NS).set("ID", "_assertion-1")
    await refused(root, "an ID stands twice")


async def test_id_of_another_spelling_is_an_id_too():
    root = signed()
    root.find("samlp:Status", NS).set("{http://www.w3.org/XML/1998/namespace}id", "_assertion-1")
    await refused(root, "xml:id")
    root = signed()
    root.find("samlp:Status", NS).set("Id", "_assertion-1")
    await refused(root, "an ID stands twice")


async def test_signature_in_another_place_is_refused():
    root = signed()
    root.find("samlp:Status", NS).append(copy.deepcopy(root.find(".//ds:Signature", NS)))
    await refused(root, "where none may be")
    root = signed()
    assertion_of(root).append(copy.deepcopy(root.find(".//ds:Signature", NS)))
    await refused(root, "signed twice")


async def test_encrypted_assertion_is_refused_with_words_that_help():
    root = unsigned()
    root.replace(assertion_of(root), etree.Element(f"{{{ASSERTION}}}EncryptedAssertion"))
    sign(root, signer())
    await refused(root, "switch encryption off at the provider")


# What parsers trip over


@pytest.mark.parametrize(
    "piece", ["<!--x-->", "<?x y?>", "<![CDATA[x]]>"], ids=["comment", "processing instruction", "CDATA"]
)
async def test_text_that_readers_cut_differently_is_refused(piece):
    """The signer has signed ``sub-admin.evil``, and a comment is no part of that; a careless reader stops before it."""
    text = replaced(signed(name_id="sub-admin.evil"), "sub-admin.evil", f"sub-admin{piece}.evil")
    await refused(text, "it has a comment")


@pytest.mark.parametrize(
    "head",
    [
        "<!DOCTYPE r>",
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/evil.dtd">',
        '<?xml version="1.0"?><!DOCTYPE r [<!ATTLIST saml:Assertion Other ID #IMPLIED>]>',
    ],
)
async def test_document_type_is_refused(head):
    await refused(head.encode() + etree.tostring(signed()), "document type")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"not xml",
        b"<a/>",
        b"<a>" * 50 + b"</a>" * 50,
        b"<a>" * 3000 + b"</a>" * 3000,
        b"<a>" + b"<b/>" * 6000 + b"</a>",
        b"<a " + b"x" * 300_000 + b"/>",
        b"\xff\xfe<\x00a\x00/\x00>\x00",
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        b'<?xml version="1.1"?><a/>',
        b"<a>&x;</a>",
        b"<a>\x00</a>",
        b"<a/><b/>",
    ],
)
async def test_what_is_no_answer_is_refused(text):
    await refused(text, "not accepted")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"<a>" * 50 + b"</a>" * 50, "nested more than"),
        (b"<a>" + b"<b/>" * 6000 + b"</a>", "more than 5000 elements"),
        (b"<a>" + b"x" * 262_144 + b"</a>", "larger than 256 KiB"),
    ],
)
async def test_what_is_too_large_is_not_looked_at(text, why):
    await refused(text, why)


@pytest.mark.parametrize("text", ["", "?", "YQ", "YQ==YQ==", "Y Q==", "YQ-_", "A" * 400_000, "\u0430"])
async def test_base64_is_strict(text):
    with pytest.raises(ProofInvalid):
        await by_text(text)


async def test_no_character_of_base64_is_overlooked():
    text = base64.b64encode(etree.tostring(signed())).decode()
    for wrong in (f"{text[:40]}*{text[40:]}", f"{text[:40]} {text[40:]}", f"{text[:40]}-{text[40:]}"):
        with pytest.raises(ProofInvalid, match="not in base64"):
            await by_text(wrong)
    with pytest.raises(ProofInvalid, match="too large"):
        await by_text("A" * 400_000)


# What it says


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"issuer": "https://other.example"}, "issued by"),
        ({"audience": "https://other.example"}, "it is meant for"),
        ({"recipient": "https://evil.example/back"}, "it is sent to"),
        ({"request_id": "_another"}, "another request"),
        ({"moment": timedelta(minutes=-12)}, "issued before this sign-in"),
        ({"moment": timedelta(minutes=-8)}, "expired"),
        ({"moment": timedelta(minutes=3)}, "in the future"),
        ({"assertion_id": ""}, "over something else"),
    ],
)
async def test_answer_for_somebody_else_or_another_time_is_refused(more, why):
    if "assertion_id" in more:
        root = signed()
        del assertion_of(root).attrib["ID"]
    elif "moment" in more:
        # Counted from now, and not from when the tests were collected.
        root = signed(moment=now() + more["moment"])
    else:
        root = signed(**more)
    await refused(root, why)


def _edited(place: str, edit: Callable[[Element], None], **more: Any) -> Element:
    root = unsigned(**more)
    edit(root.find(f".//{place}", NS))
    sign(assertion_of(root), signer())
    return root


@pytest.mark.parametrize(
    ("place", "edit", "why"),
    [
        ("saml:SubjectConfirmationData", lambda one: one.set("Recipient", "https://evil.example"), "its recipient is"),
        ("saml:SubjectConfirmationData", lambda one: one.attrib.pop("Recipient"), "its recipient is"),
        ("saml:SubjectConfirmationData", lambda one: one.set("InResponseTo", "_other"), "another request"),
        ("saml:SubjectConfirmationData", lambda one: one.attrib.pop("InResponseTo"), "another request"),
        ("saml:SubjectConfirmationData", lambda one: one.attrib.pop("NotOnOrAfter"), "does not say when"),
        ("saml:SubjectConfirmationData", lambda one: one.set("NotOnOrAfter", at(now(), -120)), "expired"),
        ("saml:SubjectConfirmationData", lambda one: one.set("NotBefore", at(now(), 120)), "not valid yet"),
        ("saml:SubjectConfirmation", lambda one: one.set("Method", "urn:x:holder-of-key"), "no subject confirmation"),
        ("saml:Conditions", lambda one: one.set("NotBefore", at(now(), 120)), "not valid yet"),
        ("saml:Conditions", lambda one: one.set("NotOnOrAfter", at(now(), -120)), "expired"),
        ("saml:Conditions", lambda one: one.set("NotOnOrAfter", "tomorrow"), "does not say when"),
        ("saml:Conditions", lambda one: one.set("NotOnOrAfter", "2026-13-45T00:00:00Z"), "does not say when"),
        ("saml:Conditions", lambda one: one.remove(one[0]), "whom it is meant for"),
        ("saml:Conditions", lambda one: etree.SubElement(one, f"{{{ASSERTION}}}Condition"), "not known here"),
        ("saml:Conditions", lambda one: one.getparent().remove(one), "0 Conditions"),
        ("saml:AuthnStatement", lambda one: one.getparent().remove(one), "somebody signed in"),
        ("saml:AuthnStatement", lambda one: one.set("SessionNotOnOrAfter", at(now(), -120)), "session"),
        ("saml:Subject", lambda one: one.append(copy.deepcopy(one[0])), "2 NameID"),
        ("saml:NameID", lambda one: etree.SubElement(one, "b"), "elements where text"),
        ("saml:Assertion", lambda one: one.set("Version", "1.1"), "not SAML 2.0"),
        ("saml:Assertion", lambda one: one.set("IssueInstant", ""), "does not say when"),
    ],
)
async def test_assertion_that_does_not_fit_is_refused(place, edit, why):
    await refused(_edited(place, edit), why)


async def test_one_of_several_confirmations_must_fit():
    def add(subject: Element) -> None:
        other = copy.deepcopy(subject.find("saml:SubjectConfirmation", NS))
        other[0].set("Recipient", "https://other.example")
        subject.find("saml:SubjectConfirmation", NS).addprevious(other)

    assert (await claims_of(_edited("saml:Subject", add))).subject == "sub-grace"


async def test_each_audience_restriction_must_name_this_server():
    def add(conditions: Element) -> None:
        other = copy.deepcopy(conditions[0])
        other[0].text = "https://other.example"
        conditions.append(other)

    await refused(_edited("saml:Conditions", add), "it is meant for")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda root: root.set("Destination", "https://evil.example"), "it is sent to"),
        (lambda root: root.set("InResponseTo", "_other"), "another request"),
        (lambda root: root.attrib.pop("InResponseTo"), "another request"),
        (lambda root: root.set("Version", "1.1"), "not SAML 2.0"),
        (lambda root: setattr(root[0], "text", "https://other.example"), "issued by"),
    ],
)
async def test_frame_that_does_not_fit_is_refused_signed_or_not(change, why):
    root = signed()
    change(root)
    await refused(root, why)


async def test_signed_response_must_say_where_it_is_sent():
    root = unsigned()
    del root.attrib["Destination"]
    sign(root, signer())
    await refused(root, "it is sent to nobody")
    root = signed()
    del root.attrib["Destination"]
    assert (await claims_of(root)).subject == "sub-grace"


async def test_no_of_the_provider_is_told_in_its_words():
    root = unsigned(status=f"{FORMATS}2.0:status:Responder")
    etree.SubElement(root.find("samlp:Status", NS), f"{{{NS['samlp']}}}StatusMessage").text = "Locked"
    with pytest.raises(ProviderRefused, match="Responder: Locked"):
        await claims_of(root)


async def test_success_without_an_assertion_is_refused():
    root = signed()
    root.remove(assertion_of(root))
    await refused(root, "no assertion")


def test_helper_signs_what_xmlsec_itself_takes():
    root = unsigned()
    signature = sign(assertion_of(root), signer())
    finish(assertion_of(root), signature, signer())
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(signer().certificate, xmlsec.KeyFormat.CERT_PEM)
    context.register_id(assertion_of(root), "ID")
    context.verify(signature)
