"""XML from outside: bounded, without anything that could mean one thing to a signature and another to a reader.

``strict`` documents (answers of a provider) have no comment, CDATA section, processing instruction or document type at
all, so text stands whole in its element. Metadata may have comments; they are dropped before anything is read.
"""

import re
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

MOST_BYTES = 256 * 1024
MOST_ELEMENTS = 5000
DEEPEST = 40
LONGEST_TEXT = 2000

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"

_DECLARATION = re.compile(
    rb"""\A<\?xml\s+version=["']1\.0["'](\s+encoding=["'][Uu][Tt][Ff]-8["'])?(\s+standalone=["'](yes|no)["'])?\s*\?>\s*"""
)
_ID_NAMES = frozenset(("id", "Id", "ID", "iD"))


class XmlRefused(Exception):
    """The text is no XML that is read here; the message says why."""


def parse(text: bytes, *, strict: bool = True, most_bytes: int = MOST_BYTES) -> Element:
    """Return the root of a document in UTF-8. Raises XmlRefused."""
    if len(text) > most_bytes:
        raise XmlRefused(f"it is larger than {most_bytes // 1024} KiB")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        raise XmlRefused("it is not in UTF-8") from None
    declared = _DECLARATION.match(text)
    body = text[declared.end() :] if declared else text
    if strict and (b"<!" in body or b"<?" in body):
        raise XmlRefused("it has a comment, a CDATA section, a processing instruction or a document type")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise XmlRefused("it has a document type")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise XmlRefused("it is no well-formed XML, or nested too deeply") from None
    _check_size(root)
    return root


def check_ids(root: Element) -> None:
    """Refuse a document in which an id stands twice: a signature must mean one element. Raises XmlRefused."""
    seen: set[str] = set()
    for element in root.iter():
        if _XML_ID in element.attrib:
            raise XmlRefused("an element has xml:id")
        for name, value in element.attrib.items():
            if str(name).rpartition("}")[2] in _ID_NAMES:
                if value in seen:
                    raise XmlRefused("an ID stands twice")
                seen.add(str(value))


def children(element: Element, namespace: str, name: str) -> list[Element]:
    """Return the direct children of a name."""
    return element.findall(f"{{{namespace}}}{name}")


def only(element: Element, namespace: str, name: str) -> Element:
    """Return the one direct child of a name. Raises XmlRefused."""
    found = children(element, namespace, name)
    if len(found) != 1:
        raise XmlRefused(f"it has {len(found)} {name} where one is needed")
    return found[0]


def text_of(element: Element, most: int = LONGEST_TEXT) -> str:
    """Return the text of an element that has nothing but text, without white space around it. Raises XmlRefused."""
    if len(element):
        raise XmlRefused(f"{etree.QName(element).localname} has elements where text is needed")
    text = (element.text or "").strip()
    if len(text) > most or not text.isprintable():
        raise XmlRefused(f"{etree.QName(element).localname} is too long, or has characters that cannot be shown")
    return text


def _check_size(root: Element) -> None:
    """Walk without recursion: the depth is what is checked."""
    count, level = 0, 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        level += 1 if event == "start" else -1
        count += event == "start"
        if level > DEEPEST:
            raise XmlRefused(f"it is nested more than {DEEPEST} levels deep")
        if count > MOST_ELEMENTS:
            raise XmlRefused(f"it has more than {MOST_ELEMENTS} elements")
