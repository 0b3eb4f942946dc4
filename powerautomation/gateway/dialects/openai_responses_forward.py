"""Hands a request of a Responses client on to a Responses host: its own bytes, but for what only this server knows."""

import msgspec

from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_responses_thinking import PREFIX
from powerautomation.gateway.dialects.ports import Peek, Target

_Raw = msgspec.Raw
_encode = msgspec.json.encode
_decode_fields = msgspec.json.Decoder(dict[str, _Raw]).decode
_decode_list = msgspec.json.Decoder(list[_Raw]).decode
_OURS = f'"{PREFIX}'.encode()


class _Thought(msgspec.Struct, gc=False):
    type: str = ""
    encrypted_content: str | None = None


_thoughts = msgspec.json.Decoder(_Thought)


def forward_request(body: bytes, peek: Peek, target: Target) -> bytes:
    """Return the request for this upstream: identical when nothing must change, else with the model's name, and without
    the thinking of other vendors, which OpenAI could not verify. Raises InvalidRequest."""
    foreign = _OURS in body
    if peek.model == target.model and not foreign:
        return body
    try:
        fields = _decode_fields(body)
        if foreign and bytes(memoryview(fields["input"])[:1]) == b"[":
            kept = [item for item in _decode_list(fields["input"]) if not _is_ours(item)]
            fields["input"] = _Raw(_encode(kept))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"The request is not valid: {error}") from None
    fields["model"] = _Raw(_encode(target.model))
    return _encode(fields)


def _is_ours(item: _Raw) -> bool:
    if _OURS not in bytes(item):
        return False
    try:
        thought = _thoughts.decode(item)
    except msgspec.DecodeError:
        return False
    return thought.type == "reasoning" and (thought.encrypted_content or "").startswith(PREFIX)
