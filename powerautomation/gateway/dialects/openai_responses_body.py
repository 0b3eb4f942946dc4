"""Responses requests as they are on the wire.

Format: the types of the openai package 3.52 and https://platform.openai.com/docs/api-reference/responses, read 2026-11;
``client_metadata`` as Codex 0.169 sends it.
"""

from typing import Annotated, Literal

import msgspec

# A field that may be missing is an empty Raw: a union of Raw and None would decode nothing but null.
_Raw = msgspec.Raw
Count = Annotated[int, msgspec.Meta(ge=1)]


class Reasoning(msgspec.Struct, gc=False):
    """How much to think, and how much of it to tell."""

    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None
    context: str | None = None


class Format(msgspec.Struct):
    """The form an answer must have."""

    type: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    description: str | None = None
    schema: _Raw = _Raw()
    strict: bool | None = None


class TextWish(msgspec.Struct):
    """Wishes for the text of an answer."""

    format: Format | None = None
    verbosity: str | None = None


class InputText(msgspec.Struct, tag_field="type", tag="input_text"):
    """Text that goes in."""

    text: str


class OutputText(msgspec.Struct, tag_field="type", tag="output_text"):
    """Text the model said."""

    text: str


class PlainText(msgspec.Struct, tag_field="type", tag="text"):
    """Text, as some clients name it."""

    text: str


class Refusal(msgspec.Struct, tag_field="type", tag="refusal"):
    """What the model said instead of an answer."""

    refusal: str


class InputImage(msgspec.Struct, tag_field="type", tag="input_image"):
    """An image: a ``data:`` or http(s) URL, or an upload."""

    image_url: str | None = None
    file_id: str | None = None
    detail: str | None = None


class InputFile(msgspec.Struct, tag_field="type", tag="input_file"):
    """A file: its base64 data, a URL, or an upload."""

    file_data: str | None = None
    file_url: str | None = None
    file_id: str | None = None
    filename: str | None = None


class InputAudio(msgspec.Struct, tag_field="type", tag="input_audio"):
    """Speech."""


Part = InputText | OutputText | PlainText | Refusal | InputImage | InputFile | InputAudio
Content = str | list[Part]


class MessageItem(msgspec.Struct):
    """What one side said; ``type`` may be missing."""

    role: Literal["user", "assistant", "system", "developer"]
    content: Content
    phase: str | None = None


class FunctionCall(msgspec.Struct):
    """A call of a function, perhaps one of a namespace."""

    call_id: str
    name: str
    arguments: str = ""
    namespace: str | None = None


class CustomToolCall(msgspec.Struct):
    """A call of a freeform tool."""

    call_id: str
    name: str
    input: str = ""
    namespace: str | None = None


class CallOutput(msgspec.Struct):
    """What the client's side made of a call."""

    call_id: str
    output: Content


class SearchCall(msgspec.Struct):
    """The model looked for tools; the client runs the search when ``execution`` is ``client``."""

    arguments: _Raw = _Raw(b"{}")
    call_id: str | None = None
    execution: str = "server"


class SearchOutput(msgspec.Struct):
    """The tools a search found. From now on the model may call them."""

    tools: list[_Raw]
    call_id: str | None = None
    execution: str = "server"


class AdditionalTools(msgspec.Struct):
    """More tools, given among the input."""

    tools: list[_Raw]


class ThoughtPart(msgspec.Struct, gc=False):
    """A piece of reasoning or of its summary."""

    text: str = ""


class ReasoningItem(msgspec.Struct):
    """What the model thought."""

    id: str = ""
    summary: list[ThoughtPart] | None = None
    content: list[ThoughtPart] | None = None
    encrypted_content: str | None = None


class WireTool(msgspec.Struct, gc=False):
    """A tool of any type: those fields we read of the types we know."""

    type: str
    name: str = ""
    description: str | None = None
    parameters: _Raw = _Raw()
    strict: bool | None = None
    format: _Raw = _Raw()
    tools: list[_Raw] | None = None
    execution: str = "server"


class NamedTool(msgspec.Struct, gc=False):
    """A tool by type and name."""

    type: str
    name: str = ""
    namespace: str | None = None
    mode: Literal["auto", "required"] = "auto"
    tools: list["NamedTool"] | None = None


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """A whole request. Fields that only concern the vendor's bookkeeping are named, so that they pass, and not used."""

    model: str
    input: str | list[_Raw] = ""
    instructions: str | None = None
    stream: bool | None = None
    stream_options: _Raw = _Raw()
    tools: list[_Raw] | None = None
    tool_choice: str | NamedTool | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: Count | None = None
    max_tool_calls: int | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_logprobs: int | None = None
    reasoning: Reasoning | None = None
    text: TextWish | None = None
    include: list[str] | None = None
    store: bool | None = None
    previous_response_id: str | None = None
    conversation: _Raw = _Raw()
    prompt: _Raw = _Raw()
    background: bool | None = None
    context_management: _Raw = _Raw()
    moderation: _Raw = _Raw()
    truncation: Literal["auto", "disabled"] | None = None
    metadata: dict[str, str] | None = None
    client_metadata: _Raw = _Raw()
    prompt_cache_key: str | None = None
    prompt_cache_options: _Raw = _Raw()
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    access_programs: _Raw = _Raw()
    image: _Raw = _Raw()
    user: str | None = None
