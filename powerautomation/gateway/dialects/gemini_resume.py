"""Goes on with a stream of Google's format that broke off."""

import re
from typing import Any

import msgspec

from powerautomation.gateway.dialects.gemini_stream import GeminiStreamEncoder, payload_in
from powerautomation.gateway.dialects.ports import Reply, Resumed
from powerautomation.gateway.dialects.request_fields import decode_fields, encode_fields, extended, lowered

CALL_MARK = re.compile(rb'"function_?[cC]all":')
_CITED = frozenset({"citationMetadata", "citation_metadata", "groundingMetadata", "grounding_metadata"})
_TEXT_FIELDS = frozenset({"text", "thought", "thoughtSignature", "thought_signature"})
_LIMITS = ("maxOutputTokens", "max_output_tokens")


class _Chunk(msgspec.Struct, rename="camel", gc=False):
    response_id: str = ""
    model_version: str = ""
    candidates: list[dict[str, Any]] = []


_decode = msgspec.json.Decoder(_Chunk, strict=False).decode


def _said(candidate: dict[str, Any]) -> str | None:
    """Return the text of a candidate; None when it holds more than text and thoughts."""
    texts: list[str] = []
    for part in (candidate.get("content") or {}).get("parts") or ():
        if part.keys() - _TEXT_FIELDS:
            return None
        if not part.get("thought"):
            texts.append(part.get("text") or "")
    return None if candidate.get("index") else "".join(texts)


def resume(sent: bytes, reply: Reply) -> Resumed | None:
    """Return how far a client's stream got; None when nobody else could go on with it."""
    texts: list[str] = []
    complete = cited = False
    name = model = ""
    for block in sent.replace(b"\r\n", b"\n").split(b"\n\n"):
        payload = payload_in(block.lstrip(b"\n"))
        if not payload:
            continue
        try:
            chunk = _decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        name, model = chunk.response_id or name, chunk.model_version or model
        for candidate in chunk.candidates:
            text = _said(candidate)
            if text is None:
                return None
            texts.append(text)
            cited = cited or not _CITED.isdisjoint(candidate)
            complete = complete or bool(candidate.get("finishReason"))
    if cited and not complete:
        # Places in the text, and sources only this vendor knows: nobody else's rest would fit them.
        return None
    told = msgspec.structs.replace(reply, request_id=name or reply.request_id, model=model or reply.model)
    return Resumed(GeminiStreamEncoder(told), "".join(texts), b"", complete=complete)


def ask_for_rest(body: bytes, said: str, instruction: str, spent: int) -> bytes:
    """Return the request for what is missing of an answer."""
    fields = decode_fields(body)
    turns: list[object] = [{"role": "model", "parts": [{"text": said}]}]
    if instruction:
        turns.append({"role": "user", "parts": [{"text": instruction}]})
    fields["contents"] = extended(fields["contents"], turns)
    for name in ("generationConfig", "generation_config"):
        if name in fields and bytes(fields[name]) != b"null":
            config = decode_fields(fields[name])
            for limit in _LIMITS:
                lowered(config, limit, spent)
            fields[name] = msgspec.Raw(encode_fields(config))
    return encode_fields(fields)
