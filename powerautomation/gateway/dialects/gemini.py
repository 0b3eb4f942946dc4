"""The dialect ``gemini``: what Gemini CLI and the Google Gen AI SDKs speak, and Google answers.

The address says which model is meant and whether to stream; the body does not. So what ``peek`` and ``decode_request``
return leaves both open, and whoever knows the address fills them in.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from powerautomation.gateway.dialects import (
    gemini_answer,
    gemini_failure,
    gemini_forward,
    gemini_peek,
    gemini_request,
)
from powerautomation.gateway.dialects.entities import ChatRequest, Event, UpstreamFailure, Usage
from powerautomation.gateway.dialects.gemini_encode import encode_request
from powerautomation.gateway.dialects.gemini_stream import (
    GeminiStreamDecoder,
    GeminiStreamEncoder,
    GeminiStreamScanner,
)
from powerautomation.gateway.dialects.ports import (
    Dialect,
    Peek,
    Reply,
    StreamDecoder,
    StreamEncoder,
    StreamScanner,
    Target,
)
from powerautomation.gateway.families import Family
from powerautomation.kernel.errors import Problem


class Gemini:
    """Chat, as Google's clients ask for it and Google answers."""

    name = "gemini"

    def chat_path(self, model: str, *, stream: bool) -> str:
        # A client may choose the name, so nothing in it may lead to another address.
        where = f"/models/{quote(model.removeprefix('models/'), safe='')}"
        return f"{where}:streamGenerateContent?alt=sse" if stream else f"{where}:generateContent"

    def peek(self, body: bytes) -> Peek:
        return gemini_peek.peek(body)

    def decode_request(self, body: bytes) -> ChatRequest:
        return gemini_request.decode_request(body)

    def encode_request(self, request: ChatRequest, target: Target) -> bytes:
        return encode_request(request, target)

    def forward_request(self, body: bytes, peek: Peek, target: Target) -> bytes:
        return gemini_forward.forward_request(body, peek, target)

    def lacks_signature(self, body: bytes) -> bool:
        return gemini_forward.lacks_signature(body)

    def needs_repair(self, peek: Peek, family: Family) -> bool:
        return False

    def upstream_headers(self, api_key: str, client_headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
        # No header of the client means anything to Google, and its credentials must never reach it.
        headers = [("content-type", "application/json")]
        if api_key:
            headers.append(("x-goog-api-key", api_key))
        return headers

    def answer_events(self, body: bytes, reply: Reply, family: Family) -> list[Event]:
        return gemini_answer.answer_events(body, reply)

    def answer_usage(self, body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
        return gemini_answer.answer_usage(body)

    def encode_answer(self, events: Sequence[Event], reply: Reply) -> bytes:
        return gemini_answer.encode_answer(events, reply)

    def stream_decoder(self, reply: Reply, family: Family) -> StreamDecoder:
        return GeminiStreamDecoder(reply)

    def stream_encoder(self, reply: Reply) -> StreamEncoder:
        return GeminiStreamEncoder(reply)

    def stream_scanner(self, reply: Reply) -> StreamScanner:
        return GeminiStreamScanner()

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamFailure:
        return gemini_failure.decode_failure(status, headers, body)

    def encode_problem(self, problem: Problem, request_id: str) -> tuple[int, bytes]:
        return gemini_failure.encode_problem(problem, request_id)


GEMINI: Dialect = Gemini()
