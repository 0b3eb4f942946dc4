"""Documents that are text already: every model reads them, as text."""

import base64
import binascii

from powerautomation.gateway.dialects.entities import Document
from powerautomation.gateway.dialects.errors import InvalidRequest


def is_text(media_type: str) -> bool:
    """Say whether a document of this kind can be read as it stands."""
    return media_type.startswith("text/") or media_type == "application/json"


def text_of(document: Document) -> str:
    """Return what a document of text says, and nothing for any other. Raises InvalidRequest when it is not UTF-8."""
    if document.text or not document.data or not is_text(document.media_type):
        return document.text
    try:
        return base64.b64decode(document.data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidRequest("A text document is not base64 of UTF-8 text.") from None
