"""Embeddings in Google's format: ``embedContent`` for one text, ``batchEmbedContents`` for many.

Format: https://ai.google.dev/api/embeddings (read 2026-11), and the Google Gen AI SDK, which always sends a batch.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from powerautomation.gateway.dialects.embeddings import Embeddings, EmbeddingsRequest
from powerautomation.gateway.dialects.entities import ChatRequest, Event, UpstreamFailure, Usage
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.gemini import Gemini
from powerautomation.gateway.dialects.gemini_failure import WireError, failure_of_error
from powerautomation.gateway.dialects.gemini_fields import Fields, fail, fields_of, list_of, text_of, whole_number_of
from powerautomation.gateway.dialects.ports import Peek, Reply, Target
from powerautomation.gateway.families import Family

NAME = "gemini-embeddings"
# What Google takes in one batch; more is refused there.
MOST_TEXTS = 100
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_SETTINGS = frozenset({"taskType", "title", "outputDimensionality"})
_ONE = _SETTINGS | {"model", "content", "embedContentConfig"}
_CONTENT = frozenset({"role", "parts"})
_EMPTY = UpstreamFailure("invalid_answer", "its answer holds no embeddings", code="empty_answer")
_ILLEGIBLE = UpstreamFailure("invalid_answer", "its answer could not be read", code="illegible_answer")
_INCOMPLETE = UpstreamFailure("invalid_answer", "its answer lacks vectors", code="illegible_answer")


class _Vector(msgspec.Struct, gc=False):
    values: list[float]


class _Count(msgspec.Struct, gc=False, rename="camel"):
    prompt_token_count: int | None = None


class _Gist(msgspec.Struct, gc=False, rename="camel"):
    """An answer without its numbers, which are many."""

    embedding: msgspec.Raw = msgspec.Raw()
    embeddings: list[msgspec.Raw] | None = None
    usage_metadata: _Count | None = None
    error: WireError | None = None


_gists = msgspec.json.Decoder(_Gist)
_vector = msgspec.json.Decoder(_Vector)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_lists = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


class GeminiEmbeddings(Gemini):
    """Embeddings; ``many`` in one request, or one."""

    name = NAME

    def __init__(self, *, many: bool) -> None:
        self._many = many

    def chat_path(self, model: str, *, stream: bool) -> str:
        method = "batchEmbedContents" if self._many else "embedContent"
        return f"/models/{quote(model.removeprefix('models/'), safe='')}:{method}"

    def peek(self, body: bytes) -> Peek:
        """Return the gist of a request. Raises InvalidRequest for what cannot be one."""
        wanted = "requests" if self._many else "content"
        try:
            fields = _fields.decode(body)
            body.decode()
        except _UNREADABLE as error:
            raise InvalidRequest(f"The request body is not an embeddings request: {error}.") from None
        if bytes(fields.get(wanted, b"")) in (b"", b"null", b"[]", b"{}"):
            raise InvalidRequest(f"The request has no {wanted}.")
        return Peek("", operation="embeddings")

    def decode_request(self, body: bytes) -> ChatRequest:
        """Refuse: nothing but embeddings can stand for embeddings."""
        raise InvalidRequest("Embeddings cannot be had from the model that serves this request.")

    def forward_request(self, body: bytes, peek: Peek, target: Target) -> bytes:
        """Return the request with the upstream's name of the model wherever a model is named."""
        name = msgspec.Raw(msgspec.json.encode(f"models/{target.model.removeprefix('models/')}"))
        fields = _fields.decode(body)
        if not self._many:
            return body if "model" not in fields else msgspec.json.encode({**fields, "model": name})
        try:
            requests = _lists.decode(fields["requests"])
        except msgspec.DecodeError as error:
            raise InvalidRequest(f"requests: {error}") from None
        fields["requests"] = msgspec.Raw(msgspec.json.encode([{**request, "model": name} for request in requests]))
        return msgspec.json.encode(fields)

    def answer_events(self, body: bytes, reply: Reply, family: Family) -> list[Event]:
        """Return nothing: vectors are no events."""
        return []

    def encode_answer(self, events: Sequence[Event], reply: Reply) -> bytes:
        """Refuse: vectors are never made from events."""
        raise InvalidRequest("Embeddings cannot be had from the model that serves this request.")

    def answer_usage(self, body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
        """Return the prompt's tokens where Google tells them, a failure in the answer, and whether it is good."""
        try:
            gist = _gists.decode(body)
        except _UNREADABLE:
            return None, _ILLEGIBLE, False
        if gist.error is not None:
            return None, failure_of_error(gist.error), False
        if not gist.embeddings and bytes(gist.embedding) in (b"", b"null"):
            return None, _EMPTY, False
        tokens = gist.usage_metadata.prompt_token_count if gist.usage_metadata is not None else None
        return Usage(input_tokens=max(0, tokens)) if tokens is not None else None, None, True

    def read_embeddings_request(self, body: bytes, peek: Peek, adapted: list[str]) -> EmbeddingsRequest:
        """Return what another API can be told. A title goes before its text. Raises InvalidRequest."""
        try:
            root = msgspec.json.decode(body)
        except _UNREADABLE as error:
            raise InvalidRequest(f"The request body is not an embeddings request: {error}.") from None
        if self._many:
            root = fields_of(root, "", frozenset({"requests", "model"}))
            given = [(f"requests[{place}]", one) for place, one in enumerate(list_of(root.get("requests"), "requests"))]
        else:
            given = [("", root)]
        texts: list[str] = []
        task_types: dict[str, None] = {}
        dimensions: dict[int | None, None] = {}
        for path, one in given:
            fields = fields_of(one, path, _ONE)
            asked = text_of(fields, "model", path).removeprefix("models/")
            if asked and asked != peek.model.removeprefix("models/"):
                raise fail(f"{path}.model", "must be the model of the address")
            inner = fields_of(fields.get("embedContentConfig", {}), f"{path}.embedContentConfig", _SETTINGS)
            settings: Fields = {**fields, **inner}
            title = text_of(settings, "title", path)
            if title:
                adapted.append("title")
            texts.append(
                f"{title}\n{_text(fields.get('content'), path)}" if title else _text(fields.get("content"), path)
            )
            if task := text_of(settings, "taskType", path):
                task_types[task] = None
            dimensions[whole_number_of(settings, "outputDimensionality", path, least=1)] = None
        if len(dimensions) > 1:
            raise InvalidRequest(
                "The model that serves this request makes all vectors of a request equally long.",
                action="Give every one of the requests the same outputDimensionality.",
            )
        return EmbeddingsRequest(tuple(texts), next(iter(dimensions)), task_types=tuple(task_types))

    def write_embeddings_request(self, request: EmbeddingsRequest, target: Target) -> bytes:
        """Return a batch. Raises InvalidRequest for more texts than Google takes."""
        if len(request.texts) > MOST_TEXTS:
            raise InvalidRequest(
                f"The model that serves this request embeds at most {MOST_TEXTS} texts at once.",
                action=f"Send at most {MOST_TEXTS} texts in one request.",
            )
        rest: dict[str, object] = {"model": f"models/{target.model.removeprefix('models/')}"}
        if request.dimensions is not None:
            rest["outputDimensionality"] = request.dimensions
        return msgspec.json.encode(
            {"requests": [{**rest, "content": {"parts": [{"text": text}]}} for text in request.texts]}
        )

    def read_embeddings(self, body: bytes, count: int) -> Embeddings | UpstreamFailure:
        """Return the vectors in the order of their texts, or why there are none."""
        usage, failure, _ = self.answer_usage(body)
        if failure is not None:
            return failure
        try:
            vectors = [_vector.decode(raw).values for raw in _gists.decode(body).embeddings or []]
        except _UNREADABLE:
            return _ILLEGIBLE
        if len(vectors) != count:
            return _INCOMPLETE
        return Embeddings(vectors, usage.input_tokens if usage is not None else None)

    def write_embeddings(self, embeddings: Embeddings, request: EmbeddingsRequest, reply: Reply, tokens: int) -> bytes:
        """Return an answer as Google gives it."""
        made = [{"values": vector} for vector in embeddings.vectors]
        answer: dict[str, object] = {"embeddings": made} if self._many else {"embedding": made[0]}
        return msgspec.json.encode({**answer, "usageMetadata": {"promptTokenCount": tokens}})


def _text(content: Any, path: str) -> str:
    where = f"{path}.content" if path else "content"
    if isinstance(content, str):
        parts: list[Any] = [{"text": content}]
    else:
        parts = list_of(fields_of(content, where, _CONTENT).get("parts", []), f"{where}.parts")
    texts = []
    for position, part in enumerate(parts):
        text = part.get("text") if isinstance(part, dict) and len(part) == 1 else None
        if not isinstance(text, str):
            raise fail(f"{where}.parts[{position}]", "the model that serves this request embeds texts only")
        texts.append(text)
    if not any(texts):
        raise fail(where, "holds no text")
    return "\n".join(texts)


GEMINI_EMBEDDINGS = GeminiEmbeddings(many=True)
GEMINI_EMBEDDING = GeminiEmbeddings(many=False)
