"""Screens a request: walks the texts of its JSON, whatever its dialect, and masks, refuses or records what it finds.

Placeholders depend on nothing but the value and a secret of the organization. So the same value has the same
placeholder in every turn and on every replica: prompt caches hold, and thinking that was signed over a placeholder
still is when the client sends it back with the original, because it is masked again in the same way.
"""

import hmac
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal, NamedTuple

import msgspec

from powerautomation.gateway.dialects import repacked
from powerautomation.gateway.guardrails.detectors import KINDS, PERSONAL_KINDS, SECRET_KINDS, find
from powerautomation.gateway.guardrails.entities import Action, Guardrails, Screened
from powerautomation.gateway.guardrails.errors import InjectionRefused, PromptRefused
from powerautomation.gateway.guardrails.injection import injection_score

MOST_VALUES = 2000
DEEPEST = 100
# What is not the client's prose: names that must match, and what is opaque.
_SKIPPED = frozenset({
    "model", "id", "tool_call_id", "tool_use_id", "call_id", "type", "role", "name", "media_type", "mimeType",
    "signature", "cache_control", "format",
    "previous_response_id", "tool_choice", "reasoning_effort", "service_tier", "stop", "stop_sequences", "betas",
    "parameters", "input_schema", "prompt_cache_key", "file_id", "detail", "required", "enum",
})  # fmt: skip
# What a client keeps without understanding it: thinking of other vendors travels there, packed.
_PACKED = frozenset({"thoughtSignature", "thought_signature", "encrypted_content"})
_RESULT_TYPES = frozenset({
    "tool_result", "function_call_output", "custom_tool_call_output", "mcp_tool_result", "web_search_tool_result",
    "web_fetch_tool_result", "local_shell_call_output", "tool_search_output",
})  # fmt: skip
# Objects whose fields are the client's: none of their names means anything here.
_OBJECTS = frozenset({"input", "args", "response"})


def guardrails_of(
    *,
    secrets: Action | None,
    personal_data: Action | None,
    kinds: Mapping[str, Action | Literal["ignore"]],
    injection: Literal["refuse", "record"] | None,
    injection_threshold: float,
) -> Guardrails | None:
    """Return what a route asks for, or None when that is nothing. ``kinds`` says otherwise for single kinds."""
    actions: dict[str, Action] = {}
    for group, action in ((SECRET_KINDS, secrets), (PERSONAL_KINDS, personal_data)):
        if action is not None:
            actions.update(dict.fromkeys(group, action))
    for kind, action_of_kind in kinds.items():
        if action_of_kind == "ignore":
            actions.pop(kind, None)
        elif kind in KINDS:
            actions[kind] = action_of_kind
    if not actions and injection is None:
        return None
    return Guardrails(tuple(actions.items()), injection, injection_threshold)


def screen(body: bytes, guardrails: Guardrails, secret: bytes, organization_id: str) -> Screened:
    """Return the request as it may go out. Raises PromptRefused and InjectionRefused, which name kinds and never
    values. A body that is no JSON is left to the dialect, which refuses it."""
    try:
        values = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Screened(body)
    key = hmac.digest(secret, f"guardrails/{organization_id}".encode(), "sha256")
    walk = _Walk(guardrails, key)
    changed = walk.value(values, "", _Place(), 0)
    walk.mask_thinking()
    if walk.refused:
        kinds = ", ".join(sorted(walk.refused))
        raise PromptRefused(
            f"The prompt holds what may not be sent on: {kinds}.",
            action="Take it out and send the request again, or ask an administrator about the route's guardrails.",
        )
    score, rules = walk.injection
    if guardrails.injection == "refuse" and score >= guardrails.injection_threshold:
        raise InjectionRefused(
            f"The result of a tool gives orders to the model (score {score:.2f}: {', '.join(rules)}).",
            action="Look at what the tool returned; an administrator can raise the route's threshold.",
        )
    return Screened(
        msgspec.json.encode(changed) if walk.originals else body, walk.originals, dict(walk.counts), score, rules
    )


class _Place(NamedTuple):
    """Where in a request a value stands: inside a tool's result, inside an object of the client's own making."""

    result: bool = False
    free: bool = False


class _Walk:
    """Goes through one request's values."""

    def __init__(self, guardrails: Guardrails, key: bytes) -> None:
        self._actions = dict(guardrails.actions)
        self._kinds = frozenset(self._actions)
        self._scores = guardrails.injection is not None
        self._key = key
        self.originals: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.refused: set[str] = set()
        self._thinking: list[dict[str, Any]] = []
        self._packed: list[tuple[dict[str, Any], str]] = []
        self.injection: tuple[float, tuple[str, ...]] = (0.0, ())

    def value(self, value: Any, name: str, place: _Place, depth: int) -> Any:
        """Return a value with what must be masked masked."""
        if depth > DEEPEST:
            raise PromptRefused(f"The request is nested more than {DEEPEST} levels deep, which cannot be screened.")
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, list):
            return [self.value(one, name, place, depth + 1) for one in value]
        if not isinstance(value, dict):
            return value
        if place.free:
            return {field: self.value(one, field, place, depth + 1) for field, one in value.items()}
        kind = value.get("type")
        if kind == "redacted_thinking":
            return value
        if kind == "thinking" and isinstance(value.get("thinking"), str):
            # Signed by its vendor: only what the vendor saw masked may be masked again, see mask_thinking.
            thinking = dict(value)
            self._thinking.append(thinking)
            return thinking
        result = place.result or kind in _RESULT_TYPES or value.get("role") == "tool" or name == "functionResponse"
        # What base64 holds is no text.
        opaque = kind == "base64" or "mimeType" in value or "media_type" in value
        made = {}
        for field, one in value.items():
            if field in _PACKED and isinstance(one, str):
                made[field] = one
                self._packed.append((made, field))
            elif field in _SKIPPED or (opaque and field == "data"):
                made[field] = one
            else:
                free = field in _OBJECTS and isinstance(one, dict)
                made[field] = self.value(one, field, _Place(result, free), depth + 1)
        return made

    def mask_thinking(self) -> None:
        """Mask in earlier thinking what is masked elsewhere in the request: there the model saw placeholders."""
        for block in self._thinking:
            block["thinking"] = self._masked_elsewhere(block["thinking"])
        for made, field in self._packed:
            made[field] = repacked(
                made[field],
                lambda thinking: self._masked_elsewhere(thinking.text) if thinking.signature else thinking.text,
            )
        # Last, as it may find what is masked nowhere else.
        for made, field in self._packed:
            made[field] = repacked(
                made[field],
                lambda thinking: thinking.text if thinking.signature else self._text(thinking.text, _Place()),
            )

    def _masked_elsewhere(self, text: str) -> str:
        for placeholder, value in self.originals.items():
            text = text.replace(value, placeholder)
        return text

    def _text(self, text: str, place: _Place) -> str:
        if text.startswith("data:") and ";base64," in text[:120]:
            return text
        if place.result and self._scores and len(text) > 12:
            self.injection = max(self.injection, injection_score(text))
        found = find(text, self._kinds) if self._kinds else []
        if not found:
            return text
        pieces = []
        last = 0
        for finding in found:
            value = text[finding.start : finding.end]
            self.counts[finding.kind] += 1
            action = self._actions[finding.kind]
            if action == "refuse":
                self.refused.add(finding.kind)
            elif action == "mask":
                pieces += [text[last : finding.start], self._placeholder(finding.kind, value)]
                last = finding.end
        return "".join([*pieces, text[last:]])

    def _placeholder(self, kind: str, value: str) -> str:
        mark = hmac.new(self._key, value.encode("utf-8", "surrogatepass"), sha256).hexdigest()[:12]
        placeholder = f"[{kind}_{mark}]"
        if placeholder not in self.originals and len(self.originals) >= MOST_VALUES:
            raise PromptRefused(f"The prompt holds more than {MOST_VALUES} different values that would be masked.")
        self.originals[placeholder] = value
        return placeholder
