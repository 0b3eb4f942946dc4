"""What a model family is like: facts that translation and routing obey instead of testing for model names."""

from typing import Literal

import msgspec


class Family(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The facts of one family of models. Counts are tokens unless they say otherwise; None means unknown or unlimited.

    ``source`` and ``read_on`` (ISO date) say where the facts were read; ``matches`` are lower-case globs over the last
    part of an upstream's model id. Facts of a family with a ``dialect`` hold only where that is spoken.

    - ``thinking``: ``never``, ``toggle`` (on unless switched off) or ``always``. ``thinking_field`` is how a request
      speaks of it: ``thinking`` (``{"type": ...}``), ``adaptive`` (``{"type": "adaptive"}`` and an effort, without a
      token budget), ``reasoning_effort``, ``thinking_budget`` (tokens, within the two limits), ``thinking_level`` (a
      word of ``efforts``), or ``none``. ``signs_thinking``: earlier thinking is accepted again only with
      this vendor's own signature.
      ``enable_thinking`` is a field of that name, true or false.
    - ``efforts``: the words ``reasoning_effort`` or ``thinking_level`` takes, least first; empty when any will do. With
      ``thinking_field`` ``thinking`` they mean that an effort may stand beside the switch.
    - ``system_turns``: system messages may stand between the turns.
    - ``reasoning_in_history``: earlier reasoning goes back under ``reasoning_key`` when there is any (``kept``); with
      ``required`` the key must be there on every assistant turn that called a tool, may it be empty.
    - ``forced_choice``: which forced tool choices the model takes while it thinks.
    - ``tool_choices``: ``words`` takes no choice of one tool by name, ``auto`` no forced choice at all, ever.
    - ``refused_hints``: parameters that only nudge the model and that its hosts refuse, so they are left out.
    - ``answer_schemas``: the form of an answer may be given as a JSON Schema. ``strict_tools``: tools may say
      ``strict``.
    - ``fixed_temperature`` and ``fixed_top_p``: the only value the hosts accept, so the parameter is left out.
    - ``tool_ids``: ``kimi`` wants ``functions.{name}:{n}``.
    - ``schemas``: ``moonshot`` and ``gemini`` want their own flavour of JSON Schema for tools.
    - ``json_with_tools``: an answer of a given form may be asked for together with tools.
    - ``call_signature``: what stands in for the vendor's signature on earlier tool calls that another vendor made.
    - ``chat_extras``: which of the things OpenAI added to chat completions its hosts of that format know: ``tools``
      (freeform tools, a choice among some, the older ``functions``), ``web_search``, ``audio``, ``refusals``,
      ``bookkeeping`` (``store``, ``metadata`` and hints). None: not known, so its hosts are asked.
    - ``output_in_context``: its hosts refuse a request whose prompt and wished output together exceed the context.
    - ``thinking_budgets``: how much to think may be said as a budget of tokens (Anthropic's ``enabled``).
    - ``tool_names``: the rule its hosts have for names of tools; empty: the dialect's own.
    - ``prefill``: a request may end with the beginning of its answer, as the assistant's last turn.
    - ``leaks_tool_markup``: its hosts sometimes leave tool calls as markup in the text.
    """

    name: str
    source: str
    read_on: str
    matches: tuple[str, ...] = ()
    dialect: str = ""
    context_tokens: int | None = None
    default_output_tokens: int | None = None
    reads_images: bool = False
    reads_image_urls: bool = False
    reads_documents: bool = False
    max_tools: int | None = None
    max_stops: int | None = None
    max_stop_bytes: int | None = None
    thinking: Literal["never", "toggle", "always"] = "never"
    thinking_field: Literal[
        "none", "thinking", "adaptive", "reasoning_effort", "enable_thinking", "thinking_budget", "thinking_level"
    ] = "none"
    least_thinking_tokens: int | None = None
    most_thinking_tokens: int | None = None
    efforts: tuple[str, ...] = ()
    signs_thinking: bool = False
    system_turns: bool = True
    reasoning_in_history: Literal["dropped", "kept", "required"] = "dropped"
    reasoning_key: Literal["reasoning_content", "reasoning"] = "reasoning_content"
    forced_choice: Literal["every", "any", "none"] = "every"
    tool_choices: Literal["every", "words", "auto"] = "every"
    refused_hints: tuple[str, ...] = ()
    answer_schemas: bool = True
    strict_tools: bool = True
    min_temperature: float | None = None
    fixed_temperature: float | None = None
    fixed_top_p: float | None = None
    max_temperature: float | None = None
    output_limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    developer_role: bool = False
    many_choices: bool = True
    tool_ids: Literal["any", "kimi"] = "any"
    schemas: Literal["plain", "moonshot", "gemini"] = "plain"
    call_signature: str = ""
    json_with_tools: bool = True
    leaks_tool_markup: bool = False
    output_in_context: bool = False
    thinking_budgets: bool = True
    tool_names: str = ""
    prefill: bool = False
    chat_extras: tuple[Literal["tools", "web_search", "audio", "refusals", "bookkeeping"], ...] | None = None


class OutputLimit(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The longest answer, in ``tokens``, that the hosts of some models let a request ask for; a wish for more is
    refused. ``source`` and ``read_on`` (ISO date) say where it was read; ``matches`` are lower-case globs over the last
    part of an upstream's model id."""

    source: str
    read_on: str
    matches: tuple[str, ...]
    tokens: int


class ToolNameRule(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How the hosts of a dialect, or of a family that says so in ``tool_names``, want tools named. ``pattern`` is a
    regular expression for the whole name, ``told`` the same in words; ``source`` and ``read_on`` (ISO date) say where
    it was read."""

    name: str
    source: str
    read_on: str
    pattern: str
    told: str


class ImageDetail(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What a wish for more or less detail changes in an ImageRule: its limits, or plainly the number of ``tokens``."""

    most_units: int | None = None
    most_edge_px: int | None = None
    tokens: int | None = None


class ImageRule(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What an image costs a kind of model, in tokens: ``base_tokens`` and ``tokens_per_unit`` for each unit that covers
    it. ``source`` and ``read_on`` (ISO date) say where the rule was read; ``matches`` are lower-case globs over the
    last part of an upstream's model id, or over the name of a family.

    - ``patches``: squares of ``unit_px``, after the image was shrunk into ``most_edge_px`` and at most ``most_units``
      of them. ``shrinks``: to the largest size that ``fits``; by the ``area`` the units cover, which may end a row
      above them; or by the area and then down (``floored``) to whole units of one side.
    - ``tiles``: squares of ``unit_px``, after the image was shrunk into ``most_edge_px`` and its shorter edge to
      ``short_edge_px``.
    - ``crops``: one for an image with both edges up to ``small_px``, else squares of the shorter edge / 1.5, at least
      ``least_unit_px`` and at most ``unit_px``.
    - ``fixed``: ``base_tokens``, whatever the size.

    ``details``: what a client's wish for detail changes, by its word.
    """

    name: str
    source: str
    read_on: str
    matches: tuple[str, ...]
    rule: Literal["patches", "tiles", "crops", "fixed"]
    shrinks: Literal["fits", "area", "floored"] = "fits"
    unit_px: int = 1
    least_unit_px: int = 1
    small_px: int = 0
    most_units: int | None = None
    most_edge_px: int | None = None
    short_edge_px: int | None = None
    base_tokens: int = 0
    tokens_per_unit: float = 1.0
    details: dict[str, ImageDetail] = {}
