"""The dialect ``openai-responses``: what Codex and the newer OpenAI SDKs speak."""

from collections.abc import Mapping, Sequence

from powerautomation.gateway.dialects import (
    openai_failure,
    openai_responses_answer,
    openai_responses_forward,
    openai_responses_request,
)
from powerautomation.gateway.dialects.entities import ChatRequest, Event, UpstreamFailure, Usage
from powerautomation.gateway.dialects.openai_responses_decoder import ResponsesStreamDecoder
from powerautomation.gateway.dialects.openai_responses_encode import encode_request
from powerautomation.gateway.dialects.openai_responses_encoder import ResponsesStreamEncoder, encode_answer
from powerautomation.gateway.dialects.openai_responses_scanner import ResponsesStreamScanner
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


class _OpenAiResponses:
    name = "openai-responses"

    def chat_path(self, model: str, *, stream: bool) -> str:
        return "/responses"

    def peek(self, body: bytes) -> Peek:
        return openai_responses_request.peek(body)

    def decode_request(self, body: bytes) -> ChatRequest:
        return openai_responses_request.decode_request(body)

    def encode_request(self, request: ChatRequest, target: Target) -> bytes:
        return encode_request(request, target)

    def forward_request(self, body: bytes, peek: Peek, target: Target) -> bytes:
        return openai_responses_forward.forward_request(body, peek, target)

    def lacks_signature(self, body: bytes) -> bool:
        return False

    def needs_repair(self, peek: Peek, family: Family) -> bool:
        return False

    def upstream_headers(self, api_key: str, client_headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
        # No header of the client means anything to these hosts, and its credentials must never reach them.
        headers = [("content-type", "application/json")]
        if api_key:
            headers.append(("authorization", f"Bearer {api_key}"))
        return headers

    def answer_events(self, body: bytes, reply: Reply, family: Family) -> list[Event]:
        return openai_responses_answer.answer_events(body, reply)

    def answer_usage(self, body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
        return openai_responses_answer.answer_usage(body)

    def encode_answer(self, events: Sequence[Event], reply: Reply) -> bytes:
        return encode_answer(events, reply)

    def stream_decoder(self, reply: Reply, family: Family) -> StreamDecoder:
        return ResponsesStreamDecoder(reply)

    def stream_encoder(self, reply: Reply) -> StreamEncoder:
        return ResponsesStreamEncoder(reply)

    def stream_scanner(self, reply: Reply) -> StreamScanner:
        return ResponsesStreamScanner()

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamFailure:
        return openai_failure.decode_failure(status, headers, body)

    def encode_problem(self, problem: Problem, request_id: str) -> tuple[int, bytes]:
        return openai_failure.encode_problem(problem, request_id)


def number_on(encoder: StreamEncoder, scanner: StreamScanner) -> None:
    """Let the error that ends a stream which passed through be numbered on, where its dialect numbers events."""
    if isinstance(encoder, ResponsesStreamEncoder) and isinstance(scanner, ResponsesStreamScanner):
        encoder.number_on(scanner.response_id, scanner.next_number())


OPENAI_RESPONSES: Dialect = _OpenAiResponses()
