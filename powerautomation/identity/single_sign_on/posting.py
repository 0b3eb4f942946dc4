"""An answer that a page of a SAML provider has the browser post, and the page of ours that posts it once more."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

_MOST_POSTED_BYTES = 512 * 1024
_STATE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{1,400000}={0,2}")
_SCRIPT = "document.forms[0].submit()"
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>PowerAutomation</title>'
    '<form method="post" action="answer"><input type="hidden" name="RelayState" value="{state}">'
    '<input type="hidden" name="SAMLResponse" value="{text}">'
    "<noscript><button>Continue · 继续 · 繼續</button></noscript></form><script>" + _SCRIPT + "</script></html>"
)
PAGE_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    f"script-src 'sha256-{base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()}'"
)
FORM: dict[str, Any] = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {"RelayState": {"type": "string"}, "SAMLResponse": {"type": "string"}},
                }
            }
        }
    }
}
METADATA: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/samlmetadata+xml": {"schema": {"type": "string"}}}}
}


def page(state: str, text: str) -> str | None:
    """Return the page that posts an answer again by itself; None when it is none."""
    if not _STATE.fullmatch(state) or not _BASE64.fullmatch(text):
        return None
    return _PAGE.format(state=state, text=text)


LOGOUT_FORM: dict[str, Any] = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "properties": {"logout_token": {"type": "string"}}}
            }
        }
    }
}


async def posted(request: Request) -> dict[str, str]:
    """Return a posted answer in our words; empty when it is none, or has a name twice."""
    found = await fields_of(request)
    names = {"RelayState": "state", "SAMLResponse": "SAMLResponse"}
    return {ours: found[theirs] for theirs, ours in names.items() if theirs in found}


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a posted form; empty when it is none, is too large, or has a name twice."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_POSTED_BYTES:
            return {}
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return {}
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return {}
    found = dict(pairs)
    return found if len(found) == len(pairs) else {}
