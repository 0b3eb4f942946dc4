"""Judges one use of an agent's tool: which kind it is, and what its arguments reach."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from powerautomation.approvals.risk.catalog import Tool, level_of
from powerautomation.approvals.risk.code import judge_sql
from powerautomation.approvals.risk.hosts import host_of, zone_of
from powerautomation.approvals.risk.ledger import Ledger, Scope, TooMuch
from powerautomation.approvals.risk.paths import SYSTEM_PROGRAMS
from powerautomation.approvals.risk.walk import Walk
from powerautomation.approvals.risk.words import Word

_MOST_VALUES = 2_000
_DEEPEST = 12
# Agents take blanks around these words for nothing.
_PATCH = re.compile(
    r"^[ \t]*\*\*\*[ \t]*(Add File|Update File|Delete File|Move to)[ \t]*:[ \t]*(.+?)\s*$", re.MULTILINE
)
_SQL_STARTS = re.compile(
    r"[\s;(]*(?:--|/\*|(?:select|insert|update|delete|drop|alter|create|truncate|with|grant|revoke|copy|call|merge)\b)",
    re.I,
)


def judge_tool(walk: Walk, scope: Scope) -> None:
    """Judge the action of a walk. Raises ``TooMuch``."""
    ledger = walk.ledger
    action = ledger.action
    tool = ledger.catalog.tools_by_name.get(action.tool.lower())
    if tool is None:
        _other(walk, action.tool, action.arguments, scope)
        return
    if tool.kind in ("shell", "local_shell"):
        _shell(walk, tool, action.arguments, scope)
        return
    ledger.add("tool", (action.tool,), level_of(tool.level), f"tool.{tool.kind}")
    if tool.kind in ("read", "write", "delete"):
        found = list(_texts(action.arguments, tool.fields))
        if not found and tool.kind != "read":
            raise TooMuch("arguments_unreadable")
        for text in found:
            ledger.path(_file(ledger, text), tool.kind, scope)
        if tool.kind == "write" and action.arguments.get("command") in ("view", "undo_edit"):
            return
    elif tool.kind == "patch":
        _patch(ledger, tool, action.arguments, scope)
    elif tool.kind == "fetch":
        for text in _texts(action.arguments, tool.fields):
            for address in re.findall(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s\"'<>)]+", text):
                if address.startswith("file:"):
                    ledger.path(_literal(address[7:]), "read", scope)
                    continue
                ledger.host(host_of(address), "look")


def _file(ledger: Ledger, text: str) -> Word:
    """Return a path as agents read it: without blanks around it, and ``~`` is the home folder."""
    text = text.strip()
    if ledger.home and (text == "~" or text.startswith("~/")):
        text = ledger.home + text[1:]
    return _literal(text, glob="*" in text or "?" in text)


def _literal(text: str, glob: bool = False) -> Word:
    return Word(text, glob)


def _texts(arguments: Mapping[str, Any], fields: tuple[str, ...]) -> Iterator[str]:
    for field in fields:
        value = arguments.get(field)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and one:
                yield one
            elif isinstance(one, Mapping):
                yield from _texts(one, ("path", "file_path", "url"))


def _shell(walk: Walk, tool: Tool, arguments: Mapping[str, Any], scope: Scope) -> None:
    ledger = walk.ledger
    told = [arguments[field] for field in tool.fields if field in arguments]
    if len(told) > 1:
        # Nobody says here which of them the tool runs.
        raise TooMuch("arguments_unreadable")
    found: Any = told[0] if told else None
    if found is None and isinstance(arguments.get("action"), Mapping):
        arguments = arguments["action"]
        found = arguments.get("command")
    for field in ("workdir", "directory", "dir_path", "cwd", "working_directory", tool.folder):
        folder = arguments.get(field)
        if isinstance(folder, str) and folder:
            scope.cwd = ledger.path(_literal(folder), "read", scope).path
            break
    if (
        arguments.get("dangerouslyDisableSandbox") is True
        or arguments.get("with_escalated_permissions") is True
        or (arguments.get("sandbox_permissions") == "require_escalated")
    ):
        ledger.mark("changes_prompt", ledger.action.tool)
    program = arguments.get("shell")
    if isinstance(program, str) and "/" in program and program.rpartition("/")[0] not in SYSTEM_PROGRAMS:
        ledger.path(_file(ledger, program), "run", scope)
    environment = arguments.get("env")
    if isinstance(environment, Mapping):
        for name, value in list(environment.items())[:100]:
            if re.fullmatch(r"[A-Za-z_]\w*", str(name)):
                walk.script(f"{name}='{str(value)[:2000].replace(chr(39), '')}'", scope, 1)
    if isinstance(found, str):
        ledger.add("tool", (ledger.action.tool,), level_of(tool.level), "tool.shell")
        walk.script(found, scope, 0)
    elif isinstance(found, list) and found and all(isinstance(one, str) for one in found):
        ledger.add("tool", (ledger.action.tool,), level_of(tool.level), "tool.shell")
        if sum(len(one) for one in found) > 16_000 or any("\0" in one for one in found):
            raise TooMuch("too_long")
        walk.judge([Word(one) for one in found], scope, 0, None)
    else:
        raise TooMuch("arguments_unreadable")


def _patch(ledger: Ledger, tool: Tool, arguments: Mapping[str, Any], scope: Scope) -> None:
    text = "\n".join(_texts(arguments, tool.fields))
    found = _PATCH.findall(text)
    if not found:
        raise TooMuch("arguments_unreadable")
    for what, path in found[:400]:
        ledger.path(_file(ledger, path), "delete" if what == "Delete File" else "write", scope)


def _other(walk: Walk, name: str, arguments: Mapping[str, Any], scope: Scope) -> None:
    """Judge a tool that nobody described, by the words of its name and by its arguments."""
    ledger = walk.ledger
    catalog = ledger.catalog.tools
    plain = name.rpartition("__")[2] if name.startswith("mcp__") else name
    if not name.isascii():
        ledger.mark("lookalike", name)
    words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", plain)}
    found = False
    for verb in catalog.verbs:
        said = words.intersection(verb.words)
        if said:
            found = True
            ledger.add(verb.reason, (name,), level_of(verb.level), f"verb.{verb.reason}", verb.undo)
            if verb.reason == "money":
                ledger.money(name)
    reads = bool(words.intersection(catalog.verbs[0].words))
    if not found or (
        not reads and all(verb.reason == "tool_reads" for verb in catalog.verbs if words.intersection(verb.words))
    ):
        ledger.mark("command_unknown", name)
    for field, value in _values(arguments):
        _argument(walk, field.lower(), value, scope, reads)


def _values(arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every text in the arguments with the name it stands under. Raises ``TooMuch``."""
    waiting: list[tuple[str, Any, int]] = [(str(name), value, 0) for name, value in arguments.items()]
    count = 0
    while waiting:
        name, value, depth = waiting.pop()
        count += 1
        if count > _MOST_VALUES:
            raise TooMuch("too_long")
        if depth > _DEEPEST:
            raise TooMuch("too_deep")
        if isinstance(value, Mapping):
            waiting += [(str(key), one, depth + 1) for key, one in value.items()]
        elif isinstance(value, list):
            waiting += [(name, one, depth + 1) for one in value]
        elif isinstance(value, str):
            yield name, value


def _argument(walk: Walk, field: str, value: str, scope: Scope, reads: bool) -> None:
    ledger = walk.ledger
    catalog = ledger.catalog.tools
    if field in catalog.command_fields:
        walk.script(value, scope.copy(), 1)
    elif field in catalog.query_fields and _SQL_STARTS.match(value):
        judge_sql(ledger, value, field)
    elif (
        field in catalog.path_fields and ("/" in value or "." in value or value.startswith("~")) and "://" not in value
    ):
        word = _literal(value.replace("~", ledger.home, 1) if value.startswith("~/") and ledger.home else value)
        ledger.path(word, "read" if reads else "write", scope)
    elif field in catalog.host_fields:
        host = host_of(value)
        if host and zone_of(host) in ("metadata", "private", "local"):
            ledger.host(host, "fetch")
        elif host:
            ledger.host(host, "look" if reads else "fetch")
    elif value.startswith(("/", "~/")) and ledger.spot(_file(ledger, value), scope).zone == "secret":
        ledger.path(_file(ledger, value), "read", scope)
