"""Programs that reach other machines, where their words need more than the catalog says."""

import re

from powerautomation.approvals.risk.arguments import read_arguments
from powerautomation.approvals.risk.calls import effects, level_and_cases, run
from powerautomation.approvals.risk.catalog import Program
from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.hosts import bare_host, host_of
from powerautomation.approvals.risk.ledger import Flow, Scope
from powerautomation.approvals.risk.walk import Walk
from powerautomation.approvals.risk.words import UNKNOWN, Word


def curl(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``curl`` and ``wget``: fetch, or send what a file or a text holds."""
    ledger = walk.ledger
    arguments = read_arguments(words[1:], program.opts, False)
    roles = [(program.opts.get(flag, "value"), flag, value) for flag, value in arguments.options]
    method = next((value.text.upper() for _, flag, value in roles if flag in ("-X", "--request", "--method")), "")
    bodies = [(role, value) for role, _, value in roles if role in ("data", "body", "form", "read_send")]
    sends = bool(bodies) or method in ("POST", "PUT", "PATCH", "DELETE")
    if "-G" in arguments.flags or "--get" in arguments.flags:
        sends = any(value.text.startswith("@") or "@" in value.text for _, value in bodies)
    ledger.add("sends" if sends else "fetches", (name,), Level.LOW, f"command.{name}")
    files = False
    taint: set[str] = set()
    for role, value in bodies:
        files |= _body(walk, role, value, scope)
        taint |= value.taint | (set(stdin.taint) if stdin and value.text in ("@-", "-") else set())
    for role, flag, value in roles:
        if role in ("write", "read", "read_key", "run", "url"):
            if role == "read_key":
                ledger.add("path", ("use", value.text, "secret"), Level.MEDIUM, "path.use.secret")
            elif role == "url":
                arguments.operands.append(value)
            elif value.text != "-":
                ledger.path(value, role, scope)
        elif role == "host":
            ledger.host(bare_host(value.text), "connect")
        elif role in ("header", "value") and "secret" in value.taint:
            taint |= value.taint
        if flag in ("-e", "--execute") and name == "wget":
            ledger.add("runs_program", (value.text,), Level.HIGH, "command.wget.execute")
    for word in arguments.operands:
        host = host_of(word.text) or (
            bare_host(word.text) if not word.text.startswith(("/", ".")) or word.unknown else ""
        )
        if word.text.startswith("file://"):
            ledger.path(Word(word.text[7:]), "read", scope)
            continue
        taint |= word.taint
        zone = ledger.host(host, "send" if sends else "fetch")
        ledger.seen.add(
            "sends_unknown" if word.unknown and zone != "local" else "fetch" if zone != "local" else "local"
        )
        if word.taint & {"file", "secret", "secret_variable"} and zone not in ("local",):
            ledger.seen.add("send")
    _words_tainted(walk, words, taint)
    _saved(walk, name, arguments.flags, roles, arguments.operands, scope)
    if method == "DELETE":
        ledger.add("deletes_remote", (name,), Level.HIGH, f"command.{name}.delete", False)
    if arguments.flags & {"-k", "--insecure", "--no-check-certificate"}:
        ledger.mark("skips_checks", name)
    return Flow(frozenset({"network"}))


def _words_tainted(walk: Walk, words: list[Word], taint: set[str]) -> None:
    found = set(taint)
    for word in words:
        found |= word.taint
    if found & {"secret"} and "send" in walk.ledger.seen | ({"send"} if "fetch" in walk.ledger.seen else set()):
        walk.ledger.mark("secret_sent", words[0].text)
    if "secret_variable" in found and walk.ledger.seen & {"send", "fetch"}:
        walk.ledger.mark("sends_variable", words[0].text)


def _body(walk: Walk, role: str, value: Word, scope: Scope) -> bool:
    """Look at a body to send. Returns whether a file goes along."""
    text = value.text
    if role == "form":
        found = re.match(r"[^=]*=[@<](.*?)(?:;|$)", text, re.DOTALL)
        name = found[1] if found else ""
    elif role == "read_send":
        name = text
    elif role == "data" and "@" in text:
        name = text.split("@", 1)[1] if text.startswith("@") or re.match(r"[\w-]*@", text) else ""
    else:
        name = ""
    if name in ("", "-"):
        return False
    walk.ledger.path(Word(name, value.glob, value.taint), "read", scope)
    return True


def _saved(
    walk: Walk, name: str, flags: set[str], roles: list[tuple[str, str, Word]], operands: list[Word], scope: Scope
) -> None:
    """Remember which files hold what was fetched."""
    for role, flag, value in roles:
        if (
            role == "write"
            and flag in ("-o", "--output", "-O", "--output-document")
            and not (name == "curl" and flag == "-O")
        ):
            walk.ledger.fetched.add(walk.ledger.spot(value, scope).path)
    if name == "wget" or "-O" in flags or "--remote-name" in flags:
        for word in operands:
            walk.ledger.fetched.add(
                walk.ledger.spot(
                    Word(word.text.split("?")[0].rstrip("/").rpartition("/")[2] or "index.html"), scope
                ).path
            )


def httpie(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``http POST host a=b``."""
    arguments = read_arguments(words[1:], program.opts, False)
    texts = [word.text for word in arguments.operands]
    sends = any(text.upper() in ("POST", "PUT", "PATCH", "DELETE") for text in texts[:1]) or any(
        re.match(r"[^:/]+(?:=|:=|@)", text) for text in texts[1:]
    )
    walk.ledger.add("sends" if sends else "fetches", (name,), Level.LOW, f"command.{name}")
    at = 1 if texts and texts[0].isupper() else 0
    if at < len(texts):
        walk.ledger.host(bare_host(texts[at]), "send" if sends else "fetch")
    for text in texts[at + 1 :]:
        if "@" in text:
            walk.ledger.path(Word(text.split("@", 1)[1]), "read", scope)
    return Flow(frozenset({"network"}))


def connect(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``nc`` and ``socat``: a channel; what is fed into it is sent."""
    ledger = walk.ledger
    arguments = read_arguments(words[1:], program.opts, False)
    level_and_cases(walk, name, program, arguments)
    looks = "-z" in arguments.flags
    taint: set[str] = set(stdin.taint if stdin else ())
    for flag, value in arguments.options:
        if program.opts.get(flag) == "shell_run":
            ledger.mark("reverse_shell", value.text)
            walk.script(value.text, scope.copy(), depth + 1)
    for word in arguments.operands:
        if re.search(r"(?i)\b(?:exec|system):", word.text):
            ledger.mark("reverse_shell", word.text)
            walk.script(
                re.split(r"(?i)(?:exec|system):", word.text, maxsplit=1)[1].split(",")[0].strip("'\""),
                scope.copy(),
                depth + 1,
            )
    hosts = [word for word in arguments.operands if not word.text.isdigit()][:1]
    for word in hosts:
        ledger.host(bare_host(word.text), "look" if looks else "connect")
    if stdin is not None and not looks:
        ledger.seen.add("send")
        if "secret" in taint:
            ledger.mark("secret_sent", name)
    return Flow(frozenset({"network"}))


def ssh(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``ssh HOST COMMAND``: another machine, where no workspace is known."""
    ledger = walk.ledger
    if name == "sshpass":
        arguments = read_arguments(words[1:], {"-p": "value", "-f": "read_key"}, False, 0)
        ledger.add("runs_on_other_machine", (name,), Level.HIGH, "command.ssh")
        return run(walk, words[1 + arguments.places[0] :], scope, depth + 1, stdin) if arguments.places else Flow()
    arguments = read_arguments(words[1:], program.opts, False, 0)
    level_and_cases(walk, "ssh", program, arguments)
    for flag, value in arguments.options:
        if program.opts.get(flag) == "ssh_option" and re.match(
            r"(?i)(?:proxycommand|localcommand|permitlocalcommand|knownhostscommand)", value.text
        ):
            walk.script(value.text.partition("=")[2].strip("'\""), scope.copy(), depth + 1)
        elif program.opts.get(flag) == "forward":
            ledger.add("opens_channel", (value.text,), Level.HIGH, "command.ssh.forward")
    if not arguments.operands:
        return Flow()
    ledger.host(bare_host(arguments.operands[0].text), "connect")
    inner = words[1 + arguments.places[0] + 1 :]
    if stdin is not None and "secret" in stdin.taint:
        ledger.mark("secret_sent", name)
    if inner:
        there = scope.copy()
        there.cwd = UNKNOWN
        there.variables = {}
        walk.script(" ".join(word.text for word in inner), there, depth + 1, stdin)
    return Flow(frozenset({"network"}))


def remote_copy(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``scp`` and ``rsync``: a copy here, or to and from another machine."""
    ledger = walk.ledger
    arguments = read_arguments(words[1:], program.opts, False)
    hosts = [host_of(word.text) for word in arguments.operands]
    if not any(hosts):
        level_and_cases(walk, name, program, arguments)
        program = Program(level=program.level, paths=program.paths, opts=program.opts, raises=program.raises)
        return effects(walk, name, program, program.opts, arguments, words, scope, depth, stdin)
    level_and_cases(walk, name, program, arguments)
    outward = bool(hosts[-1])
    for at, word in enumerate(arguments.operands):
        if hosts[at]:
            ledger.host(hosts[at], "send" if outward else "fetch")
        else:
            ledger.path(word, "read" if outward else "write", scope, recursive=True)
    for flag, value in arguments.options:
        if program.opts.get(flag) == "shell" and not re.fullmatch(r"ssh( -p ?\d+)?( -i \S+)?", value.text):
            walk.script(value.text, scope.copy(), depth + 1)
    if outward and "secret" in ledger.seen:
        ledger.mark("secret_sent", name)
    return Flow(frozenset({"network"}))
