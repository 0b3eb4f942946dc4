"""Embeddings, as OpenAI's clients ask for them and OpenAI-style vendors make them: handed on and metered.

Format: https://platform.openai.com/docs/api-reference/embeddings/create (read 2026-11).
"""

from collections.abc import Sequence

import msgspec

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
_ILLEGIBLE = UpstreamFailure("invalid_answer", "its answer could not be read", code="illegible_answer")


class _Gist(msgspec.Struct, gc=False):
    model: str
    input: str | list[str | int | list[int]]
    stream: bool | None = None
    user: str | None = None


class _Answer(msgspec.Struct, gc=False):
    data: list[msgspec.Raw] | None = None
    usage: WireUsage | None = None
    error: msgspec.Raw = msgspec.Raw()


_gists = msgspec.json.Decoder(_Gist)
_answers = msgspec.json.Decoder(_Answer)
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


OPENAI_EMBEDDINGS = OpenAiEmbeddings()
