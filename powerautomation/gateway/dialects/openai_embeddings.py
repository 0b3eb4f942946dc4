"""Embeddings, as OpenAI's clients ask for them and OpenAI-style vendors make them: handed on, or told to others.

Format: https://platform.openai.com/docs/api-reference/embeddings/create (read 2026-11).
"""

import base64
import struct
from collections.abc import Sequence

import msgspec

from powerautomation.gateway.dialects.embeddings import Embeddings, EmbeddingsRequest
from powerautomation.gateway.dialects.entities import ChatRequest, Event, UpstreamFailure, Usage
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_answer import WireUsage, usage_of
from powerautomation.gateway.dialects.openai_chat import OpenAiChat
from powerautomation.gateway.dialects.openai_failure import failure_of_error
from powerautomation.gateway.dialects.ports import Peek, Reply, Target
from powerautomation.gateway.families import Family

NAME = "openai-embeddings"
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_EMPTY = UpstreamFailure("invalid_answer", "its answer holds no embeddings", code="empty_answer")
_INCOMPLETE = UpstreamFailure("invalid_answer", "its answer lacks vectors", code="illegible_answer")
_ILLEGIBLE = UpstreamFailure("invalid_answer", "its answer could not be read", code="illegible_answer")


class _Gist(msgspec.Struct, gc=False):
    model: str
    input: str | list[str | int | list[int]]
    stream: bool | None = None
    user: str | None = None


class _Wish(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """What another API can be told. ``user`` only names the client's person."""

    model: str
    input: str | list[str | int | list[int]]
    dimensions: int | None = None
    encoding_format: str | None = None
    stream: bool | None = None
    user: str | None = None


class _Vector(msgspec.Struct, gc=False):
    embedding: list[float]
    index: int = 0


class _Vectors(msgspec.Struct, gc=False):
    data: list[_Vector] | None = None
    usage: WireUsage | None = None


class _Answer(msgspec.Struct, gc=False):
    data: list[msgspec.Raw] | None = None
    usage: WireUsage | None = None
    error: msgspec.Raw = msgspec.Raw()


_gists = msgspec.json.Decoder(_Gist)
_answers = msgspec.json.Decoder(_Answer)
_wishes = msgspec.json.Decoder(_Wish)
_vectors = msgspec.json.Decoder(_Vectors)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


class OpenAiEmbeddings(OpenAiChat):
    """Embeddings. Only OpenAI-style upstreams have them, under the same base URL as their chat."""

    name = NAME

    def chat_path(self, model: str, *, stream: bool) -> str:
        return "/embeddings"

    def peek(self, body: bytes) -> Peek:
        """Return the gist of a request. Raises InvalidRequest for what cannot be one."""
        try:
            gist = _gists.decode(body)
            body.decode()
        except _UNREADABLE as error:
            raise InvalidRequest(f"The request body is not an embeddings request: {error}.") from None
        if not gist.model or not gist.input:
            raise InvalidRequest(f"The request has no {'input' if gist.model else 'model'}.")
        if gist.stream:
            raise InvalidRequest("Embeddings are not streamed.", action="Leave out stream.")
        return Peek(gist.model, session=gist.user or "", operation="embeddings")

    def decode_request(self, body: bytes) -> ChatRequest:
        """Refuse: nothing but embeddings can stand for embeddings."""
        raise InvalidRequest("Embeddings cannot be had from the model that serves this request.")

    def forward_request(self, body: bytes, peek: Peek, target: Target) -> bytes:
        """Return the request with the upstream's name of the model."""
        if peek.model == target.model:
            return body
        fields = _fields.decode(body)
        fields["model"] = msgspec.Raw(msgspec.json.encode(target.model))
        return msgspec.json.encode(fields)

    def lacks_signature(self, body: bytes) -> bool:
        """Say no: there are no calls."""
        return False

    def needs_repair(self, peek: Peek, family: Family) -> bool:
        """Say no: there is nothing to repair."""
        return False

    def answer_events(self, body: bytes, reply: Reply, family: Family) -> list[Event]:
        """Return nothing: vectors are no events."""
        return []

    def encode_answer(self, events: Sequence[Event], reply: Reply) -> bytes:
        """Refuse: vectors are never made from events."""
        raise InvalidRequest("Embeddings cannot be had from the model that serves this request.")

    def answer_usage(self, body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
        """Return the prompt's tokens, a failure hidden in the answer, and whether it is good."""
        try:
            answer = _answers.decode(body)
        except _UNREADABLE:
            return None, _ILLEGIBLE, False
        if bytes(answer.error) not in (b"", b"null"):
            return None, failure_of_error(answer.error), False
        if not answer.data:
            return None, _EMPTY, False
        return usage_of(answer.usage) if answer.usage is not None else None, None, True

    def read_embeddings_request(self, body: bytes, peek: Peek, adapted: list[str]) -> EmbeddingsRequest:
        """Return what another API can be told. Raises InvalidRequest for what it cannot be told."""
        try:
            wish = _wishes.decode(body)
        except _UNREADABLE as error:
            raise InvalidRequest(
                f"This request cannot be told to the vendor of the model that serves it: {error}.",
                action="Send model, input, dimensions and encoding_format only.",
            ) from None
        given = [wish.input] if isinstance(wish.input, str) else wish.input
        texts = tuple(text for text in given if isinstance(text, str) and text)
        if len(texts) != len(given):
            raise InvalidRequest(
                "The model that serves this request embeds texts, and none may be empty; tokens mean nothing to it.",
                action="Send input as a text or an array of texts.",
            )
        if wish.encoding_format not in (None, "float", "base64"):
            raise InvalidRequest("encoding_format must be float or base64.")
        if wish.dimensions is not None and wish.dimensions < 1:
            raise InvalidRequest("dimensions must be at least 1.")
        return EmbeddingsRequest(texts, wish.dimensions, wish.encoding_format == "base64")

    def write_embeddings_request(self, request: EmbeddingsRequest, target: Target) -> bytes:
        """Return a request to this API; it knows no task types, so that they are left out and noted."""
        fields: dict[str, object] = {"model": target.model, "input": request.texts}
        if request.dimensions is not None:
            fields["dimensions"] = request.dimensions
        if request.task_types:
            target.adapted.append("taskType")
        return msgspec.json.encode(fields)

    def read_embeddings(self, body: bytes, count: int) -> Embeddings | UpstreamFailure:
        """Return the vectors in the order of their texts, or why there are none."""
        usage, failure, _ = self.answer_usage(body)
        if failure is not None:
            return failure
        try:
            data = _vectors.decode(body).data or []
        except _UNREADABLE:
            return _ILLEGIBLE
        data.sort(key=lambda vector: vector.index)
        if len(data) != count:
            return _INCOMPLETE
        return Embeddings([vector.embedding for vector in data], usage.input_tokens if usage is not None else None)

    def write_embeddings(self, embeddings: Embeddings, request: EmbeddingsRequest, reply: Reply, tokens: int) -> bytes:
        """Return an answer as OpenAI gives it."""
        data = [
            {"object": "embedding", "index": index, "embedding": _packed(vector) if request.packed else vector}
            for index, vector in enumerate(embeddings.vectors)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return msgspec.json.encode({"object": "list", "data": data, "model": reply.model, "usage": usage})


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


OPENAI_EMBEDDINGS = OpenAiEmbeddings()
