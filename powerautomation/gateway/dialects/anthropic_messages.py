"""The dialect ``anthropic-messages``: what Claude Code and the Anthropic SDKs speak."""

from collections.abc import Mapping, Sequence

from powerautomation.gateway.dialects import (
    anthropic_answer,
    anthropic_encode,
    anthropic_forward,
    anthropic_peek,
    anthropic_request,
)
from powerautomation.gateway.dialects.anthropic_stream import (
    AnthropicStreamDecoder,
    AnthropicStreamEncoder,
    AnthropicStreamScanner,
)
from powerautomation.gateway.dialects.entities import ChatRequest, Event, UpstreamFailure, Usage
from powerautomation.gateway.dialects.ports import Dialect, Peek, Reply, Target
from powerautomation.gateway.families import Family
from powerautomation.kernel.errors import Problem

VERSION = "2023-06-01"
ANTHROPIC_KEY = "sk-ant-"


class _AnthropicMessages:
    name = "anthropic-messages"

    def chat_path(self, model: str, *, stream: bool) -> str:
        return "/v1/messages"

    def peek(self, body: bytes) -> Peek:
        return anthropic_peek.peek(body)

    def decode_request(self, body: bytes) -> ChatRequest:
        return anthropic_request.decode_request(body)

    def encode_request(self, request: ChatRequest, target: Target) -> bytes:
        return anthropic_encode.encode_request(request, target)

    def forward_request(self, body: bytes, peek: Peek, target: Target) -> bytes:
        return anthropic_forward.forward_request(body, peek, target)

    def lacks_signature(self, body: bytes) -> bool:
        return False

    def needs_repair(self, peek: Peek, family: Family) -> bool:
        # A signature that is not Anthropic's must not reach the client: once the conversation moves on to Anthropic, it
        # would come back as if it were.
        return peek.thinking and not family.signs_thinking

    def upstream_headers(self, api_key: str, client_headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
        headers = [("x-api-key", api_key), ("content-type", "application/json")]
        if not api_key.startswith(ANTHROPIC_KEY):
            # Other vendors' endpoints of this format take a bearer token; Anthropic would refuse a key in that place.
            headers.append(("authorization", f"Bearer {api_key}"))
        version = VERSION
        for name, value in client_headers:
            if name == b"anthropic-version":
                version = value.decode("latin-1")
            elif name == b"anthropic-beta":
                headers.append(("anthropic-beta", value.decode("latin-1")))
        headers.append(("anthropic-version", version))
        return headers

    def answer_events(self, body: bytes, reply: Reply, family: Family) -> list[Event]:
        return anthropic_answer.answer_events(body, signed=family.signs_thinking)

    def answer_usage(self, body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
        return anthropic_answer.answer_usage(body)

    def encode_answer(self, events: Sequence[Event], reply: Reply) -> bytes:
        return anthropic_answer.encode_answer(events, reply)

    def stream_decoder(self, reply: Reply, family: Family) -> AnthropicStreamDecoder:
        return AnthropicStreamDecoder(signed=family.signs_thinking)

    def stream_encoder(self, reply: Reply) -> AnthropicStreamEncoder:
        return AnthropicStreamEncoder(reply)

    def stream_scanner(self, reply: Reply) -> AnthropicStreamScanner:
        return AnthropicStreamScanner()

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamFailure:
        return anthropic_answer.decode_failure(status, headers, body)

    def encode_problem(self, problem: Problem, request_id: str) -> tuple[int, bytes]:
        return anthropic_answer.encode_problem(problem, request_id)


ANTHROPIC_MESSAGES: Dialect = _AnthropicMessages()
