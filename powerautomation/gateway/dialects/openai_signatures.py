"""Where Google's own endpoint of this format carries signatures of calls: ``extra_content`` beside ``function``,
sent with the call and wanted back with it (https://ai.google.dev/gemini-api/docs/thought-signatures, 2026-11)."""

import msgspec

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Google(msgspec.Struct, gc=False):
    thought_signature: str = ""


class _Extra(msgspec.Struct, gc=False):
    google: _Google | None = None


class _Called(msgspec.Struct, gc=False):
    extra_content: _Extra | None = None


class _Said(msgspec.Struct, gc=False):
    tool_calls: list[_Called] | None = None


class _History(msgspec.Struct, gc=False):
    messages: list[_Said] = []


_extra = msgspec.json.Decoder(_Extra)
_history = msgspec.json.Decoder(_History)


def signature_of(extra_content: msgspec.Raw) -> str:
    """Return the signature in a call's ``extra_content``; empty where there is none."""
    try:
        google = _extra.decode(extra_content).google
    except _UNREADABLE:
        return ""
    return google.thought_signature if google is not None else ""


def lacks_signature(body: bytes) -> bool:
    """Say whether a turn of a request called tools and its first call came back without Google's signature."""
    if b'"tool_calls"' not in body:
        return False
    try:
        said = _history.decode(body).messages
    except _UNREADABLE:
        return False
    return any(one.tool_calls and one.tool_calls[0].extra_content is None for one in said)
