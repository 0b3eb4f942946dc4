"""Programs of developers and operators, where their words need more than the catalog says."""

import re

from powerautomation.approvals.risk.arguments import applies, read_arguments
from powerautomation.approvals.risk.calls import effects, git_setting, level_and_cases, option, plain, run
from powerautomation.approvals.risk.catalog import Program, level_of
from powerautomation.approvals.risk.code import judge_sql
from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.hosts import host_of
from powerautomation.approvals.risk.ledger import Flow, Scope
from powerautomation.approvals.risk.walk import Walk
from powerautomation.approvals.risk.words import Word

_DEPLOYS = re.compile(r"(?i).*(?:deploy|publish|release|prod|upload|push|ship|promote|rollout|provision).*")
_DESTROYS = re.compile(r"(?i).*(?:destroy|nuke|purge|drop|wipe|reset|teardown|tear-down|truncate).*")
_INSTALLS = re.compile(r"(?i).*(?:install|migrate|seed|setup|bootstrap|sudo|up$|down$|start|stop).*")
_CONFIG_OPTS = dict.fromkeys(("-f", "--file", "--type", "--blob", "--default", "--comment"), "value")
_CONFIG_WORDS = frozenset({"set", "get", "unset", "list", "edit", "rename-section", "remove-section"})


def git(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``git``, seen from the folder it is told to work in."""
    arguments = read_arguments(words[1:], program.opts, False, 0)
    if any(flag in ("-C", "--work-tree") for flag, _ in arguments.options):
        there = scope.copy()
        for flag, value in arguments.options:
            if flag == "-C":
                there.cwd = walk.ledger.spot(value, there).path
        scope = there
    if not arguments.operands:
        level_and_cases(walk, name, program, arguments)
        return effects(walk, name, program, program.opts, arguments, words, scope, depth, stdin)
    called = arguments.operands[0].text
    globals_, rest = words[1 : 1 + arguments.places[0]], words[1 + arguments.places[0] :]
    held = read_arguments(globals_, program.opts, False)
    for flag, value in held.options:
        if program.opts.get(flag) == "git_config":
            git_setting(walk, value.text, scope, depth)
        elif flag == "--exec-path":
            walk.ledger.add("runs_program", (value.text,), Level.HIGH, "git_setting")
        elif flag == "--config-env":
            git_setting(walk, value.text, scope, depth)
        elif flag in ("--git-dir", "--work-tree") and (
            walk.ledger.spot(value, scope).zone not in ("workspace", "history")
        ):
            # Settings, and the files that are written, are another place's.
            walk.ledger.add("runs_program", (value.text,), Level.HIGH, "git_setting")
    quiet = Program(level=program.level, sub=program.sub, cases=(), opts={"-m": "value"})
    if called == "config" and len(rest) > 1:
        found = read_arguments(rest[1:], _CONFIG_OPTS, False)
        texts = [word.text for word in found.operands]
        if texts[:1] == ["edit"] or found.flags & {"-e", "--edit"}:
            walk.ledger.mark("opaque_code", "git config --edit")
        texts = texts[1:] if texts[0:1] and texts[0] in _CONFIG_WORDS else texts
        for flag, value in found.options:
            if flag in ("-f", "--file") and len(texts) > 1:
                walk.ledger.path(value, "write", scope)
        if len(texts) > 1:
            git_setting(walk, f"{texts[0]}={texts[1]}", scope, depth)
        elif len(texts) == 1 and not any(
            word.text.startswith(("--unset", "-e", "--edit", "--remove", "--replace")) for word in rest
        ):
            walk.ledger.add("program", ("git config",), Level.SAFE, "command.git config")
            return Flow()
    if called in ("checkout", "switch", "restore") and any(word.text == "--" for word in rest):
        after = rest[next(at for at, word in enumerate(rest) if word.text == "--") + 1 :]
        everything = any(word.text in (".", "*", ":/") for word in after)
        if called != "restore" or not any(word.text in ("--staged", "-S") for word in rest):
            walk.ledger.add(
                "discards",
                (called,),
                Level.HIGH if everything else Level.MEDIUM,
                f"command.git {called}.discards",
                False,
            )
    if called == "bisect" and len(rest) > 2 and rest[1].text == "run":
        return run(walk, rest[2:], scope.copy(), depth + 1, None)
    if called == "submodule" and len(rest) > 2 and rest[1].text == "foreach":
        walk.script(" ".join(word.text for word in rest[2:] if not word.text.startswith("--")), scope.copy(), depth + 1)
    flow = plain(walk, "git", quiet, [Word("git"), *rest], scope, depth, stdin)
    if called in ("ls-files", "diff", "grep", "status"):
        flow = Flow(flow.taint | {"listing"})
    if called in ("diff", "grep", "blame", "log", "show", "add", "archive"):
        apart = any(word.text == "--no-index" for word in rest)
        for word in rest[1:]:
            # What lies outside is compared and searched like any file.
            outside = apart or word.text.startswith(("/", "../")) or walk.ledger.spot(word, scope).zone == "secret"
            if not word.text.startswith("-") and outside:
                walk.ledger.path(word, "read", scope)
    if called == "stash" and any(word.text == "--" for word in rest):
        for word in rest[next(at for at, one in enumerate(rest) if one.text == "--") + 1 :]:
            walk.ledger.path(word, "write", scope)
    if called == "show" or called == "cat-file":
        for word in rest[1:]:
            _, colon, path = word.text.partition(":")
            if colon and walk.ledger.spot(Word(path), scope).zone == "secret":
                walk.ledger.path(Word(path), "read", scope)
    return flow


def docker(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``docker``: short options of listings have other meanings than those of ``run``."""
    arguments = read_arguments(words[1:], program.opts, False, 0)
    called = [word.text for word in arguments.operands[:2]]
    if called and called[0] in ("compose", "logs", "ps", "images") and name == "docker":
        opts = {
            key: role
            for key, role in program.opts.items()
            if role not in ("volume",) and key not in ("-a", "-n", "-t", "-v", "-m", "-l", "-e", "-u", "-w", "-o")
        }
        program = Program(
            level=program.level,
            opts={**opts, "-n": "value"} if called[0] == "logs" else opts,
            sub=program.sub,
            cases=program.cases,
            raises=program.raises,
        )
    elif called and called[0] in ("run", "exec", "create"):
        program = Program(
            level=program.level,
            opts={key: role for key, role in program.opts.items() if key not in ("-t", "-n", "-f", "-o", "-c")},
            sub=program.sub,
            cases=program.cases,
            raises=program.raises,
        )
        return _container(walk, name, program, words, called[0], scope, depth, stdin)
    elif called and called[0] in (
        "rm",
        "volume",
        "network",
        "container",
        "system",
        "image",
        "rmi",
        "inspect",
        "stop",
        "start",
    ):
        program = Program(
            level=program.level,
            opts={"--filter": "value", "--format": "value"},
            sub=program.sub,
            cases=program.cases,
            raises=program.raises,
        )
    return plain(walk, name, program, words, scope, depth, stdin)


def _container(
    walk: Walk,
    name: str,
    program: Program,
    words: list[Word],
    called: str,
    scope: Scope,
    depth: int,
    stdin: Flow | None,
) -> Flow:
    """``docker run IMAGE COMMAND``: the flags after the image are the command's."""
    at = next(index for index, word in enumerate(words) if word.text == called)
    arguments = read_arguments(words[at + 1 :], program.opts, False, 0)
    level_and_cases(walk, f"{name} {called}", program.sub[called], arguments, also=program.raises)
    own = read_arguments(words[at + 1 : at + 1 + (arguments.places[0] if arguments.places else 0)], program.opts, False)
    for flag, value in own.options:
        option(walk, name, program.opts.get(flag, "value"), value, scope, depth)
    if not arguments.places:
        return Flow()
    inner = words[at + 1 + arguments.places[0] + 1 :]
    if not inner or inner[0].text.startswith("-"):
        return Flow()
    there = scope.copy()
    there.cwd = scope.cwd
    return run(walk, inner, there, depth + 1, stdin)


def cloud(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """Clouds: what their words say of what they do. Nothing known: as a change."""
    ledger = walk.ledger
    arguments = read_arguments(words[1:], program.opts, True)
    case = next((one for one in program.cases if applies(one, arguments, careful=False)), None)
    if case is not None:
        ledger.add("program", (name,), level_of(case.level), f"command.{name}")
        return Flow()
    verbs = [word.text.lower() for word in arguments.operands] + sorted(arguments.flags)
    # The last verbs are the doing; names of things may be verbs by chance, which only raises.
    found = False
    for verb in ledger.catalog.tools.cloud:
        for text in verbs[:8] + [one for one in verbs[8:] if one.startswith("-")]:
            if any(re.fullmatch(pattern, text) for pattern in verb.words):
                found = True
                ledger.add(verb.reason, (f"{name} {text}",), level_of(verb.level), f"cloud.{verb.reason}", verb.undo)
                if verb.reason == "cloud_change":
                    ledger.money(name)
                if verb.reason == "cloud_secret":
                    ledger.seen.add("secret")
                break
    if not found:
        ledger.add("acts_on_cloud", (name,), Level.HIGH, f"command.{name}")
    for word in arguments.operands:
        if word.text.startswith(("s3://", "gs://", "az://")):
            continue
        if word.text.startswith(("/", "./", "~", "../")) or ledger.spot(word, scope).zone == "secret":
            ledger.path(word, "read", scope)
    if any(word.text.startswith(("s3://", "gs://")) for word in arguments.operands[-1:]) and {"cp", "sync"} & set(
        verbs
    ):
        ledger.add("sends", (name,), Level.HIGH, "cloud.sends")
        ledger.seen.add("send")
    return Flow(frozenset({"network"}))


def sql(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """Clients of databases: the statements count."""
    ledger = walk.ledger
    arguments = read_arguments(words[1:], program.opts, program.long)
    statements = [value for flag, value in arguments.options if program.opts.get(flag) == "sql"]
    operands = arguments.operands
    if name in ("sqlite3", "duckdb"):
        for word in operands[:1]:
            ledger.path(word, "read", scope)
        statements += operands[1:]
    known = bool(statements)
    for statement in statements:
        judge_sql(ledger, statement.text, name)
    for flag, value in arguments.options:
        if program.opts.get(flag) != "sql":
            option(walk, name, program.opts.get(flag, "value"), value, scope, depth)
            known = known or program.opts.get(flag) == "sql_file"
    if stdin is not None:
        if stdin.text is not None:
            judge_sql(ledger, stdin.text, name)
        else:
            ledger.mark("database_file", name)
    elif not known:
        level_and_cases(walk, name, program, arguments)
    else:
        ledger.add("reads_database", (name,), Level.LOW, f"command.{name}")
    for word in operands:
        host = host_of(word.text)
        if host and "://" in word.text:
            ledger.host(host, "look")
    return Flow()


def target(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``make TARGET`` and ``npm run NAME``: what they do is in a file; the name says what it may be."""
    arguments = read_arguments(words[1:], program.opts, False)
    flow = plain(walk, name, program, words, scope, depth, stdin)
    texts = [word.text for word in arguments.operands]
    scripts = name in ("npm", "pnpm", "yarn", "bun", "cnpm")
    if scripts:
        texts = (
            texts[1:2]
            if texts[:1] in (["run"], ["run-script"])
            else texts[:1]
            if name in ("yarn", "pnpm", "bun") and texts[:1] and texts[0] not in program.sub
            else []
        )
    for word, text in (
        zip(arguments.operands, texts, strict=False) if not scripts else [(Word(text), text) for text in texts]
    ):
        found = re.match(r"\w+\??[:+]?=", text)
        if found and not scripts:
            continue
        if word.unknown:
            walk.ledger.mark("wraps_unknown", name)
        elif _DESTROYS.fullmatch(text):
            walk.ledger.mark("target_destroys", f"{name} {text}", undo=False)
        elif _DEPLOYS.fullmatch(text) and not re.fullmatch(r"(?i).*(?:build|test|lint|check|dry).*", text):
            walk.ledger.mark("target_deploys", f"{name} {text}")
        elif _INSTALLS.fullmatch(text) and not scripts:
            walk.ledger.add("installs", (f"{name} {text}",), Level.MEDIUM, "target_installs")
    return flow


def at(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``at`` and ``crontab``: what is fed to them is run later."""
    flow = plain(walk, name, program, words, scope, depth, stdin)
    if stdin is not None and stdin.text is not None:
        for line in stdin.text.splitlines()[:50]:
            text = re.sub(r"^\s*(?:@\w+|(?:\S+\s+){5})", "", line) if name == "crontab" else line
            walk.script(text, scope.copy(), depth + 1)
    elif stdin is not None and "network" in stdin.taint:
        walk.ledger.mark("pipe_network_to_program", name)
    return flow


def kill(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``kill``: of everything is more than of one."""
    flow = plain(walk, name, program, words, scope, depth, stdin)
    if any(word.text in ("-1", "1", "0") for word in words[2:]) or (
        name == "pkill" and any(word.text in ("-u", "-U", ".", ".*") for word in words)
    ):
        walk.ledger.mark("kills_all", name)
    return flow


def tmux(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``tmux new -d COMMAND`` and ``send-keys``: what is typed is run."""
    flow = plain(walk, name, program, words, scope, depth, stdin)
    texts = [word.text for word in words[1:]]
    if any(
        text in ("send-keys", "send", "new", "new-session", "new-window", "split-window", "-dmS", "-dm", "stuff")
        for text in texts
    ):
        for word in words[2:]:
            if " " in word.text:
                walk.script(word.text, scope.copy(), depth + 1)
    return flow
