"""Finding and keeping answers. Nothing here touches the database; the shared cache may be Redis."""

import asyncio

import msgspec

from powerautomation.gateway.answer_cache.entities import CachePolicy, Found, Question, StoredAnswer
from powerautomation.gateway.answer_cache.rules import decode_answer, encode_answer
from powerautomation.gateway.answer_cache.similarity import (
    CharacterNgrams,
    Embedding,
    Vector,
    agree,
    cosine,
    decisive_words,
)
from powerautomation.infrastructure.cache import Cache
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.ids import new_id

MOST_ALIKE = 64
GENERATION_SECONDS = 400 * 86_400.0
_PREFIX = "answers:"


class _Asked(msgspec.Struct, array_like=True):
    """One earlier question in the same context: where its answer is, until when, and what it is compared by."""

    key: str
    ends_ms: int
    words: str
    vector: Vector


_asked_decoder = msgspec.json.Decoder(list[_Asked])


class AnswerCache:
    """One per process over a store that may be shared. What it did is in the ledger, with each request."""

    def __init__(self, store: Cache, embedding: Embedding | None = None) -> None:
        self._store = store
        self._embedding = embedding or CharacterNgrams()
        self._flights: dict[str, asyncio.Future[None]] = {}

    def flight(self, question: Question) -> "asyncio.Future[None] | None":
        """Return what ends when the answer to exactly this question, which this process is having made, is kept or
        will not be; None when nobody is having it made."""
        return self._flights.get(question.key)

    def take_off(self, question: Question) -> "asyncio.Future[None]":
        """Say that this process is having the answer made; whoever says so must ``land``."""
        flight = self._flights[question.key] = asyncio.get_running_loop().create_future()
        return flight

    def land(self, question: Question, flight: "asyncio.Future[None]") -> None:
        """Let those who wait for the answer look, or go on themselves."""
        if not flight.done():
            flight.set_result(None)
        if self._flights.get(question.key) is flight:
            del self._flights[question.key]

    async def find(self, organization_id: str, question: Question, policy: CachePolicy) -> Found | None:
        """Return a stored answer that is young enough: of exactly this question, else, where the route allows it, of
        one much like it in the same context."""
        generation = await self._generation(organization_id)
        answer = await self._answer(f"{generation}:{question.key}", policy)
        if answer is not None:
            return Found(answer, "hit", 1.0)
        if not policy.semantic or not question.text:
            return None
        words = decisive_words(question.text)
        vector = self._embedding.vector(question.text)
        ranked = sorted(
            (
                (cosine(vector, one.vector), one.key)
                for one in await self._asked(generation, question)
                if one.ends_ms > now_ms() and agree(words, one.words)
            ),
            reverse=True,
        )
        for similarity, key in ranked:
            if similarity < policy.similarity:
                break
            answer = await self._answer(f"{generation}:{key}", policy)
            if answer is not None:
                return Found(answer, "semantic", min(1.0, similarity))
        return None

    async def keep(self, organization_id: str, question: Question, policy: CachePolicy, answer: StoredAnswer) -> None:
        """Store an answer for as long as the route says; one that is too large is not stored."""
        encoded = encode_answer(answer)
        if len(encoded) > policy.max_answer_bytes:
            return
        generation = await self._generation(organization_id)
        await self._store.set(f"{_PREFIX}{generation}:{question.key}", encoded, policy.max_age_seconds)
        if not policy.semantic or not question.text:
            return
        known = [
            one for one in await self._asked(generation, question) if one.ends_ms > now_ms() and one.key != question.key
        ]
        ends_ms = now_ms() + int(policy.max_age_seconds * 1000)
        known.append(
            _Asked(question.key, ends_ms, decisive_words(question.text), self._embedding.vector(question.text))
        )
        # Two that write at once lose one of the entries: a later miss, and never a wrong answer.
        await self._store.set(
            self._alike(generation, question), msgspec.json.encode(known[-MOST_ALIKE:]), policy.max_age_seconds
        )

    async def forget(self, organization_id: str) -> None:
        """Make every stored answer of an organization unreachable. Raises CacheUnavailable when the shared store cannot
        be told."""
        await self._store.delete(f"{_PREFIX}generation:{organization_id}")

    async def _generation(self, organization_id: str) -> str:
        """Return what all keys of an organization begin with. A lost one makes its answers unreachable, never those of
        before come back."""
        key = f"{_PREFIX}generation:{organization_id}"
        found = await self._store.get(key)
        if found is not None:
            return found.decode()
        made = new_id("gen")
        await self._store.set(key, made.encode(), GENERATION_SECONDS)
        return made

    async def _answer(self, key: str, policy: CachePolicy) -> StoredAnswer | None:
        stored = await self._store.get(_PREFIX + key)
        answer = decode_answer(stored) if stored is not None else None
        # The route may have become stricter since.
        if answer is None or now_ms() - answer.at_ms > policy.max_age_seconds * 1000:
            return None
        return answer

    def _alike(self, generation: str, question: Question) -> str:
        return f"{_PREFIX}{generation}:alike:{self._embedding.name}:{question.context_key}"

    async def _asked(self, generation: str, question: Question) -> list[_Asked]:
        stored = await self._store.get(self._alike(generation, question))
        if stored is None:
            return []
        try:
            return _asked_decoder.decode(stored)
        except msgspec.MsgspecError:
            return []
