"""One attempt at one deployment: where it goes and what it found out."""

import time
from typing import TYPE_CHECKING

from powerautomation.gateway.dialects import (
    Event,
    Failed,
    Finished,
    StreamDecoder,
    StreamScanner,
    Target,
    TextDelta,
    ThinkingDelta,
    ToolArgumentsDelta,
    UpstreamFailure,
    Usage,
    UsageReported,
    has_token,
)
from powerautomation.gateway.providers import AS_ASKED, Deployment, family_at
from powerautomation.gateway.thoughts import Listener

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.continuation import Continuation


class Attempt:
    """What one attempt found out: usage, first token, outcome. Written to the ledger when it ends, however it ends."""

    __slots__ = (
        "decoder", "deployment", "failure", "first_token_at", "heard", "output_characters", "output_events",
        "prompt_tokens", "relayed", "resumed", "scanner", "sent", "started", "started_ms", "status", "told_all",
        "usage", "window_at", "window_tokens",
    )  # fmt: skip

    def __init__(self, deployment: Deployment, resumed: "Continuation | None" = None) -> None:
        self.deployment = deployment
        self.resumed = resumed
        self.started = time.perf_counter()
        self.started_ms = time.time_ns() // 1_000_000
        self.first_token_at = 0.0
        self.output_events = 0
        self.output_characters = 0
        self.status = 0
        self.sent = False
        self.usage: Usage | None = None
        self.failure: UpstreamFailure | None = None
        self.heard: Listener | None = None
        self.scanner: StreamScanner | None = None
        self.decoder: StreamDecoder | None = None
        # True when a stream was read to its end although its client had left: its usage is whole.
        self.told_all = False
        self.relayed = 0
        # Ours, where the upstream did not tell how many tokens the prompt had.
        self.prompt_tokens: int | None = None
        # Since when, and from how many tokens on, the slow-stream guard counts.
        self.window_at = 0.0
        self.window_tokens = 0

    def tokens_so_far(self) -> int:
        """Return the likely tokens of what was answered: at least one an event, about one for four characters. Events
        before the first token only open the stream."""
        if not self.first_token_at:
            return 0
        if self.scanner is not None:
            self.note_scanned(self.scanner)
        return max(self.output_events, self.output_characters // 4)

    def note(self, events: list[Event]) -> bool:
        """Remember usage and failure of an upstream's events; say whether the answer ended."""
        ended = False
        if self.heard is not None:
            self.heard.hear(events)
        for event in events:
            # Types are silenced below: classes are compared by identity, for speed, and mypy cannot follow that.
            kind = type(event)
            if kind is UsageReported:
                self.usage = event.usage  # type: ignore[union-attr]
            elif kind is Failed:
                self.failure = event.failure  # type: ignore[union-attr]
            elif kind is Finished:
                ended = True
            elif has_token(event):
                self.output_events += 1
                if kind is TextDelta or kind is ThinkingDelta:
                    self.output_characters += len(event.text)  # type: ignore[union-attr]
                elif kind is ToolArgumentsDelta:
                    self.output_characters += len(event.partial_json)  # type: ignore[union-attr]
        return ended

    def take_in(self, chunk: bytes | None) -> None:
        """Look at more of a stream that nobody is sent any more; None at its end."""
        if self.scanner is not None:
            self.relayed += len(self.scanner.feed(chunk) if chunk is not None else self.scanner.finish())
            self.note_scanned(self.scanner)
            self.told_all = self.scanner.finished
        elif self.decoder is not None:
            self.told_all = self.note(self.decoder.feed(chunk) if chunk is not None else self.decoder.finish())
            self.failure = None

    def note_scanned(self, scanner: StreamScanner) -> None:
        """Remember what a scanner saw. The answer's size is only looked at when the upstream never told its usage: what
        was relayed, less the frame around each event and what carried no text."""
        self.usage = scanner.usage
        self.output_events = scanner.output_events
        text_bytes = self.relayed - scanner.other_bytes - scanner.frame_bytes * scanner.output_events
        self.output_characters = max(0, text_bytes)


def target_of(deployment: Deployment, asked_model: str) -> Target:
    """Return the upstream's name of the model and the facts of its family."""
    if deployment.model == AS_ASKED:
        provider = deployment.provider
        return Target(asked_model, family_at(provider.preset, provider.base_url, asked_model, provider.dialect))
    return Target(deployment.model, deployment.family)
