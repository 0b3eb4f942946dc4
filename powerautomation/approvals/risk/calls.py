"""Judges one command by its words: what the catalog says of its program, and what it does to what it is given."""

import posixpath
import re

from powerautomation.approvals.risk.arguments import Arguments, applies, read_arguments, subcommand
from powerautomation.approvals.risk.catalog import Case, Program, level_of
from powerautomation.approvals.risk.code import judge_code, judge_sql
from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.hosts import bare_host, host_of
from powerautomation.approvals.risk.ledger import Flow, Scope
from powerautomation.approvals.risk.paths import SYSTEM_PROGRAMS
from powerautomation.approvals.risk.walk import Walk
from powerautomation.approvals.risk.words import UNKNOWN, Word

_RECURSIVE = frozenset({"-r", "-R", "--recursive", "-a", "--archive"})
# Names of git's configuration that end so make it run a program, or talk to another place.
_GIT_RUNS = (
    "pager", "editor", "sshcommand", "fsmonitor", "hookspath", "command", "helper", "askpass", "program", "external",
    "textconv", "driver", "gitproxy", "proxy", "insteadof", "sslverify", "uploadpack", "receivepack", "allow", "cmd",
    "path", "clean", "smudge", "process", "templatedir", "worktree", "attributesfile", "packobjectshook", "difffilter",
    "url",
)  # fmt: skip
# Programs of the shell to which a variable's name is told.
_LOOKS_UP = frozenset({"let", "read", "getopts", "mapfile", "readarray", "wait", "unset", "local"})
_ASKS_FOR_HELP = frozenset({"--help", "--version"})


def run(walk: Walk, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """Judge a command and return what it writes to its output. Raises ``TooMuch``."""
    ledger = walk.ledger
    if not words:
        return Flow(frozenset(), "")
    ledger.command(depth, words)
    _variables(walk, words)
    name = _name(walk, words[0], scope, depth, stdin, words)
    if name is None:
        return Flow(frozenset(_taints(words)))
    if name in _LOOKS_UP or any(word.text == "-v" for word in words[1:] if name in ("test", "[", "printf")):
        ledger.seen.add("counts")
    if name in scope.functions:
        return walk.call_function(name, words[1:], scope, depth, stdin)
    if name in scope.aliases and name not in scope.running:
        inner = scope.copy()
        inner.running = (*scope.running, name)
        walk.script(scope.aliases[name], inner, depth + 1, stdin)
    program = ledger.catalog.programs.get(name)
    if program is not None and program.alias:
        words = [Word(one) for one in program.alias] + words[1:]
        name, program = program.alias[0], ledger.catalog.programs.get(program.alias[0])
    if program is None:
        return _unknown(walk, name, words, scope)
    special = walk.special.get(program.special)
    if special is not None:
        return special(walk, name, program, words, scope, depth, stdin)
    return plain(walk, name, program, words, scope, depth, stdin)


def plain(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """Judge a command by its entry in the catalog."""
    arguments = read_arguments(words[1:], program.opts, program.long)
    called, sub, used = subcommand(program, arguments)
    if sub is not None:
        merged = {**program.opts, **sub.opts}
        arguments = read_arguments(words[1:], merged, program.long or sub.long)
        arguments.operands, arguments.places = arguments.operands[used:], arguments.places[used:]
        judged, opts = sub, merged
    else:
        judged, opts = program, program.opts
    rule = f"{name} {called}".strip()
    own = not arguments.flags & {"-p", "--package"}
    if judged.local_tools and own and arguments.operands and _is_of_project(walk, arguments.operands[0].text):
        walk.ledger.add("runs_project", (rule,), Level.LOW, f"command.{rule}")
    else:
        level_and_cases(walk, rule, judged, arguments, also=program.raises if sub is not None else ())
    return effects(walk, rule, judged, opts, arguments, words, scope, depth, stdin)


def _is_of_project(walk: Walk, name: str) -> bool:
    """Say whether a tool is one that projects bring with them, so that nothing unknown is downloaded."""
    known = walk.ledger.catalog.programs.get(name)
    return known is not None and known.reason in ("runs_project", "database_change")


def level_and_cases(walk: Walk, rule: str, program: Program, arguments: Arguments, also: tuple[Case, ...] = ()) -> None:
    """Write down the level of a program, or of the first case that fits, and what raises it."""
    ledger = walk.ledger
    case = next((one for one in program.cases if applies(one, arguments, careful=False)), None)
    asks = (
        bool(arguments.flags & _ASKS_FOR_HELP)
        and len(arguments.flags) == 1
        and not (program.wraps and arguments.operands)
    )
    if asks:
        ledger.add("program", (rule,), Level.SAFE, f"command.{rule}")
    elif case is not None:
        ledger.add(case.reason or "program", (rule,), level_of(case.level), f"command.{rule}", case.undo)
    else:
        ledger.add(program.reason or "program", (rule,), level_of(program.level), f"command.{rule}", program.undo)
        if program.money:
            ledger.money(rule)
        if program.secret:
            ledger.seen.add("secret")
    for raised in () if asks else (*program.raises, *also):
        if applies(raised, arguments, careful=True):
            reason = raised.reason or "program"
            ledger.add(reason, (rule,), level_of(raised.level), f"command.{rule}.{reason}", raised.undo)
            if reason == "secret_shown":
                ledger.seen.add("secret")


def effects(
    walk: Walk,
    rule: str,
    program: Program,
    opts: dict[str, str],
    arguments: Arguments,
    words: list[Word],
    scope: Scope,
    depth: int,
    stdin: Flow | None,
) -> Flow:
    """Write down the paths and hosts a command touches and what it runs; return what it writes to its output."""
    taint = set(stdin.taint if stdin else ()) | _taints(words)
    for flag, value in arguments.options:
        taint |= option(walk, rule, opts.get(flag, "value"), value, scope, depth)
    if program.wraps:
        if program.wraps == "dashes":
            at = None if arguments.dashes is None else arguments.dashes + 2
            return Flow() if at is None or at >= len(words) else run(walk, words[at:], scope.copy(), depth + 1, stdin)
        at = program.skip
        if at < len(arguments.places):
            inner = words[1 + arguments.places[at] :]
            if program.wraps == "script":
                walk.script(" ".join(word.text for word in inner), scope.copy(), depth + 1, stdin)
                return Flow(frozenset(taint))
            return run(walk, inner, scope.copy(), depth + 1, stdin)
    taint |= touch_operands(walk, program, arguments, scope)
    if program.net:
        taint |= reach(walk, program, arguments, stdin, taint)
    if program.decodes:
        taint.add("decoded")
    return Flow(frozenset(taint - {"process"}))


def option(walk: Walk, rule: str, role: str, value: Word, scope: Scope, depth: int) -> set[str]:
    """Write down what the value of an option is: a path, a host, a script. Returns where its content comes from."""
    ledger = walk.ledger
    if role in ("read", "write", "delete", "run"):
        if value.text == "-":
            return set()
        spot = ledger.path(value, role, scope)
        return {"secret"} if spot.zone == "secret" and role == "read" else {"file"}
    if role == "read_key":
        # A program proves who it is with the key; it does not show it.
        ledger.add("path", ("use", value.text, "secret"), Level.MEDIUM, "path.use.secret")
    elif role in ("url", "host"):
        ledger.host(host_of(value.text) if role == "url" else bare_host(value.text), "fetch")
    elif role in ("shell", "shell_run"):
        if role == "shell_run":
            ledger.mark("reverse_shell", rule)
        walk.script(value.text, scope.copy(), depth + 1)
    elif role in ("python", "node", "opaque"):
        judge_code(ledger, role, value.text, rule)
    elif role == "sql":
        judge_sql(ledger, value.text, rule)
    elif role == "mongo":
        judge_code(ledger, "opaque", value.text, rule)
        if re.search(r"(?i)drop|deleteMany|remove\s*\(", value.text):
            ledger.mark("database_drop_all" if "dropDatabase" in value.text else "database_drop", rule, undo=False)
    elif role == "sql_file":
        ledger.path(value, "read", scope)
        ledger.mark("database_file", value.text)
    elif role == "git_config":
        git_setting(walk, value.text, scope, depth)
    elif role == "folder":
        ledger.path(value, "read", scope)
    elif role == "volume":
        _volume(walk, value, scope)
    return set(value.taint)


def git_setting(walk: Walk, text: str, scope: Scope, depth: int) -> None:
    """Judge ``name=value`` of git's configuration: some names make git run a program."""
    name, _, value = text.partition("=")
    lowered = name.lower()
    if lowered.startswith("alias.") and value:
        if value.startswith("!"):
            walk.script(value[1:], scope.copy(), depth + 1)
            walk.ledger.add("runs_program", (text,), Level.HIGH, "git_setting")
        else:
            walk.script("git " + value, scope.copy(), depth + 1)
    elif lowered.startswith("core.hookspath") and value in ("/dev/null", ""):
        walk.ledger.mark("skips_checks", text)
    elif lowered.endswith(_GIT_RUNS) and value not in ("cat", "less", ""):
        walk.ledger.add("runs_program", (text,), Level.HIGH, "git_setting")


def _volume(walk: Walk, value: Word, scope: Scope) -> None:
    source = value.text
    if "source=" in source or "src=" in source:
        source = next((one.partition("=")[2] for one in source.split(",") if one.startswith(("source=", "src="))), "")
    else:
        source = source.partition(":")[0]
    if source.startswith(("/", ".", "~", UNKNOWN)):
        spot = walk.ledger.spot(Word(source), scope)
        if spot.zone == "socket":
            walk.ledger.add("leaves_container", (source,), Level.CRITICAL, "volume")
        elif spot.zone == "secret":
            walk.ledger.path(Word(source), "read", scope)
        elif spot.zone not in ("workspace", "temporary") or (spot.whole and spot.path not in walk.ledger.roots):
            level = Level.CRITICAL if spot.path.count("/") == 1 else Level.HIGH
            walk.ledger.add("leaves_container", (source,), level, "volume")


def touch_operands(walk: Walk, program: Program, arguments: Arguments, scope: Scope) -> set[str]:
    """Write down what happens to the files a command is given. Returns where its output comes from."""
    ledger = walk.ledger
    role = program.paths
    if not role:
        return set()
    skip = program.skip
    if program.no_skip and any(flag in arguments.flags for flag in program.no_skip):
        skip = 0
    if role == "archive" and [word.text for word in arguments.operands[:1]] == ["-"]:
        # The archive goes to the output.
        role = "read"
    operands = [word for word in arguments.operands[skip:] if word.text != "-"]
    recursive = bool(arguments.flags & _RECURSIVE) or any(
        flag.startswith(("--rec", "--arch")) for flag in arguments.flags
    )
    into = any(flag in ("-t", "--target-directory") for flag, _ in arguments.options)
    taint: set[str] = set()
    role = next((case.role for case in program.raises if case.role and applies(case, arguments, careful=True)), role)
    for index, word in enumerate(operands):
        last = index == len(operands) - 1 and len(operands) > 1 and not into
        how = _how(role, last, index)
        if how == "" or (host_of(word.text) and program.net):
            continue
        if how == "delete" and recursive and _may_be_root(word):
            ledger.mark("empty_variable", word.text, undo=False)
        spot = ledger.path(word, how, scope, recursive=recursive)
        if how == "read":
            taint |= {"file"} | ({"secret"} if spot.zone == "secret" else set())
        if role in ("copy", "move", "link") and not last:
            _lands(walk, word, operands[-1:] if not into else [], role, scope)
        if role == "move" and not last and spot.zone not in ("workspace", "temporary", "unknown"):
            ledger.path(word, "delete", scope, recursive=spot.whole)
        if role in ("copy", "move", "link") and not last and spot.zone == "secret":
            ledger.seen.add("secret")
    deleted = len(operands) if role == "delete" else 0
    if deleted and any(word.glob and not recursive and _bare_star(word) for word in operands):
        ledger.mark("deletes_many", *(word.text for word in operands if word.glob))
    return taint


def _lands(walk: Walk, word: Word, target: list[Word], role: str, scope: Scope) -> None:
    """Judge what a file becomes in the folder it is put into, and what a link opens to writing under another name."""
    ledger = walk.ledger
    name = posixpath.basename(word.text.rstrip("/"))
    folders = [one for one in target if one.text.endswith("/") or posixpath.basename(one.text) in (".", "..", "~")]
    for folder in folders if name not in ("", ".", "..") else ():
        there = Word(f"{folder.text}/{name}", word.glob)
        if ledger.spot(there, scope).zone in ("policy", "access", "autorun"):
            ledger.path(there, "write", scope)
    if role == "link" and ledger.spot(word, scope).zone in ("policy", "access", "autorun", "secret", "device"):
        ledger.path(word, "write", scope)


def _how(role: str, last: bool, index: int) -> str:
    if role in ("copy", "move", "link"):
        return "write" if last else "read"
    if role == "copy_rest":
        return "read" if index == 0 else "write"
    if role == "archive":
        return "write" if index == 0 else "read"
    if role == "first":
        return "read" if index == 0 else ""
    return role


def _may_be_root(word: Word) -> bool:
    """Say whether the word is the root, or all of it, when what is unknown is empty."""
    if not word.unknown or not word.text.startswith(UNKNOWN):
        return False
    rest = word.text.replace(UNKNOWN, "")
    return rest.startswith("/") and rest.strip("/*.") == ""


def _bare_star(word: Word) -> bool:
    return posixpath.basename(word.text) in ("*", ".*", "*.*", "**")


def reach(walk: Walk, program: Program, arguments: Arguments, stdin: Flow | None, taint: set[str]) -> set[str]:
    """Write down which hosts a command reaches, and what is sent there. Returns where its output comes from."""
    ledger = walk.ledger
    hosts = [
        host
        for word in arguments.operands
        if (host := bare_host(word.text) if program.hosts else host_of(word.text)) or (word.unknown and program.hosts)
    ]
    how = "look" if program.net_level == "LOW" or (program.level == "LOW" and program.net == "fetch") else program.net
    if program.net in ("push", "send"):
        ledger.seen.add("send")
    for host in dict.fromkeys(hosts):
        ledger.host(host, how, program.net_level)
    if any(word.unknown for word in arguments.operands) or taint & {"file", "secret"}:
        ledger.seen.add("sends_unknown")
    if "secret_variable" in taint:
        ledger.mark("sends_variable")
    return {"network"} if program.net in ("fetch", "connect") else set()


def _variables(walk: Walk, words: list[Word]) -> None:
    for word in words:
        if "secret_variable" in word.taint:
            walk.ledger.mark("secret_variable", word.text)
            walk.ledger.seen.add("secret_variable")
            return


def _taints(words: list[Word]) -> set[str]:
    found: set[str] = set()
    for word in words:
        found |= word.taint
    return found


def _name(walk: Walk, word: Word, scope: Scope, depth: int, stdin: Flow | None, words: list[Word]) -> str | None:
    """Return the name of the program to look up, or None when that has been judged already."""
    ledger = walk.ledger
    text = word.text
    if "network" in word.taint:
        ledger.mark("pipe_network_to_program", text)
    elif "decoded" in word.taint:
        ledger.mark("decoded_to_program", text)
    if not text.isascii():
        ledger.mark("lookalike", text)
    if word.unknown or word.glob:
        ledger.mark("name_unknown", text)
        rest = text.replace(UNKNOWN, "")
        if rest and not word.glob:
            # What is unknown may well be empty.
            run(walk, [Word(rest), *words[1:]], scope, depth + 1, stdin)
        return None
    if "/" not in text:
        return text
    folder, name = posixpath.split(text)
    if folder in SYSTEM_PROGRAMS:
        return name
    if text in ledger.catalog.programs:
        return text
    spot = ledger.spot(word, scope)
    if folder.endswith("/bin") and spot.zone == "workspace" and name in ledger.catalog.programs:
        # What is installed in the project, such as .venv/bin/pytest.
        return name
    if posixpath.split(spot.path)[0] in SYSTEM_PROGRAMS:
        return posixpath.basename(spot.path)
    run_file(walk, word, scope)
    return None


def run_file(walk: Walk, word: Word, scope: Scope) -> None:
    """Judge that a file is run whose content nobody has read here."""
    ledger = walk.ledger
    spot = ledger.path(word, "run", scope)
    if spot.path in ledger.fetched:
        ledger.mark("runs_fetched", spot.path)
    else:
        ledger.mark("runs_file", spot.path)


def _unknown(walk: Walk, name: str, words: list[Word], scope: Scope) -> Flow:
    """Judge a program that is not in the catalog: at least MEDIUM, and more by what it is given."""
    ledger = walk.ledger
    ledger.mark("command_unknown", name)
    for word in words[1:]:
        text = word.text
        host = host_of(text)
        if host and "://" in text:
            ledger.host(host, "fetch")
        elif not text.startswith("-") and ("/" in text or text.startswith((".", "~"))):
            spot = ledger.spot(word, scope)
            if spot.zone in ("secret", "policy", "access", "autorun", "device", "socket"):
                ledger.path(word, "read" if spot.zone == "secret" else "write", scope)
    return Flow(frozenset(_taints(words)))
