"""What OpenAI added to chat completions and other hosts of the format do not know: found in a request, and taken out of
it where that changes nothing about the answer.

Format: https://platform.openai.com/docs/api-reference/chat/create, read 2026-11.
"""

import re
from typing import Literal

import msgspec

from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_body import FilePart
from powerautomation.gateway.dialects.openai_history import document_part
from powerautomation.gateway.dialects.openai_request import file_document
from powerautomation.gateway.dialects.ports import Peek, Target
from powerautomation.gateway.dialects.request_fields import Fields, decode_fields, encode_fields
from powerautomation.gateway.families import Family

_Raw = msgspec.Raw
# Who keeps what under which label, and hints: an answer means the same without them.
_BOOKKEEPING = ("store", "metadata", "service_tier", "prediction", "verbosity", "prompt_cache_retention")
_FIELDS = (*_BOOKKEEPING, "modalities", "audio", "web_search_options")
# Inside JSON strings quotes are escaped, so this is the field.
_ADDRESS = re.compile(rb'"(?:image_)?url"\s*:\s*"https?:')
_PARTS = frozenset({"refusal", "input_audio", "file"})
_PARTS_AND_IMAGES = _PARTS | {"image_url"}
_NOTHING = (b"", b"null", b"[]", b"{}", b"false")


class _Typed(msgspec.Struct, gc=False):
    type: str = ""


class _Turn(msgspec.Struct, gc=False):
    role: str = ""
    content: _Raw = _Raw()
    tool_calls: list[_Typed] | None = None
    function_call: _Raw = _Raw()
    audio: _Raw = _Raw()
    refusal: _Raw = _Raw()


class _Held(msgspec.Struct, gc=False):
    messages: list[_Turn] = []
    tool_choice: _Raw = _Raw()
    store: _Raw = _Raw()
    metadata: _Raw = _Raw()
    service_tier: _Raw = _Raw()
    prediction: _Raw = _Raw()
    verbosity: _Raw = _Raw()
    prompt_cache_retention: _Raw = _Raw()
    modalities: _Raw = _Raw()
    audio: _Raw = _Raw()
    web_search_options: _Raw = _Raw()


_held = msgspec.json.Decoder(_Held).decode
_lists = msgspec.json.Decoder(list[_Raw]).decode
_parts = msgspec.json.Decoder(list[_Typed]).decode
_choices = msgspec.json.Decoder(_Typed).decode


def extras_in(body: bytes, peek: Peek, family: Family) -> Literal["", "restated", "fields"]:
    """Say what a request holds that these hosts do not know: tools told of in another form (the older one, freeform
    tools, a choice among some), so that it must be told anew, or fields and parts that can be taken out. One pass over
    the body, on the hot path. Raises msgspec.DecodeError."""
    known = family.chat_extras
    if known is None:
        return ""
    held = _held(body)
    if "tools" not in known and (peek.restated_tools or _is_restated(held)):
        return "restated"
    kinds = _PARTS if family.reads_image_urls else _PARTS_AND_IMAGES
    if any(len(memoryview(getattr(held, name))) for name in _FIELDS):
        return "fields"
    if any(_has_extras(turn, kinds) for turn in held.messages):
        return "fields"
    return ""


def _is_restated(held: _Held) -> bool:
    if bytes(memoryview(held.tool_choice)[:1]) == b"{" and _choices(held.tool_choice).type not in ("", "function"):
        return True
    return any(
        turn.role == "function"
        or bytes(turn.function_call) not in _NOTHING
        or (turn.tool_calls and any(call.type == "custom" for call in turn.tool_calls))
        for turn in held.messages
    )


def _has_extras(turn: _Turn, kinds: frozenset[str]) -> bool:
    if len(memoryview(turn.refusal)) or len(memoryview(turn.audio)) or len(memoryview(turn.function_call)):
        return True
    if bytes(memoryview(turn.content)[:1]) != b"[":
        return False
    return any(part.type in kinds for part in _parts(turn.content))


def take_out_extras(fields: Fields, target: Target) -> None:
    """Take out what changes nothing about the answer, and note it; a refusal the model gave becomes the text it is.
    Raises InvalidRequest for what would change the answer, and msgspec.DecodeError."""
    known = target.family.chat_extras or ()
    if "bookkeeping" not in known:
        for name in _BOOKKEEPING:
            if bytes(fields.pop(name, _Raw())) not in _NOTHING:
                target.adapted.append(name)
    if "audio" not in known:
        if bytes(fields.get("modalities", b"")) not in _NOTHING and "audio" in msgspec.json.decode(
            fields["modalities"], type=list[str]
        ):
            raise _refusal(target, "modalities", "gives no audio")
        if bytes(fields.pop("audio", _Raw())) not in _NOTHING:
            raise _refusal(target, "audio", "gives no audio")
        fields.pop("modalities", None)
    if "web_search" not in known and bytes(fields.pop("web_search_options", _Raw())) not in _NOTHING:
        raise _refusal(target, "web_search_options", "does not search the web by itself")
    turns = [_fit_turn(decode_fields(turn), target, known) for turn in _lists(fields["messages"])]
    fields["messages"] = _Raw(encode_fields(turns))


def _refusal(target: Target, field: str, what: str) -> InvalidRequest:
    return InvalidRequest(
        f"{target.model} {what}, which {field} asks for.",
        action=f"Leave out {field}, or ask for a model that can.",
        fields={field: what},
    )


def _fit_turn(turn: Fields, target: Target, known: tuple[str, ...]) -> Fields:
    # SDKs send back what the last answer held, and that is mostly null.
    for name in ("refusal", "audio", "function_call"):
        if name in turn and bytes(turn[name]) == b"null":
            del turn[name]
    if "audio" in turn and "audio" not in known:
        raise InvalidRequest(
            f"{target.model} cannot be told an answer that was given as audio.",
            action="Send its text as the content of the message.",
        )
    content = bytes(turn.get("content", b""))
    if content.startswith(b"["):
        turn["content"] = _Raw(encode_fields([_fit_part(part, target, known) for part in _lists(content)]))
    if "refusal" in turn and "refusals" not in known:
        refused = turn.pop("refusal")
        if content in (b"", b"null", b'""'):
            turn["content"] = refused
        else:
            target.adapted.append("messages.refusal")
    return turn


def _fit_part(part: _Raw, target: Target, known: tuple[str, ...]) -> _Raw:
    kind = _choices(part).type
    if kind == "input_audio" and "audio" not in known:
        raise InvalidRequest(
            f"{target.model} cannot hear audio (input_audio).", action="Send text, or ask for a model that can."
        )
    if kind == "file":
        document = file_document(msgspec.json.decode(part, type=FilePart).file)
        return _Raw(encode_fields(document_part(document, target)))
    if kind == "image_url" and not target.family.reads_image_urls and _ADDRESS.search(memoryview(part)):
        raise InvalidRequest(
            f"{target.model} does not fetch images from URLs.", action="Send the image itself, base64 encoded."
        )
    if kind == "refusal" and "refusals" not in known:
        return _Raw(encode_fields({"type": "text", "text": decode_fields(part)["refusal"]}))
    return part
