"""Answers in Google's format: what stands in them, and what it means. Facts:
https://ai.google.dev/api/generate-content (read 2026-11)."""

from typing import Literal

import msgspec

from powerautomation.gateway.dialects.entities import (
    Event,
    Failed,
    Finished,
    TextDelta,
    ThinkingDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    UpstreamFailure,
    Usage,
)
from powerautomation.gateway.dialects.gemini_failure import WireError
from powerautomation.gateway.dialects.tool_ids import AnswerIds

NOTHING = msgspec.Raw()
UNREADABLE_ANSWER = UpstreamFailure("invalid_answer", "its answer could not be read", 200, code="unreadable_answer")
EMPTY = UpstreamFailure("invalid_answer", "its answer was empty", 200, code="empty_answer")
THOUGHT_ONLY = UpstreamFailure(
    "invalid_answer", "it used the whole output limit to think and answered nothing", 200, code="empty_answer"
)
BROKEN = UpstreamFailure("connection", "the stream ended in the middle", 200, code="stream_cut")
TOO_LARGE = UpstreamFailure("invalid_answer", "it sent an event larger than 8 MB", 200)
NAMELESS = UpstreamFailure("invalid_answer", "it called a tool without naming it", 200)

_Reason = Literal["stop", "length", "refusal"]
_REASONS: dict[str, _Reason] = {"STOP": "stop", "MAX_TOKENS": "length"}
_REFUSALS = frozenset(
    {
        "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "MODEL_ARMOR", "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
    }
)  # fmt: skip
# The model went wrong, not the request: another try may do better.
_GONE_WRONG = frozenset(
    {
        "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE", "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE", "NO_IMAGE", "IMAGE_OTHER",
    }
)  # fmt: skip


class _WireStruct(msgspec.Struct, rename="camel", gc=False):
    pass


class FunctionCall(_WireStruct):
    """A call; ``args`` is an object."""

    name: str = ""
    args: msgspec.Raw = NOTHING
    id: str = ""


class ExecutableCode(_WireStruct):
    """Code the model wrote for Google to run."""

    language: str = ""
    code: str = ""


class CodeResult(_WireStruct):
    """What came of it."""

    outcome: str = ""
    output: str = ""


class InlineData(_WireStruct):
    """A picture or a sound the model made."""

    mime_type: str = ""


class WirePart(_WireStruct):
    """One part of an answer."""

    text: str | None = None
    thought: bool = False
    thought_signature: str = ""
    function_call: FunctionCall | None = None
    executable_code: ExecutableCode | None = None
    code_execution_result: CodeResult | None = None
    inline_data: InlineData | None = None


class _Content(_WireStruct):
    parts: list[WirePart] | None = None


class Candidate(_WireStruct):
    """One answer; more than one is never asked for by us."""

    content: _Content | None = None
    finish_reason: str | None = None
    finish_message: str = ""
    index: int = 0


class WireUsage(_WireStruct):
    """Usage as it is on the wire; ``prompt_token_count`` includes cached tokens, ``candidates_token_count`` excludes
    thinking."""

    prompt_token_count: int | None = None
    cached_content_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None


class _PromptFeedback(_WireStruct):
    block_reason: str | None = None
    block_reason_message: str | None = None


class WireAnswer(_WireStruct):
    """A GenerateContentResponse: a whole answer, or one event of a stream."""

    candidates: list[Candidate] | None = None
    prompt_feedback: _PromptFeedback | None = None
    usage_metadata: WireUsage | None = None
    model_version: str | None = None
    response_id: str | None = None
    error: WireError | None = None


decode_chunk = msgspec.json.Decoder(WireAnswer, strict=False).decode


def usage_of(wire: WireUsage) -> Usage:
    """Return token counts as the ledger wants them: always integers, never negative, thinking part of the output."""
    cached = max(wire.cached_content_token_count or 0, 0)
    thoughts = max(wire.thoughts_token_count or 0, 0)
    prompt = (wire.prompt_token_count or 0) + (wire.tool_use_prompt_token_count or 0)
    return Usage(
        input_tokens=max(prompt - cached, 0),
        cached_input_tokens=cached,
        output_tokens=max(wire.candidates_token_count or 0, 0) + thoughts,
        reasoning_tokens=thoughts,
    )


def blocked(answer: WireAnswer) -> UpstreamFailure | None:
    """Return the failure of a prompt that Google would not answer; the caller's, as any other refusal of a request."""
    feedback = answer.prompt_feedback
    if feedback is None or not feedback.block_reason:
        return None
    why = f" ({feedback.block_reason_message})" if feedback.block_reason_message else ""
    return UpstreamFailure("caller", f"Google blocked the prompt: {feedback.block_reason}{why}.", 200, "prompt_blocked")


class PartReader:
    """Turns the parts of an answer, in order, into events."""

    __slots__ = ("_ids", "calls", "spoke", "thought")

    def __init__(self, request_id: str) -> None:
        self._ids = AnswerIds(request_id)
        self.calls = 0
        self.spoke = False
        self.thought = False

    def read(self, candidate: Candidate, events: list[Event]) -> UpstreamFailure | None:
        """Add the events of a candidate's parts; return what is wrong with them, if anything."""
        for part in (candidate.content.parts if candidate.content is not None else None) or ():
            if part.function_call is not None:
                call = part.function_call
                if not call.name:
                    return NAMELESS
                number = self.calls
                self.calls += 1
                identifier = self._ids.of_call(call.id, call.name, number)
                events.append(ToolCallStarted(number, identifier, call.name, part.thought_signature))
                events.append(ToolArgumentsDelta(number, bytes(call.args).decode() or "{}"))
            elif part.text:
                if part.thought:
                    self.thought = True
                    events.append(ThinkingDelta(part.text))
                else:
                    self.spoke = True
                    events.append(TextDelta(part.text))
            elif (told := _told(part)) is not None:
                self.spoke = True
                events.append(TextDelta(told))
        return None

    def ending(self, candidate: Candidate) -> Event:
        """Return how an answer ended that gave a ``finishReason``."""
        word = candidate.finish_reason or "STOP"
        content = self.spoke or self.calls > 0
        if word in _GONE_WRONG or (word in ("OTHER", "FINISH_REASON_UNSPECIFIED") and not content):
            why = f": {candidate.finish_message}" if candidate.finish_message else ""
            return Failed(UpstreamFailure("invalid_answer", f"it ended with {word}{why}"[:500], 200, word.lower()))
        if word in _REFUSALS:
            if not content and not self.thought:
                said = f"Google withheld the answer: {word}."
                return Failed(UpstreamFailure("caller", said, 200, "answer_blocked"))
            return Finished("refusal")
        reason = _REASONS.get(word, "stop")
        if not content and not self.thought:
            return Failed(THOUGHT_ONLY if reason == "length" else EMPTY)
        return Finished("tool_calls" if self.calls and reason == "stop" else reason)


def _told(part: WirePart) -> str | None:
    """Return what Google's own tools did, as text, so that the story stays whole."""
    if part.executable_code is not None:
        code = part.executable_code
        return f"\n```{code.language.lower()}\n{code.code.rstrip()}\n```\n"
    if part.code_execution_result is not None:
        return f"\n```\n{part.code_execution_result.output.rstrip()}\n```\n"
    if part.inline_data is not None:
        return f"[{part.inline_data.mime_type} data, which this API cannot carry]"
    return None
