"""Joins the rest of an answer to what the client has of it already: nothing twice, nothing in between."""

from collections.abc import Iterable, Sequence
from typing import Literal

from powerautomation.gateway.dialects import (
    Event,
    Failed,
    Finished,
    RedactedThinking,
    Started,
    TextDelta,
    ThinkingDelta,
    ThinkingSignature,
    UpstreamFailure,
    Usage,
    UsageReported,
)

How = Literal["prefill", "instruction", "again"]
# A model told to continue often repeats the end of what it sees. Shorter likenesses are chance.
LEAST_REPEATED = 16
MOST_COMPARED = 64 * 1024
_THINKING = frozenset({ThinkingDelta, ThinkingSignature, RedactedThinking})


def summed(usages: Iterable[Usage]) -> Usage:
    """Return the sum of several usages; it is an estimate when one of them is."""
    total = [0] * 6
    estimated = False
    tier = ""
    for usage in usages:
        estimated = estimated or usage.estimated
        tier = usage.service_tier or tier
        counts = (
            usage.input_tokens, usage.cached_input_tokens, usage.cache_write_5m_tokens, usage.cache_write_1h_tokens,
            usage.output_tokens, usage.reasoning_tokens,
        )  # fmt: skip
        total = [one + more for one, more in zip(total, counts, strict=True)]
    return Usage(total[0], total[1], total[2], total[3], total[4], total[5], estimated, tier)


class Joiner:
    """Takes the events of whoever continues an answer, and returns what the client still lacks.

    ``said`` is the text the client has, ``how`` it was continued, ``before`` the usage of what came before. Thinking
    about a text that has begun already is not shown: it would stand in its middle. ``failure`` is set when what came is
    no continuation but the answer all over in other words: the client would get its beginning twice.
    """

    def __init__(self, said: str, how: How, before: Usage) -> None:
        self.before = before
        self.failure: UpstreamFailure | None = None
        self._how = how
        self._said = said[-MOST_COMPARED:]
        self._beginning = said[:MOST_COMPARED]
        # A prefix is sent without the space at its end, which then comes again.
        self._space = "" if how == "instruction" else said[len(said.rstrip()) :]
        self._waiting = ""
        self._joined = not said

    def tolerated(self, events: list[Event]) -> list[Event]:
        """Return the events of an upstream, where an empty answer is none: there may be nothing left to say."""
        if not events or type(events[-1]) is not Failed or "empty" not in events[-1].failure.message:
            return events
        return [*events[:-1], Finished("stop")]

    def restore(self, events: Sequence[Event]) -> list[Event]:
        """Return what of these events the client gets."""
        passed: list[Event] = []
        for event in events:
            kind = type(event)
            if isinstance(event, TextDelta):
                text = event.text if self._joined else self._join(event.text)
                if text and self.failure is None:
                    passed.append(TextDelta(text))
            elif isinstance(event, UsageReported):
                passed.append(UsageReported(summed((self.before, event.usage))))
            elif kind is not Started and not (kind in _THINKING and self._how != "again"):
                if not self._joined and kind not in _THINKING:
                    text = self._release()
                    passed += [TextDelta(text)] if text else []
                passed.append(event)
        return passed

    def _join(self, text: str) -> str:
        """Return what of the waiting text is new, once that can be told."""
        self._waiting += text
        if self._how == "instruction" and self._waiting in self._said:
            return ""
        if len(self._waiting) < len(self._space) and self._space.startswith(self._waiting):
            return ""
        return self._release()

    def _release(self) -> str:
        self._joined = True
        text, self._waiting = self._waiting, ""
        if self._how == "instruction":
            repeated = _overlap(self._said, text)
            if not repeated and _shared(self._beginning, text) >= LEAST_REPEATED:
                self.failure = UpstreamFailure("invalid_answer", "it began its answer anew", code="began_anew")
                return ""
            return text[repeated:]
        return text[_shared(text, self._space) :]


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    most = min(len(one), len(other))
    return next((at for at in range(most) if one[at] != other[at]), most)


def _overlap(said: str, text: str) -> int:
    """Return how many characters at the beginning of ``text`` repeat the end of ``said``: the most there are, and none
    when they are so few that it may be chance."""
    least = min(LEAST_REPEATED, len(said))
    return next((size for size in range(min(len(said), len(text)), least - 1, -1) if said.endswith(text[:size])), 0)
