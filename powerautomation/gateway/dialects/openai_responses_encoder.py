"""Turns events into what a Responses client reads: a stream of numbered events, or one whole answer."""

from collections.abc import Sequence

import msgspec

from powerautomation.gateway.dialects.blocks import BlockOrder
from powerautomation.gateway.dialects.entities import (
    Event,
    Failed,
    Finished,
    RedactedThinking,
    Started,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ThinkingSignature,
    ToolArgumentsDelta,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_failure import error_object
from powerautomation.gateway.dialects.openai_responses_answer import response_object, usage_object
from powerautomation.gateway.dialects.openai_responses_request import tool_table
from powerautomation.gateway.dialects.openai_responses_thinking import pack
from powerautomation.gateway.dialects.openai_responses_tools import FreeformReader, ToolTable
from powerautomation.gateway.dialects.ports import Reply
from powerautomation.kernel.errors import Problem

_encode = msgspec.json.encode
_KEEPALIVE = b": keep-alive\n\n"
_INCOMPLETE = {"length": "max_output_tokens", "refusal": "content_filter"}
# What clients of this dialect understand of an error's code (Codex 0.169 retries none of the first two, 2026-11).
_CODES = {
    "context_length_exceeded": "context_length_exceeded",
    "gateway.upstream_rate_limited": "rate_limit_exceeded",
    "gateway.upstream_overloaded": "server_is_overloaded",
}

Json = dict[str, object]


class ResponsesStreamEncoder:
    """Events as a Responses stream: one output item after the other, each opened once and closed once.

    ``response`` is the answer as it stands; after Finished it is whole.
    """

    __slots__ = (
        "_arguments", "_begun", "_freeform", "_item", "_kind", "_order", "_output", "_prefix", "_redacted",
        "_reply", "_sequence", "_signature", "_table", "_texts", "_usage", "response",
    )  # fmt: skip

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._order = BlockOrder()
        self._output: list[Json] = []
        self.response: Json = {}
        self._sequence = 0
        self._begun = False
        self._kind = ""
        self._item: Json = {}
        self._prefix = b""
        self._texts: list[str] = []
        self._arguments: list[str] = []
        self._signature = ""
        self._redacted = ""
        self._freeform: FreeformReader | None = None
        self._table: ToolTable | None = None
        self._usage: Usage | None = None

    def encode(self, events: Sequence[Event]) -> bytes:
        """Return whole server-sent events, possibly none."""
        out: list[bytes] = []
        for event in events:
            # Types are silenced below: classes are compared by identity, for speed, and mypy cannot follow that.
            kind = type(event)
            if kind is UsageReported:
                self._usage = event.usage  # type: ignore[union-attr]
            elif kind is Started:
                self._begin(out)
            elif kind is Finished:
                self._end(event, out)  # type: ignore[arg-type]
            elif kind is Failed:
                failure = event.failure  # type: ignore[union-attr]
                out.append(self.problem(Problem(failure.message, code=f"gateway.upstream_{failure.kind}", status=502)))
            else:
                for content in self._order.add(event):
                    self._content(content, out)
        return b"".join(out)

    def keepalive(self) -> bytes:
        """Return a comment, which clients skip."""
        return _KEEPALIVE

    def problem(self, problem: Problem) -> bytes:
        """Return the error that ends a stream in the middle."""
        if not self.response:
            self.response = response_object(self._reply)
        error = error_object(problem)
        code = _CODES.get(problem.code, "server_error" if problem.status >= 500 else str(error["code"]))
        self.response |= {"status": "failed", "error": {"code": code, "message": error["message"]}}
        self.response["output"] = self._output
        out: list[bytes] = []
        self._say(out, "response.failed", {"response": self.response})
        return b"".join(out)

    def number_on(self, response_id: str, sequence: int) -> None:
        """Go on with a stream whose events came from elsewhere: nothing but an error can follow."""
        self._begun = True
        self.response = response_object(self._reply)
        self.response["id"] = response_id or self.response["id"]
        self._sequence = sequence

    def resume(self, response: Json, sequence: int, output: list[Json]) -> None:
        """Go on with a stream that has said this response, so many events and these finished items."""
        self._begun = True
        self.response, self._sequence, self._output = response, sequence, output

    def resume_message(self, item: Json, texts: list[str], closed: int) -> bytes:
        """Go on with the message that was open; return what ends it when its text (``closed`` 1) or its part (2) has
        ended already."""
        out: list[bytes] = []
        self._kind, self._item, self._texts = "message", item, texts
        if not closed:
            self._prefixed("response.output_text.delta", {"content_index": 0, "logprobs": []})
            return b""
        part = _text_part("".join(texts))
        where = {"item_id": item["id"], "output_index": len(self._output), "content_index": 0}
        if closed == 1:
            self._say(out, "response.content_part.done", {**where, "part": part})
        item["content"] = [part]
        self._close_cut(out)
        return b"".join(out)

    def close_cut_reasoning(self, item: Json, summary: list[Json], text: str | None) -> bytes:
        """Return what ends a reasoning item that was cut: it stays as far as it got, ``text`` is its open part."""
        out: list[bytes] = []
        self._item = item
        if text is not None:
            part: Json = {"type": "summary_text", "text": text}
            where = {"item_id": item["id"], "output_index": len(self._output), "summary_index": len(summary)}
            self._say(out, "response.reasoning_summary_text.done", {**where, "text": text})
            self._say(out, "response.reasoning_summary_part.done", {**where, "part": part})
            summary = [*summary, part]
        item["summary"] = summary
        self._close_cut(out)
        return b"".join(out)

    def _close_cut(self, out: list[bytes]) -> None:
        if "status" in self._item:
            self._item["status"] = "completed"
        self._say(out, "response.output_item.done", {"output_index": len(self._output), "item": self._item})
        self._output.append(self._item)
        self._kind, self._texts = "", []

    # --- events ---------------------------------------------------------------------------------------------------

    def _say(self, out: list[bytes], kind: str, fields: Json) -> None:
        body = _encode({"type": kind, "sequence_number": self._sequence, **fields})
        self._sequence += 1
        out.append(b"event: %b\ndata: %b\n\n" % (kind.encode(), body))

    def _delta(self, out: list[bytes], text: str) -> None:
        """Say more of the open item: the bytes that repeat are made once an item."""
        out.append(b'%b%d,"delta":%b}\n\n' % (self._prefix, self._sequence, _encode(text)))
        self._sequence += 1

    def _begin(self, out: list[bytes]) -> None:
        if self._begun:
            return
        self._begun = True
        self.response = response_object(self._reply)
        self._say(out, "response.created", {"response": self.response})
        self._say(out, "response.in_progress", {"response": self.response})

    def _content(self, event: Event, out: list[bytes]) -> None:
        if isinstance(event, TextDelta):
            if self._kind != "message":
                self._open_message(out)
            self._texts.append(event.text)
            self._delta(out, event.text)
        elif isinstance(event, ToolArgumentsDelta):
            self._add_arguments(event.partial_json, out)
        elif isinstance(event, ThinkingDelta):
            if self._kind != "reasoning" or self._signature or self._redacted:
                self._open_reasoning(out)
            if not self._texts:
                where = {"item_id": self._item["id"], "output_index": len(self._output), "summary_index": 0}
                part = {"type": "summary_text", "text": ""}
                self._say(out, "response.reasoning_summary_part.added", {**where, "part": part})
            self._texts.append(event.text)
            self._delta(out, event.text)
        elif isinstance(event, ToolCallStarted):
            self._open_call(event, out)
        elif isinstance(event, ThinkingSignature):
            if event.vendor != "anthropic":
                return
            if self._kind != "reasoning":
                self._open_reasoning(out)
            self._signature = event.signature
        elif isinstance(event, RedactedThinking):
            self._open_reasoning(out)
            self._redacted = event.data

    # --- items ----------------------------------------------------------------------------------------------------

    def _open(self, kind: str, item: Json, out: list[bytes]) -> None:
        self._begin(out)
        self._close(out)
        self._kind = kind
        self._item = item
        self._say(out, "response.output_item.added", {"output_index": len(self._output), "item": item})

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{self._reply.request_id.removeprefix('req_')}_{len(self._output)}"

    def _prefixed(self, kind: str, fields: Json) -> None:
        where = {"item_id": self._item["id"], "output_index": len(self._output), **fields}
        head = _encode({"type": kind, **where})[:-1]
        self._prefix = b"event: %b\ndata: %b" % (kind.encode(), head) + b',"sequence_number":'

    def _open_message(self, out: list[bytes]) -> None:
        self._close(out)
        item: Json = {"id": self._id("msg"), "type": "message", "status": "in_progress", "role": "assistant"}
        self._open("message", {**item, "content": []}, out)
        where = {"item_id": item["id"], "output_index": len(self._output), "content_index": 0}
        self._say(out, "response.content_part.added", {**where, "part": _text_part("")})
        self._prefixed("response.output_text.delta", {"content_index": 0, "logprobs": []})

    def _open_reasoning(self, out: list[bytes]) -> None:
        self._close(out)
        item: Json = {"id": self._id("rs"), "type": "reasoning", "summary": [], "encrypted_content": None}
        self._open("reasoning", item, out)
        self._prefixed("response.reasoning_summary_text.delta", {"summary_index": 0})

    def _open_call(self, event: ToolCallStarted, out: list[bytes]) -> None:
        self._close(out)
        declared = self._tools().by_name.get(event.name)
        kind = declared.kind if declared is not None else "function"
        name = declared.name if declared is not None else event.name
        spaced: Json = {"namespace": declared.namespace} if declared is not None and declared.namespace else {}
        status: Json = {"status": "in_progress"}
        if kind == "freeform":
            item: Json = {"id": self._id("ctc"), "type": "custom_tool_call", **status, "call_id": event.id}
            self._open(kind, {**item, "name": name, **spaced, "input": ""}, out)
            self._freeform = FreeformReader()
            self._prefixed("response.custom_tool_call_input.delta", {})
        elif kind == "search":
            item = {"id": self._id("tsc"), "type": "tool_search_call", **status, "call_id": event.id}
            self._open(kind, {**item, "execution": "client", "arguments": {}}, out)
        else:
            item = {"id": self._id("fc"), "type": "function_call", **status, "call_id": event.id}
            self._open("function", {**item, "name": name, **spaced, "arguments": ""}, out)
            self._prefixed("response.function_call_arguments.delta", {})

    def _tools(self) -> ToolTable:
        if self._table is None:
            try:
                self._table = tool_table(self._reply.request) if self._reply.request else ToolTable()
            except InvalidRequest:
                self._table = ToolTable()
        return self._table

    def _add_arguments(self, partial: str, out: list[bytes]) -> None:
        self._arguments.append(partial)
        if self._kind == "function":
            self._delta(out, partial)
        elif self._freeform is not None:
            text = self._freeform.feed(partial)
            if text:
                self._delta(out, text)

    def _close(self, out: list[bytes]) -> None:
        if not self._kind:
            return
        kind, item = self._kind, self._item
        where: Json = {"item_id": item["id"], "output_index": len(self._output)}
        if kind == "message":
            self._close_message(where, out)
        elif kind == "reasoning":
            self._close_reasoning(where, out)
        elif kind == "function":
            item["arguments"] = "".join(self._arguments)
            done = {"name": item["name"], "arguments": item["arguments"]}
            self._say(out, "response.function_call_arguments.done", {**where, **done})
        elif self._freeform is not None:
            item["input"], rest = self._freeform.finish()
            if rest:
                self._delta(out, rest)
            self._say(out, "response.custom_tool_call_input.done", {**where, "input": item["input"]})
        else:
            item["arguments"] = _object("".join(self._arguments))
        if "status" in item:
            item["status"] = "completed"
        self._say(out, "response.output_item.done", {"output_index": where["output_index"], "item": item})
        self._output.append(item)
        self._kind = self._signature = self._redacted = ""
        self._texts, self._arguments, self._freeform = [], [], None

    def _close_message(self, where: Json, out: list[bytes]) -> None:
        text = "".join(self._texts)
        where = {**where, "content_index": 0}
        self._say(out, "response.output_text.done", {**where, "text": text, "logprobs": []})
        self._say(out, "response.content_part.done", {**where, "part": _text_part(text)})
        self._item["content"] = [_text_part(text)]

    def _close_reasoning(self, where: Json, out: list[bytes]) -> None:
        text = "".join(self._texts)
        if text:
            part = {"type": "summary_text", "text": text}
            where = {**where, "summary_index": 0}
            self._say(out, "response.reasoning_summary_text.done", {**where, "text": text})
            self._say(out, "response.reasoning_summary_part.done", {**where, "part": part})
            self._item["summary"] = [part]
        # Signatures and redacted blocks are Anthropic's alone.
        vendor = "anthropic" if self._signature or self._redacted else ""
        self._item["encrypted_content"] = pack(Thinking(text, self._signature, self._redacted, vendor))

    def _end(self, event: Finished, out: list[bytes]) -> None:
        self._begin(out)
        for content in self._order.flush():
            self._content(content, out)
        self._close(out)
        reason = _INCOMPLETE.get(event.reason)
        if reason is not None:
            if self._output and "status" in self._output[-1]:
                self._output[-1]["status"] = "incomplete"
            self.response |= {"status": "incomplete", "incomplete_details": {"reason": reason}}
        else:
            self.response["status"] = "completed"
        self.response |= {"output": self._output, "usage": usage_object(self._usage or Usage())}
        self._say(out, f"response.{self.response['status']}", {"response": self.response})


def _text_part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _object(arguments: str) -> object:
    try:
        decoded = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def encode_answer(events: Sequence[Event], reply: Reply) -> bytes:
    """Return the events of a good answer as one response."""
    encoder = ResponsesStreamEncoder(reply)
    encoder.encode(events)
    return _encode(encoder.response)
