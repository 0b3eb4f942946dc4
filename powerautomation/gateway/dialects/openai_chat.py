"""The chat completions dialect, as OpenAI clients speak it and OpenAI-style vendors answer it."""

from collections.abc import Mapping, Sequence

from powerautomation.gateway.dialects import (
    openai_answer,
    openai_failure,
    openai_forward,
    openai_request,
    openai_signatures,
)
from powerautomation.gateway.dialects.entities import ChatRequest, Event, UpstreamFailure, Usage
from powerautomation.gateway.dialects.openai_encode import encode_request
from powerautomation.gateway.dialects.openai_scanner import OpenAiStreamScanner
from powerautomation.gateway.dialects.openai_stream import OpenAiStreamDecoder, OpenAiStreamEncoder
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


class OpenAiChat:
    """Chat completions, in and out."""

    name = "openai-chat"

    def chat_path(self, model: str, *, stream: bool) -> str:
        return "/chat/completions"

    def peek(self, body: bytes) -> Peek:
        return openai_request.peek(body)

    def decode_request(self, body: bytes) -> ChatRequest:
        return openai_request.decode_request(body)

    def encode_request(self, request: ChatRequest, target: Target) -> bytes:
        return encode_request(request, target)

    def forward_request(self, body: bytes, peek: Peek, target: Target) -> bytes:
        return openai_forward.forward_request(body, peek, target)

    def lacks_signature(self, body: bytes) -> bool:
        return openai_signatures.lacks_signature(body)

    def needs_repair(self, peek: Peek, family: Family) -> bool:
        # With tools, such a host may leak markup, and counts its ids anew in each answer; and of tools that were told
        # to it in another form, the client wants the calls in its own.
        restated = peek.restated_tools and family.chat_extras is not None and "tools" not in family.chat_extras
        return peek.tools > 0 and (restated or family.leaks_tool_markup or family.tool_ids == "kimi")

    def upstream_headers(self, api_key: str, client_headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
        # No header of the client means anything to these hosts, and its credentials must never reach them.
        headers = [("content-type", "application/json")]
        if api_key:
            headers.append(("authorization", f"Bearer {api_key}"))
        return headers

    def answer_events(self, body: bytes, reply: Reply, family: Family) -> list[Event]:
        return openai_answer.answer_events(body, reply, family)

    def answer_usage(self, body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
        return openai_answer.answer_usage(body)

    def encode_answer(self, events: Sequence[Event], reply: Reply) -> bytes:
        return openai_answer.encode_answer(events, reply)

    def stream_decoder(self, reply: Reply, family: Family) -> StreamDecoder:
        return OpenAiStreamDecoder(reply, family)

    def stream_encoder(self, reply: Reply) -> StreamEncoder:
        return OpenAiStreamEncoder(reply)

    def stream_scanner(self, reply: Reply) -> StreamScanner:
        return OpenAiStreamScanner(reply)

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamFailure:
        return openai_failure.decode_failure(status, headers, body)

    def encode_problem(self, problem: Problem, request_id: str) -> tuple[int, bytes]:
        return openai_failure.encode_problem(problem, request_id)


OPENAI_CHAT: Dialect = OpenAiChat()
