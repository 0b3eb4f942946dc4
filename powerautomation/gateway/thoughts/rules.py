"""What of an answer must be kept here because its client's format drops it, and how it comes back into a history. Pure.

A turn is known by what every client keeps of it. Most formats keep the ids of calls, which differ between any two
answers. A turn without calls, and every turn of a Gemini client, whose ids are optional, is known by its words and
calls, its place, and how the conversation began.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b

import msgspec

from powerautomation.gateway.dialects import (
    ChatRequest,
    Event,
    Message,
    Part,
    RedactedThinking,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ThinkingSignature,
    ToolArgumentsDelta,
    ToolCall,
    ToolCallStarted,
)
from powerautomation.gateway.families import Family
from powerautomation.gateway.thoughts.entities import Thought

MOST_CHARACTERS = 512 * 1024
MOST_TURNS = 1_000
_ANTHROPIC, _CHAT, _RESPONSES, _GEMINI = "anthropic-messages", "openai-chat", "openai-responses", "gemini"
# Formats without a place for thinking, or whose clients mostly leave it out.
_FORGETFUL = frozenset({_CHAT, _GEMINI})
_VENDORS = {_ANTHROPIC: "anthropic", _RESPONSES: "openai"}
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def is_lossy(client: str, upstream: str, family: Family) -> bool:
    """Say whether an answer of ``upstream`` may hold what a client of ``client``, both names of dialects, cannot bring
    back."""
    if client == upstream:
        signed = client in _FORGETFUL and bool(family.call_signature)
        return signed or (client == _CHAT and family.reasoning_in_history == "required")
    if client in _FORGETFUL:
        return True
    if upstream == _CHAT:
        # Google signs its calls on its endpoint of this format too.
        return bool(family.call_signature)
    # Anthropic's format carries its own signatures alone; OpenAI's carries all, but none of calls.
    return upstream == _GEMINI or (client == _ANTHROPIC and upstream == _RESPONSES)


class Listener:
    """Hears an answer's events and remembers what its client's format drops."""

    __slots__ = ("_arguments", "_calls", "_characters", "_client", "_said", "_signatures", "_thinking")

    def __init__(self, client: str) -> None:
        self._client = client
        self._characters = 0
        self._said: list[str] = []
        self._calls: list[ToolCallStarted] = []
        self._arguments: dict[int, list[str]] = {}
        self._thinking: list[tuple[int, Thinking]] = []
        self._signatures: list[tuple[int, str]] = []

    def hear(self, events: Iterable[Event]) -> None:
        """Take in what an upstream said."""
        if self._characters > MOST_CHARACTERS:
            return
        for event in events:
            if isinstance(event, TextDelta):
                self._said.append(event.text)
                self._characters += len(event.text)
            elif isinstance(event, ToolArgumentsDelta):
                self._arguments.setdefault(event.index, []).append(event.partial_json)
                self._characters += len(event.partial_json)
            elif isinstance(event, ThinkingDelta):
                self._think(event.text)
                self._characters += len(event.text)
            elif isinstance(event, ThinkingSignature):
                text = self._thinking.pop()[1].text if self._is_open() else ""
                block = Thinking(text, event.signature, "", event.vendor, event.id)
                self._thinking.append((len(self._calls), block))
                self._characters += len(event.signature)
            elif isinstance(event, RedactedThinking):
                block = Thinking(redacted_data=event.data, vendor="anthropic")
                self._thinking.append((len(self._calls), block))
                self._characters += len(event.data)
            elif isinstance(event, ToolCallStarted):
                if event.signature:
                    self._signatures.append((len(self._calls), event.signature))
                self._calls.append(event)

    def _is_open(self) -> bool:
        """Say whether the last block of thinking may go on: it is unsigned, and no call came after it."""
        return bool(self._thinking) and self._thinking[-1][0] == len(self._calls) and not self._thinking[-1][1].vendor

    def _think(self, text: str) -> None:
        if self._is_open():
            text = self._thinking.pop()[1].text + text
        self._thinking.append((len(self._calls), Thinking(text)))

    def thought(self) -> Thought | None:
        """Return what must be kept of the answer; None when its client brings back everything, or it is too much."""
        if self._characters > MOST_CHARACTERS:
            return None
        thinking = self._thinking
        if self._client not in _FORGETFUL:
            thinking = [(place, block) for place, block in thinking if block.vendor not in ("", "anthropic")]
        signatures = tuple(
            (number, signature, arguments_digest("".join(self._arguments.get(self._calls[number].index, ()))))
            for number, signature in self._signatures
        )
        return Thought(tuple(thinking), signatures) if thinking or signatures else None

    @property
    def signed(self) -> bool:
        """Whether a call of the answer was signed."""
        return bool(self._signatures)

    def said(self) -> Message:
        """Return the answer as a client may keep it: its words and its calls."""
        text = "".join(self._said)
        calls = [ToolCall(call.id, call.name, "".join(self._arguments.get(call.index, ()))) for call in self._calls]
        return Message("assistant", (Text(text), *calls) if text else tuple(calls))


Digest = Callable[[bytes], str]


def digest_with(secret: bytes, organization_id: str) -> Digest:
    """Return a keyed hash for one organization: 40 hexadecimal digits that say nothing about what was hashed."""
    keyed = blake2b(organization_id.encode(), key=secret[:64], digest_size=20)

    def digest(content: bytes) -> str:
        mine = keyed.copy()
        mine.update(b"\0" + content)
        return mine.hexdigest()

    return digest


def opening_of(messages: Sequence[Message]) -> str:
    """Return the words a conversation began with."""
    first = next((message for message in messages if message.role == "user"), None)
    return "" if first is None else _text_of(first)


def call_id(client: str, turn: Message, digest: Digest) -> str:
    """Return the id of a turn that its first call tells, whatever stands before it; empty for a turn without one."""
    first = next((part for part in turn.parts if isinstance(part, ToolCall)), None)
    return "" if first is None or client == _GEMINI else digest(b"call " + first.id.encode())


def turn_id(client: str, turn: Message, place: int, opening: str, digest: Digest) -> str:
    """Return the id under which what belongs to an assistant's turn is kept, the ``place``-th of its conversation."""
    if known := call_id(client, turn, digest):
        return known
    calls = [part for part in turn.parts if isinstance(part, ToolCall)]
    content = [place, opening, _text_of(turn), [[call.name, _canonical(call.arguments)] for call in calls]]
    return digest(b"turn " + msgspec.json.encode(content))


def turns_lacking(request: ChatRequest, client: str, target: str, family: Family) -> list[tuple[int, int]]:
    """Return position and place of the assistant's turns that lack something the target could use, at most
    ``MOST_TURNS``, the newest."""
    lacks = _lack(client, target, family)
    if lacks is None:
        return []
    lacking: list[tuple[int, int]] = []
    place = 0
    for position, message in enumerate(request.messages):
        if message.role == "assistant":
            if lacks(message):
                lacking.append((position, place))
            place += 1
    return lacking[-MOST_TURNS:]


def _lack(client: str, target: str, family: Family) -> Callable[[Message], bool] | None:
    if target == _GEMINI or (target == _CHAT and family.call_signature):
        return _lacks_signature
    if client == _RESPONSES or (client == _ANTHROPIC and target != _RESPONSES):
        return None
    if target == _CHAT:
        return None if family.reasoning_in_history == "dropped" else _lacks_thinking
    vendor = _VENDORS[target]
    return lambda turn: all(not isinstance(part, Thinking) or part.vendor != vendor for part in turn.parts)


def _lacks_signature(turn: Message) -> bool:
    first = next((part for part in turn.parts if isinstance(part, ToolCall)), None)
    return first is not None and not first.signature


def _lacks_thinking(turn: Message) -> bool:
    return not any(isinstance(part, Thinking) for part in turn.parts)


def with_thoughts(request: ChatRequest, thoughts: Mapping[int, Thought]) -> ChatRequest:
    """Return the request with thoughts where they stood, by the position of their messages."""
    messages = [
        _completed(message, thoughts[position]) if position in thoughts else message
        for position, message in enumerate(request.messages)
    ]
    return msgspec.structs.replace(request, messages=tuple(messages))


def _completed(turn: Message, thought: Thought) -> Message:
    """Return a turn with what belongs to it. Signed thinking the client brought itself stands."""
    kept = list(turn.parts)
    thinking = thought.thinking
    if any(isinstance(part, Thinking) and part.vendor for part in kept):
        thinking = ()
    elif thinking:
        kept = [part for part in kept if not isinstance(part, Thinking)]
    signatures = {number: (signature, digest) for number, signature, digest in thought.signatures}
    parts: list[Part] = [block for place, block in thinking if not place]
    calls = 0
    for part in kept:
        if not isinstance(part, ToolCall):
            parts.append(part)
            continue
        if calls:
            parts += [block for place, block in thinking if place == calls]
        signature, digest = signatures.get(calls, ("", ""))
        if part.signature or digest != arguments_digest(part.arguments):
            signature = part.signature
        parts.append(msgspec.structs.replace(part, signature=signature) if signature else part)
        calls += 1
    return Message("assistant", tuple(parts))


def arguments_digest(arguments: str) -> str:
    """Return what tells whether a call's arguments are still those its vendor signed, whatever their order."""
    return blake2b(str(_canonical(arguments)).encode(), digest_size=8).hexdigest()


def _text_of(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, Text))


def _canonical(arguments: str) -> object:
    try:
        return msgspec.json.encode(msgspec.json.decode(arguments.strip() or "{}"), order="sorted").decode()
    except _UNREADABLE:
        return arguments
