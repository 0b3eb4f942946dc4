"""What every dialect offers: one translator per dialect to and from the typed model, never one per pair."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from powerautomation.gateway.dialects.entities import ChatRequest, Event, UpstreamFailure, Usage
from powerautomation.gateway.families import Family, output_limit_of
from powerautomation.kernel.errors import Problem

_NAME = re.compile(r"[a-z0-9_-]{1,40}")


class Peek(msgspec.Struct, frozen=True, gc=False):
    """The gist of a request, enough to route it. ``tools`` counts tools; ``session`` is what the client calls its
    conversation, or empty. ``service_tier`` and ``region`` are what it wishes that has a price of its own.
    ``restated_tools``: it tells of its tools in a form that few hosts of its dialect know."""

    model: str
    stream: bool = False
    tools: int = 0
    images: bool = False
    documents: bool = False
    thinking: bool = False
    max_output_tokens: int | None = None
    include_usage: bool = True
    session: str = ""
    operation: Literal["chat", "embeddings"] = "chat"
    service_tier: str = ""
    region: str = ""
    restated_tools: bool = False


def wished(value: object) -> str:
    """Return what a request wishes or an answer grants as the price table knows such, or empty: they are names."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) else ""


class Target(msgspec.Struct, frozen=True, gc=False):
    """Where a request goes: the upstream's id of the model and the facts of its family. Who writes the request notes
    in ``adapted`` which of the client's wishes were weakened or left out; the ledger keeps them. ``prompt_cache``: mark
    what stays the same from turn to turn, for upstreams that keep a prompt only where it is marked. ``reasoning``: what
    the model thought in turns of the history whose client left it out, by the id of the turn's first call.
    ``signatures``: the vendor's own for calls whose client left them out, by the numbers of the assistant's turn and of
    the call in it, both from 0. ``room_tokens``: what the prompt leaves of the context, where the hosts mind."""

    model: str
    family: Family
    adapted: list[str] = []
    prompt_cache: bool = False
    reasoning: Mapping[str, str] = {}
    signatures: Mapping[tuple[int, int], str] = {}
    room_tokens: int | None = None

    def most_output(self) -> int | None:
        """Return the longest answer, in tokens, that may be asked for without being refused; None: not known."""
        limit = output_limit_of(self.model)
        return min(limit, self.room_tokens) if limit and self.room_tokens else limit or self.room_tokens


class Reply(msgspec.Struct, frozen=True, gc=False):
    """What an answer must say of itself: the request's id, the model the client asked for, whether it wants usage.
    ``request`` is the client's body, for dialects whose answers repeat parts of it or name tools as it did."""

    request_id: str
    model: str
    include_usage: bool = True
    request: bytes = b""


class StreamDecoder(Protocol):
    """Turns an upstream's stream into events. The last event is Finished or Failed."""

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that became complete."""

    def finish(self) -> list[Event]:
        """Return what is left when the socket ended: Finished if the answer was complete, else Failed(connection)."""


class StreamEncoder(Protocol):
    """Turns events into the client's stream."""

    def encode(self, events: Sequence[Event]) -> bytes:
        """Return whole server-sent events, possibly none."""

    def keepalive(self) -> bytes:
        """Return bytes that tell the client that work goes on and mean nothing else."""

    def problem(self, problem: Problem) -> bytes:
        """Return the error that ends a stream in the middle."""


class Resumed(msgspec.Struct, frozen=True):
    """How far a client's stream got before it broke off: the ``text`` of the answer so far, an ``encoder`` that goes on
    where it stopped, and ``opening``, what must be said first. ``complete``: nothing is missing but ``opening``."""

    encoder: StreamEncoder
    text: str
    opening: bytes
    complete: bool = False


class StreamScanner(Protocol):
    """Watches a stream that passes in its own dialect. ``frame_bytes``: what an event weighs without its text;
    ``other_bytes``: what events without text weighed."""

    first_token: bool
    finished: bool
    usage: Usage | None
    failure: UpstreamFailure | None
    output_events: int
    frame_bytes: int
    other_bytes: int

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes to hand on now: whole events only."""

    def finish(self) -> bytes:
        """Return what is left when the socket ended."""


class Dialect(Protocol):
    """One API format, in and out."""

    name: str

    def chat_path(self, model: str, *, stream: bool) -> str:
        """Return what follows a provider's base URL in the address of a request for ``model``, the upstream's name."""

    def peek(self, body: bytes) -> Peek:
        """Return the gist of a request. Raises InvalidRequest for what cannot be one."""

    def decode_request(self, body: bytes) -> ChatRequest:
        """Return the whole request. Raises InvalidRequest; nothing is dropped silently."""

    def encode_request(self, request: ChatRequest, target: Target) -> bytes:
        """Return the request of another dialect in this one, adapted to the model. Raises InvalidRequest."""

    def forward_request(self, body: bytes, peek: Peek, target: Target) -> bytes:
        """Return a request of this dialect for this upstream: its bytes, but for the model and what the model needs."""

    def lacks_signature(self, body: bytes) -> bool:
        """Say whether a request's history holds a call of a tool without the signature its vendor gave it, where this
        dialect carries such."""

    def needs_repair(self, peek: Peek, family: Family) -> bool:
        """Say whether answers must go through the events although both sides speak this dialect."""

    def upstream_headers(self, api_key: str, client_headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
        """Return the headers to send: credential, content type, and those of the client that may pass."""

    def answer_events(self, body: bytes, reply: Reply, family: Family) -> list[Event]:
        """Return a whole answer as events, ordered and repaired; the last is Finished or Failed."""

    def answer_usage(self, body: bytes) -> tuple[Usage | None, UpstreamFailure | None, bool]:
        """Return usage, a failure hidden in the answer, and whether it is good. For answers that pass through."""

    def encode_answer(self, events: Sequence[Event], reply: Reply) -> bytes:
        """Return events as one whole answer."""

    def stream_decoder(self, reply: Reply, family: Family) -> StreamDecoder:
        """Return a decoder for one upstream stream."""

    def stream_encoder(self, reply: Reply) -> StreamEncoder:
        """Return an encoder for one client stream."""

    def stream_scanner(self, reply: Reply) -> StreamScanner:
        """Return a scanner for one stream that passes through."""

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamFailure:
        """Return what an upstream's refusal means."""

    def encode_problem(self, problem: Problem, request_id: str) -> tuple[int, bytes]:
        """Return HTTP status and body of an error."""
