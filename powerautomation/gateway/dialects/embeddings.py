"""Embeddings between vendors: what every API for them has, and what two of them are told of each other."""

from typing import Protocol

import msgspec

from powerautomation.gateway.dialects.entities import UpstreamFailure
from powerautomation.gateway.dialects.ports import Dialect, Peek, Reply, Target


class EmbeddingsRequest(msgspec.Struct, frozen=True):
    """Texts to embed, in order. ``dimensions``: how long a vector may be. ``packed``: vectors as base64 of
    little-endian float32. ``task_types``: what the vectors are for, in Google's words."""

    texts: tuple[str, ...]
    dimensions: int | None = None
    packed: bool = False
    task_types: tuple[str, ...] = ()


class Embeddings(msgspec.Struct, frozen=True):
    """One vector for each text, in order. ``tokens`` None: the vendor did not tell."""

    vectors: list[list[float]]
    tokens: int | None = None


class EmbeddingsDialect(Dialect, Protocol):
    """An API for embeddings, in and out."""

    def read_embeddings_request(self, body: bytes, peek: Peek, adapted: list[str]) -> EmbeddingsRequest:
        """Return what another API can be told of a client's request, and note what was weakened. Raises
        InvalidRequest for what it cannot be told."""

    def write_embeddings_request(self, request: EmbeddingsRequest, target: Target) -> bytes:
        """Return a request to this API, and note what it cannot be told. Raises InvalidRequest."""

    def read_embeddings(self, body: bytes, count: int) -> Embeddings | UpstreamFailure:
        """Return this API's answer to ``count`` texts, or why it is none."""

    def write_embeddings(self, embeddings: Embeddings, request: EmbeddingsRequest, reply: Reply, tokens: int) -> bytes:
        """Return an answer as this API gives it; ``tokens`` of the prompt, counted or estimated."""
