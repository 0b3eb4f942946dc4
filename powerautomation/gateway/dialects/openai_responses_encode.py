"""Writes a request of the typed model as a Responses request: for clients of another format that OpenAI serves."""

from hashlib import blake2s

import msgspec

from powerautomation.gateway.dialects.entities import (
    ChatRequest,
    Document,
    Image,
    Message,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.openai_encode import possible_choice
from powerautomation.gateway.dialects.openai_history import BILLING_HEADER, NO_RESULT
from powerautomation.gateway.dialects.openai_responses_thinking import OPENAI
from powerautomation.gateway.dialects.openai_responses_tools import freeform_text
from powerautomation.gateway.dialects.openai_wishes import (
    check_tool_count,
    left_out,
    output_limit,
    refuse_unknown,
    resolve,
    sampling,
)
from powerautomation.gateway.dialects.ports import Target
from powerautomation.gateway.dialects.tool_names import check_tool_names

Json = dict[str, object]

_LONGEST_CALL_ID = 64
# It refuses less (wm94i/Work-Review issue 41, 2026-04).
_LEAST_OUTPUT_TOKENS = 16


def encode_request(request: ChatRequest, target: Target) -> bytes:
    """Return the request in this dialect, adapted to the model's family; what stays behind is noted in the target.
    Raises InvalidRequest for what cannot be said; nothing is sent then."""
    family = target.family
    check_tool_count(len(request.tools), target.model, family)
    check_tool_names(request, family, "openai-responses")
    refuse_unknown(request, ("stop", "presence_penalty", "frequency_penalty"), "Responses")
    choice = possible_choice(request)
    _, effort, _, _ = resolve(request.thinking, choice, family)
    system = [block.text for block in request.system if block.text and not block.text.startswith(BILLING_HEADER)]
    body: Json = {"model": target.model, "input": _Items(request, target).items, "store": False}
    if system:
        body["instructions"] = "\n\n".join(system)
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        if choice is not None:
            if choice.mode == "tool":
                kind = next(tool.kind for tool in request.tools if tool.name == choice.name)
                body["tool_choice"] = {"type": "custom" if kind == "freeform" else "function", "name": choice.name}
            else:
                body["tool_choice"] = "required" if choice.mode == "any" else choice.mode
            if choice.parallel is not None:
                body["parallel_tool_calls"] = choice.parallel
    if effort is not None:
        body["reasoning"] = {"effort": effort, "summary": "auto"}
    if family.thinking != "never":
        # Nothing is stored there, so what the model will want to see again must come along.
        body["include"] = ["reasoning.encrypted_content"]
    body.update(sampling(request.temperature, request.top_p, family))
    target.adapted.extend(left_out(request, body, ("temperature", "top_p", "top_k", "seed")))
    limit = output_limit(request, target)
    if limit is not None:
        body["max_output_tokens"] = max(limit, _LEAST_OUTPUT_TOKENS)
    if request.response_schema is not None:
        name = request.response_schema_name or "answer"
        form: Json = {"type": "json_schema", "name": name, "schema": request.response_schema}
        if request.response_schema_strict is not None:
            form["strict"] = request.response_schema_strict
        if request.response_schema_description:
            form["description"] = request.response_schema_description
        body["text"] = {"format": form}
    elif request.json_mode:
        body["text"] = {"format": {"type": "json_object"}}
    if request.end_user:
        # A vendor may tell people apart, but who they are is none of its business.
        body["safety_identifier"] = blake2s(request.end_user.encode(), digest_size=16).hexdigest()
    if request.stream:
        body["stream"] = True
    return msgspec.json.encode(body)


def _tool(tool: Tool) -> Json:
    described: Json = {"description": tool.description} if tool.description else {}
    if tool.kind == "freeform":
        written: Json = {"type": "custom", "name": tool.name, **described}
        return {**written, "format": tool.grammar} if tool.grammar is not None else written
    # Left unsaid, this API takes a schema for a strict one and refuses most.
    return {
        "type": "function",
        "name": tool.name,
        **described,
        "parameters": tool.schema,
        "strict": tool.strict is True,
    }


class _Items:
    """Collects the input items. Every call must have its output, and every output its call."""

    def __init__(self, request: ChatRequest, target: Target) -> None:
        self._target = target
        self.items: list[Json] = []
        self._freeform = {tool.name for tool in request.tools if tool.kind == "freeform"}
        self._open: dict[str, bool] = {}
        for message in request.messages:
            self._add(message)
        self._close_calls()
        if all(item.get("role") == "developer" for item in self.items):
            raise InvalidRequest("The request has no message of a user or an assistant with content.")

    def _add(self, message: Message) -> None:
        if message.role == "assistant":
            self._close_calls()
            for part in message.parts:
                self._add_said(part)
            return
        role = "developer" if message.role == "system" else "user"
        content: list[Json] = []
        for part in message.parts:
            if isinstance(part, ToolResult):
                self._add_result(part)
            elif isinstance(part, Text | Image | Document):
                content += self._input_parts(part)
        if content:
            self.items.append({"type": "message", "role": role, "content": content})

    def _add_said(self, part: object) -> None:
        if isinstance(part, Text):
            if part.text:
                said = [{"type": "output_text", "text": part.text, "annotations": []}]
                self.items.append({"type": "message", "role": "assistant", "content": said})
        elif isinstance(part, ToolCall):
            if part.id in self._open:
                raise InvalidRequest(f"Two tool calls of one message have the id “{part.id}”.")
            freeform = self._open[part.id] = part.name in self._freeform
            made: Json = {"call_id": _call_id(part.id), "name": part.name}
            if freeform:
                self.items.append({"type": "custom_tool_call", **made, "input": freeform_text(part.arguments)})
            else:
                self.items.append({"type": "function_call", **made, "arguments": part.arguments or "{}"})
        elif isinstance(part, Thinking):
            # Only what OpenAI encrypted itself is accepted again.
            if part.vendor == OPENAI and part.signature:
                summary = [{"type": "summary_text", "text": part.text}] if part.text else []
                named = {"id": part.id} if part.id else {}
                sealed = {"summary": summary, "encrypted_content": part.signature}
                self.items.append({"type": "reasoning", **named, **sealed})
        else:
            raise InvalidRequest("An assistant message can hold only text, thinking and tool calls.")

    def _add_result(self, result: ToolResult) -> None:
        freeform = self._open.pop(result.call_id, None)
        if freeform is None:
            raise InvalidRequest(
                f"A tool result answers the call “{result.call_id}”, which the assistant did not make just before it."
            )
        parts = [piece for part in result.parts for piece in self._input_parts(part)]
        output: object = parts
        if all(part["type"] == "input_text" for part in parts):
            text = "\n\n".join(str(part["text"]) for part in parts)
            output = f"Error: {text}" if result.is_error and not text.lower().startswith("error") else text
        elif result.is_error:
            output = [{"type": "input_text", "text": "Error:"}, *parts]
        kind = "custom_tool_call_output" if freeform else "function_call_output"
        self.items.append({"type": kind, "call_id": _call_id(result.call_id), "output": output})

    def _input_parts(self, part: Text | Image | Document) -> list[Json]:
        model, family = self._target.model, self._target.family
        if isinstance(part, Image) and not family.reads_images:
            raise InvalidRequest(f"{model} cannot read images.", action="Ask for a model that can.")
        if isinstance(part, Document) and not part.text and not family.reads_documents:
            raise InvalidRequest(
                f"{model} cannot read documents of type {part.media_type or 'unknown'}.",
                action="Send the document as text, or ask for another model.",
            )
        return _input_parts(part)

    def _close_calls(self) -> None:
        """Answer calls that never got a result: the API refuses a history with open calls."""
        for identifier, freeform in self._open.items():
            kind = "custom_tool_call_output" if freeform else "function_call_output"
            self.items.append({"type": kind, "call_id": _call_id(identifier), "output": NO_RESULT})
        self._open.clear()


def _call_id(identifier: str) -> str:
    """Return an id the API takes: at most 64 characters, the same for a call and its output."""
    if len(identifier) <= _LONGEST_CALL_ID:
        return identifier
    return "call_" + blake2s(identifier.encode(), digest_size=16).hexdigest()


def _input_parts(part: Text | Image | Document) -> list[Json]:
    if isinstance(part, Text):
        return [{"type": "input_text", "text": part.text}] if part.text else []
    if isinstance(part, Image):
        url = part.url or f"data:{part.media_type};base64,{part.data}"
        return [{"type": "input_image", "image_url": url, "detail": "auto"}]
    if part.text:
        text = f"{part.title}\n\n{part.text}" if part.title else part.text
        return [{"type": "input_text", "text": text}]
    if part.url:
        return [{"type": "input_file", "file_url": part.url}]
    named = part.title or "document.pdf"
    data = f"data:{part.media_type or 'application/pdf'};base64,{part.data}"
    return [{"type": "input_file", "filename": named, "file_data": data}]
