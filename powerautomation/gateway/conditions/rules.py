"""Conditions in CEL (the Common Expression Language, https://cel.dev): what is true of a request.

An expression is checked against the types below when it is loaded, so that a wrong name or a comparison of text with a
number is refused at once. Its evaluation cannot loop: CEL has no loops but those over lists, and these have a budget;
its regular expressions are RE2, which takes linear time.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from powerautomation.gateway.conditions.errors import ConditionFailed, InvalidCondition
from powerautomation.gateway.conditions.hints import hint_for

if TYPE_CHECKING:
    from cel_expr_python import cel

LONGEST_EXPRESSION = 2000
_REMEMBERED = 5_000
_SECRET_HEADERS = frozenset({b"authorization", b"x-api-key", b"x-goog-api-key", b"cookie", b"proxy-authorization"})
MOST_HEADERS = 100
LONGEST_HEADER = 1000


class Variable(NamedTuple):
    """What a condition may ask for: its name, its type in CEL, and what it means."""

    name: str
    type: str
    meaning: str


VARIABLES = (
    Variable("model", "string", "the model the client asked for"),
    Variable("task_class", "string", "background, vision, long_context, tool_heavy, deep_reasoning or plain"),
    Variable("tokens", "int", "the likely tokens of the prompt"),
    Variable("max_tokens", "int", "the tokens of answer the client allows; 0 when it does not say"),
    Variable("tools", "int", "how many tools the request brings"),
    Variable("images", "bool", "whether it holds images"),
    Variable("documents", "bool", "whether it holds documents"),
    Variable("thinking", "bool", "whether it asks for thinking"),
    Variable("stream", "bool", "whether it asks for a stream"),
    Variable("headers", "map(string, string)", "its headers, names in lower case, without credentials"),
    Variable("organization", "string", "the id of the organization"),
    Variable("key", "string", "the name of the gateway key"),
    Variable("project", "string", "the project of the gateway key"),
    Variable("tags", "list(string)", "the tags of the gateway key"),
    Variable("person", "string", "the id of the person the gateway key belongs to"),
    Variable("edition", "string", "the edition of the organization's license"),
    Variable("hour", "int", "the hour of the day in UTC, 0 to 23"),
    Variable("weekday", "int", "the day of the week in UTC, 1 for Monday to 7"),
)  # fmt: skip


class Condition:
    """A checked expression. ``names`` are the variables it asks for; no others need be there."""

    __slots__ = ("_program", "names", "text")

    def __init__(self, text: str, names: frozenset[str], program: "cel.Expression") -> None:
        self.text = text
        self.names = names
        self._program = program

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Say whether it is true of a request. Raises ConditionFailed where there is no answer."""
        try:
            found = self._program.eval(data=facts).value()
        except (RuntimeError, TypeError, ValueError) as error:
            raise ConditionFailed(str(error)) from None
        if found is True or found is False:
            return bool(found)
        raise ConditionFailed(str(found))


@lru_cache(1)
def _environment() -> "cel.Env":
    # Only installations with conditions load the library.
    from cel_expr_python import cel

    types = {"string": cel.Type.STRING, "int": cel.Type.INT, "bool": cel.Type.BOOL}
    types["map(string, string)"] = cel.Type.Map(cel.Type.STRING, cel.Type.STRING)
    types["list(string)"] = cel.Type.List(cel.Type.STRING)
    return cel.NewEnv(variables={one.name: types[one.type] for one in VARIABLES})


@lru_cache(_REMEMBERED)
def compile_condition(text: str) -> Condition:
    """Return the condition an expression states. Raises InvalidCondition with the place and the reason."""
    if len(text) > LONGEST_EXPRESSION:
        raise InvalidCondition(f"The condition is longer than {LONGEST_EXPRESSION} characters.")
    from cel_expr_python import cel

    try:
        program = _environment().compile(text)
    except (RuntimeError, ValueError, TypeError) as error:
        reason = _reason(str(error))
        raise InvalidCondition(
            f"The condition is not valid: {'at ' if reason[:1].isdigit() else ''}{reason}",
            action=hint_for(text, reason, [one.name for one in VARIABLES]),
            reason=reason,
        ) from None
    if program.return_type() != cel.Type.BOOL:
        raise InvalidCondition(
            "The condition is not a question: its answer must be true or false.",
            action="Compare with something, as in tokens > 1000.",
        )
    words = frozenset(re.findall(r"[A-Za-z_]\w*", text))
    return Condition(text, words & {one.name for one in VARIABLES}, program)


def _reason(message: str) -> str:
    """Return the library's words without its own marks: ``1:7: found no …``, line and column."""
    found = re.findall(r"ERROR: <input>:(\d+:\d+): ([^\n]*)", message)
    if not found:
        return message.removeprefix("INVALID_ARGUMENT: ").split("\n")[0]
    return "; at ".join(f"{place}: {_shortened(reason)}" for place, reason in found[:3])


def _shortened(reason: str) -> str:
    """Leave out the parser's list of everything that might have stood there."""
    return re.sub(r" expecting \{.*", "", reason.replace(" (in container '')", "").removesuffix(" [INVALID_ARGUMENT]"))


def visible_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return what a condition may see of a request's headers: never a credential, and within bounds."""
    seen: dict[str, str] = {}
    for name, value in headers:
        if name.lower() not in _SECRET_HEADERS and len(seen) < MOST_HEADERS:
            seen[name.decode("latin-1").lower()] = value[:LONGEST_HEADER].decode("latin-1")
    return seen
