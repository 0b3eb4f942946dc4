"""Signatures of Gemini's format: what Google wants back with a tool call, and how the thinking of others travels there.

A client of this dialect keeps the ``thoughtSignature`` of a part without understanding it and sends it back with the
next turn. So what another vendor needs to see again travels there too, plainly structured: it says nothing the client
was not told anyway. What Google itself signed never begins like this.
"""

import base64
import binascii

import msgspec

from powerautomation.gateway.dialects.entities import Thinking, ToolCall
from powerautomation.gateway.families import Family

GOOGLE = "google"
_MARK = b"pa1."
# Three bytes are four characters of base64, so every signature that begins with the mark begins with these.
OURS = base64.b64encode(_MARK[:3]).decode()


class _Kept(msgspec.Struct, array_like=True, gc=False):
    vendor: str = ""
    text: str = ""
    signature: str = ""
    redacted: str = ""
    id: str = ""


_kept = msgspec.json.Decoder(_Kept)


def pack(thinking: Thinking) -> str:
    """Return thinking as the text of a ``thoughtSignature``."""
    kept = _Kept(thinking.vendor, thinking.text, thinking.signature, thinking.redacted_data, thinking.id)
    return base64.b64encode(_MARK + msgspec.json.encode(kept)).decode()


def unpack(signature: str) -> Thinking | None:
    """Return the thinking a signature of ours holds; None for Google's own, and for one of ours that was changed."""
    if not signature.startswith(OURS):
        return None
    # SDKs decode signatures and encode them again, some with the other alphabet of base64.
    standard = signature.replace("-", "+").replace("_", "/")
    try:
        packed = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        kept = _kept.decode(packed.removeprefix(_MARK))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return Thinking(kept.text, kept.signature, kept.redacted, kept.vendor, kept.id)


def is_ours(signature: str) -> bool:
    """Say whether a signature is one Google would not know."""
    return unpack(signature) is not None


def signature_to_send(call: ToolCall, family: Family, *, first: bool) -> str:
    """Return the ``thoughtSignature`` to send with a call, empty for none; ``first``: of the calls of its turn.

    Some families refuse a turn whose first call has none, so one that got lost on the way, or never was, is replaced by
    the value Google keeps for that; parallel calls after the first have none of their own (vercel/ai 16298). Whoever
    knows better puts the signature into the call before."""
    if call.signature:
        return call.signature
    return family.call_signature if first else ""
