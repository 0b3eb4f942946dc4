"""Chat completion requests as they are on the wire.

Format: https://platform.openai.com/docs/api-reference/chat/create, read 2026-10; ``thinking`` and ``reasoning_content``
as Moonshot documents them, 2026-10.
"""

from typing import Annotated, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=1)]
# A field that may be missing is an empty Raw: a union of Raw and None would decode nothing but null.
_Raw = msgspec.Raw


class StreamOptions(msgspec.Struct, gc=False):
    """Wishes for a stream."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class ThinkingWish(msgspec.Struct, gc=False):
    """Moonshot's switch for thinking."""

    type: str = ""
    keep: str | None = None
    budget_tokens: int | None = None


class TextPart(msgspec.Struct, tag_field="type", tag="text"):
    """Text, with the prompt-cache mark some hosts take."""

    text: str
    cache_control: _Raw = _Raw()


class ImageUrl(msgspec.Struct):
    """Where an image is; ``detail`` is a hint only."""

    url: str
    detail: str | None = None


class ImagePart(msgspec.Struct, tag_field="type", tag="image_url"):
    """An image."""

    image_url: ImageUrl | str


class File(msgspec.Struct):
    """A file: its base64 data, or the id of an upload."""

    filename: str | None = None
    file_data: str | None = None
    file_id: str | None = None


class FilePart(msgspec.Struct, tag_field="type", tag="file"):
    """A file."""

    file: File


class AudioPart(msgspec.Struct, tag_field="type", tag="input_audio"):
    """Speech."""

    input_audio: _Raw


class RefusalPart(msgspec.Struct, tag_field="type", tag="refusal"):
    """What the model said instead of an answer."""

    refusal: str


Content = str | list[TextPart | ImagePart | FilePart | AudioPart | RefusalPart]


class Function(msgspec.Struct):
    """The function called and its arguments as JSON text."""

    name: str
    arguments: str = ""


class CustomCall(msgspec.Struct):
    """A freeform tool that was called, and the text it was given."""

    name: str
    input: str = ""


class CallMade(msgspec.Struct):
    """A call the assistant made, of a function or of a freeform tool."""

    id: str
    function: Function | None = None
    custom: CustomCall | None = None
    type: str = "function"


class SystemTurn(msgspec.Struct, tag_field="role", tag="system"):
    """Instructions."""

    content: Content
    name: str | None = None


class DeveloperTurn(msgspec.Struct, tag_field="role", tag="developer"):
    """Instructions under their newer name."""

    content: Content
    name: str | None = None


class UserTurn(msgspec.Struct, tag_field="role", tag="user"):
    """What the person said; ``name`` tells several persons apart."""

    content: Content
    name: str | None = None


class AssistantTurn(msgspec.Struct, tag_field="role", tag="assistant"):
    """What the model said; reasoning has two names among hosts."""

    content: Content | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    name: str | None = None
    tool_calls: list[CallMade] | None = None
    function_call: Function | None = None
    audio: _Raw = _Raw()


class ToolTurn(msgspec.Struct, tag_field="role", tag="tool"):
    """The result of one call."""

    tool_call_id: str
    content: Content | None = None


class FunctionTurn(msgspec.Struct, tag_field="role", tag="function"):
    """The result of a call in the older form, which names the function instead of the call."""

    name: str
    content: Content | None = None


Turn = SystemTurn | DeveloperTurn | UserTurn | AssistantTurn | ToolTurn | FunctionTurn


class ToolFunction(msgspec.Struct):
    """A tool's name, purpose and arguments."""

    name: str
    description: str | None = None
    parameters: _Raw = _Raw()
    strict: bool | None = None


class CustomTool(msgspec.Struct):
    """A freeform tool: it takes text, perhaps of a grammar."""

    name: str
    description: str | None = None
    format: _Raw = _Raw()


class WireTool(msgspec.Struct):
    """A tool of any type: what we read of the types we know."""

    type: str = "function"
    function: ToolFunction | None = None
    custom: CustomTool | None = None


class Named(msgspec.Struct):
    """A function by name."""

    name: str


class NamedChoice(msgspec.Struct):
    """The demand for one tool, or for a choice among some."""

    type: str = "function"
    function: Named | None = None
    custom: Named | None = None
    allowed_tools: "AllowedTools | None" = None


class AllowedTools(msgspec.Struct):
    """The tools that may be called, of those that are there."""

    mode: Literal["auto", "required"] = "auto"
    tools: list[NamedChoice] = []


class SchemaFormat(msgspec.Struct):
    """The schema an answer must follow."""

    schema: _Raw = _Raw()
    name: str | None = None
    description: str | None = None
    strict: bool | None = None


class ResponseFormat(msgspec.Struct):
    """The form an answer must have."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: SchemaFormat | None = None


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """A whole request. Fields that only concern the vendor's bookkeeping are named, so that they pass, and not used."""

    model: str
    messages: Annotated[list[Turn], msgspec.Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[WireTool] | None = None
    tool_choice: Literal["auto", "none", "required"] | NamedChoice | None = None
    parallel_tool_calls: bool | None = None
    functions: list[ToolFunction] | None = None
    function_call: Literal["auto", "none"] | Named | None = None
    web_search_options: _Raw = _Raw()
    audio: _Raw = _Raw()
    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, msgspec.Meta(ge=0)] | None = None
    stop: str | list[str] | None = None
    n: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None
    thinking: ThinkingWish | None = None
    user: str | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: dict[str, float] | None = None
    modalities: list[str] | None = None
    store: bool | None = None
    metadata: _Raw = _Raw()
    service_tier: str | None = None
    prediction: _Raw = _Raw()
    verbosity: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None
