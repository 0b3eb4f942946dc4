"""Puts the thinking of other vendors into the ``encrypted_content`` of a reasoning item and takes it out again.

A client of this dialect keeps a reasoning item without understanding it and sends it back with the next turn. So what
the upstream needs to see again travels there, plainly structured: it says nothing the client was not told anyway. What
OpenAI itself encrypted never begins like this.
"""

import base64
import binascii

import msgspec

from powerautomation.gateway.dialects.entities import Thinking

PREFIX = "pa1."
OPENAI = "openai"


class _Kept(msgspec.Struct, array_like=True, gc=False):
    vendor: str = ""
    text: str = ""
    signature: str = ""
    redacted: str = ""


_kept = msgspec.json.Decoder(_Kept)


def pack(thinking: Thinking) -> str:
    """Return thinking as the text of an ``encrypted_content``."""
    kept = _Kept(thinking.vendor, thinking.text, thinking.signature, thinking.redacted_data)
    return PREFIX + base64.urlsafe_b64encode(msgspec.json.encode(kept)).decode().rstrip("=")


def unpack(content: str, summary: str, identifier: str) -> Thinking:
    """Return the thinking of a reasoning item: ours as it was, another's as its summary with the content as the
    vendor's own signature. Content of ours that was cut or changed counts as none."""
    if not content.startswith(PREFIX):
        return Thinking(summary, content, "", OPENAI if content else "", identifier)
    encoded = content.removeprefix(PREFIX)
    try:
        packed = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        kept = _kept.decode(packed)
    except (binascii.Error, ValueError, RecursionError):
        return Thinking(summary, id=identifier)
    return Thinking(kept.text, kept.signature, kept.redacted, kept.vendor, identifier)
