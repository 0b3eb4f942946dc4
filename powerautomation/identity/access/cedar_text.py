"""The text of a policy: what may stand in one (the schema), and where it is wrong."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from powerautomation.identity.access.cedar import Effect, Policy
from powerautomation.identity.access.rules import PERMISSIONS

if TYPE_CHECKING:
    from cedarpy import Schema

MOST_CHARACTERS = 4000
# Cedar's parser overflows the stack, and with it ends the whole server, somewhere above 500 open brackets (measured
# with 4.12). Counted wherever they stand, in strings and comments too: what is not counted cannot hide.
MOST_BRACKETS = 200

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|[A-Za-z_]\w*|\d+|::|&&|\|\||==|!=|<=|>=|\S')
_UNFINISHED = "unexpected end of input"
_REPEATED = re.compile(r"^for policy `\w+`, |(?: in context)? for Action::\"[^\"]*\"")
_UNEXPECTED = re.compile(r"unexpected token `(.+)`")
_NAMED = re.compile(r"`([^`]+)`|'([^']+)'|: (\w+)$")
# Attributes of a resource that are looked up only when a policy asks for them.
_LOOKED_UP = frozenset({"owner", "project"})

_SCHEMA = """// Who asks: a person, or a program in a person's name. A custom role is in the roles it inherits from.
// Who belongs to a unit belongs to all above it: ask with `principal in Unit::"unt_..."`.
entity Role in [Role];
entity Unit in [Unit];
entity Person in [Role, Unit] {
  id: String,
  kind: String,      // "person" or "service_account"
  role: String,      // the id of the role: "developer", "rol_..."
  by: String,        // "session" or "key"
  key?: String,      // the id of the key, when one asks
};

// What about. Only what has an owner or a project has these attributes: ask with `resource has project`.
entity Resource {
  kind: String,      // "api_keys", "providers": the first word of the permission
  id: String,        // empty for a list, and for what is being made
  owner?: String,    // the id of a person
  project?: String,
};

// When, from where and how.
type Circumstances = {
  edition: String,               // "personal", "professional", "team" or "enterprise"
  time: {
    now: datetime,
    hour: Long,                  // 0 to 23, in the organization's time zone
    minute: Long,
    weekday: Long,               // 1 is Monday, 7 is Sunday
  },
  network: { ip: ipaddr },
  device: {
    second_factor: Bool,         // signed in with a second factor or a passkey
    passkey: Bool,
    proof_age_minutes: Long,     // since the person last proved who it is
    browser: String,             // "Firefox", "Chrome", "Edge", "Safari", or empty
  },
};
"""


@dataclass(frozen=True, slots=True)
class TextProblem:
    """What is wrong with a policy's text, in English, and where: line and column count from 1."""

    line: int
    column: int
    message: str


class TextInvalid(ValueError):
    """A text is no policy; ``problems`` is never empty."""

    def __init__(self, problems: list[TextProblem]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


@cache
def schema_text() -> str:
    """Return the Cedar schema of policies: what they may name, for people and their editors."""
    names = ",\n  ".join(f'"{name}"' for name in sorted(PERMISSIONS))
    applies = "  principal: [Person],\n  resource: [Resource],\n  context: Circumstances,\n"
    return f"{_SCHEMA}\n// What: every permission.\naction\n  {names}\nappliesTo {{\n{applies}}};\n"


@cache
def _schema() -> "Schema":
    from cedarpy import Schema

    return Schema.from_str(schema_text())


def read_policy(text: str, *, policy_id: str = "", name: str = "") -> Policy:
    """Return the policy that a text is: one statement that fits the schema. Raises TextInvalid."""
    from cedarpy import policies_to_json_str, validate_policies

    _check_size(text)
    wrong = _parse_error(text)
    if wrong is not None:
        raise TextInvalid([_located(text, wrong)])
    try:
        parsed = json.loads(policies_to_json_str(text))
    except ValueError:
        raise TextInvalid([_at(text, 0, "the conditions are nested too deeply: write fewer terms")]) from None
    statements = parsed["staticPolicies"]
    if parsed["templates"]:
        raise TextInvalid([_at(text, max(0, text.find("?")), "a template with ?principal or ?resource is no policy")])
    if len(statements) != 1:
        second = _second_statement(text)
        raise TextInvalid(
            [_at(text, second, "one policy is one statement: permit (…) or forbid (…), then a semicolon")]
        )
    (statement,) = statements.values()
    checked = validate_policies(text, _schema())
    if not checked.validation_passed:
        # Cedar says the same of each permission.
        messages = dict.fromkeys(_REPEATED.sub("", one.error) for one in checked.errors)
        raise TextInvalid([_located(text, message) for message in messages][:20])
    permissions = _permissions_of(statement["action"])
    return Policy(
        policy_id,
        name,
        effect_of(statement),
        statement,
        permissions,
        _subject_of(statement["principal"]),
        _reads_of(statement),
        any(kind == "Unit" for kind, _ in entities_named(statement)),
    )


def effect_of(statement: Mapping[str, Any]) -> Effect:
    """Return what a statement does."""
    return "permit" if statement["effect"] == "permit" else "forbid"


def stored_policy(policy_id: str, name: str, statement: Mapping[str, Any]) -> Policy:
    """Return a policy that was read before from what was kept of it."""
    return Policy(
        policy_id,
        name,
        effect_of(statement),
        statement,
        _permissions_of(statement["action"]),
        _subject_of(statement["principal"]),
        _reads_of(statement),
        any(kind == "Unit" for kind, _ in entities_named(statement)),
    )


def entities_named(statement: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return every entity a statement names, anywhere, as (type, id)."""
    found: set[tuple[str, str]] = set()
    for part in _parts(statement):
        if set(part) == {"type", "id"} and isinstance(part["type"], str) and isinstance(part["id"], str):
            found.add((part["type"], part["id"]))
    return found


def _check_size(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise TextInvalid([_at(text, MOST_CHARACTERS, f"a policy has at most {MOST_CHARACTERS} characters")])
    brackets = [found.start() for found in re.finditer(r"[(\[{]", text)]
    if len(brackets) > MOST_BRACKETS:
        raise TextInvalid([_at(text, brackets[MOST_BRACKETS], f"a policy has at most {MOST_BRACKETS} brackets")])
    if not text.strip():
        raise TextInvalid([TextProblem(1, 1, "there is no policy yet")])


def _parse_error(text: str) -> str | None:
    from cedarpy import PolicySet

    try:
        PolicySet.from_str(text)
    except ValueError as error:
        return str(error)
    return None


def _located(text: str, message: str) -> TextProblem:
    """Return a problem with its place: cedarpy does not say where, so it is looked for.

    A text that only ends too early can still be continued; the first word with which it no longer can is the wrong one.
    """
    tokens = [found for found in _TOKEN.finditer(text) if not found[0].startswith("//")]
    low, high = 0, len(tokens)
    if _parse_error(text) is None:
        return _at(text, _place_of(text, message), message)
    while low < high:
        middle = (low + high) // 2
        wrong = _parse_error(text[: tokens[middle].end()])
        if wrong is None or wrong == _UNFINISHED:
            low = middle + 1
        else:
            high = middle
    unexpected = _UNEXPECTED.match(message)
    if unexpected is not None:
        # The parser may read one word more before it says so.
        low = next((at for at in (low, low - 1) if 0 <= at < len(tokens) and tokens[at][0] == unexpected[1]), low)
    if low >= len(tokens):
        return _at(text, len(text.rstrip()), message)
    named = _place_of(text, message) if unexpected is None and tokens[low][0] in ("}", ";") else 0
    return _at(text, named or tokens[low].start(), message)


def _place_of(text: str, message: str) -> int:
    """Return where the thing that a message names stands, 0 when it is not found."""
    for groups in _NAMED.findall(message):
        name = next(one for one in groups if one)
        for wanted in (name, name.partition("::")[2] or name, name.strip('"')):
            found = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text)
            if found is not None:
                return found.start()
    return 0


def _at(text: str, offset: int, message: str) -> TextProblem:
    before = text[:offset]
    return TextProblem(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1, message[:500])


def _second_statement(text: str) -> int:
    ends = [found.end() for found in _TOKEN.finditer(text) if found[0] == ";"]
    return ends[0] if ends else 0


def _permissions_of(scope: Mapping[str, Any]) -> frozenset[str] | None:
    if scope["op"] == "All":
        return None
    named = scope["entities"] if "entities" in scope else [scope["entity"]]
    return frozenset(one["id"] for one in named)


def _subject_of(scope: Mapping[str, Any]) -> str:
    entity = scope.get("entity") or scope.get("in", {}).get("entity")
    return f"{entity['type']}::{entity['id']}" if entity else ""


def _reads_of(statement: Mapping[str, Any]) -> frozenset[str]:
    """Return which attributes of the resource that must be looked up a statement may ask for."""
    found = {part["attr"] for part in _parts(statement) if isinstance(part.get("attr"), str) and "left" in part}
    return frozenset(found & _LOOKED_UP)


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, Mapping):
            yield at
            waiting.extend(at.values())
        elif isinstance(at, list):
            waiting.extend(at)
