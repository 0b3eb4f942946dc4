"""Programs whose words need more than the catalog says."""

import re

from powerautomation.approvals.risk import runners
from powerautomation.approvals.risk.arguments import applies, read_arguments
from powerautomation.approvals.risk.calls import effects, git_setting, level_and_cases, plain, run
from powerautomation.approvals.risk.catalog import Program, level_of
from powerautomation.approvals.risk.code import judge_sql
from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.hosts import bare_host, host_of
from powerautomation.approvals.risk.ledger import Flow, Scope
from powerautomation.approvals.risk.walk import Walk
from powerautomation.approvals.risk.words import UNKNOWN, Word

_FIND_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_FIND_WRITES = frozenset({"-fprint", "-fprintf", "-fls", "-fprint0"})
_DEPLOYS = re.compile(r"(?i).*(?:deploy|publish|release|prod|upload|push|ship|promote|rollout|provision).*")
_DESTROYS = re.compile(r"(?i).*(?:destroy|nuke|purge|drop|wipe|reset|teardown|tear-down|truncate).*")
_INSTALLS = re.compile(r"(?i).*(?:install|migrate|seed|setup|bootstrap|sudo|up$|down$|start|stop).*")


def find(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``find``: looks, unless ``-delete`` or ``-exec`` say more."""
    ledger = walk.ledger
    places: list[Word] = []
    for word in words[1:]:
        if word.text.startswith(("-", "(", "!")) and word.text not in ("-H", "-L", "-P"):
            break
        if not word.text.startswith("-"):
            places.append(word)
    places = places or [Word(".")]
    bounded = any(word.text in ("-name", "-iname", "-path", "-regex", "-mtime", "-size", "-newer", "-empty", "-wholename") for word in words)
    ledger.add("program", (name,), Level.SAFE, "command.find")
    taint: set[str] = set()
    for word in places:
        spot = ledger.path(word, "read", scope)
        taint |= {"secret"} if spot.zone == "secret" else set()
    index = 1
    while index < len(words):
        text = words[index].text
        if text == "-delete":
            _find_deletes(walk, places, words, bounded, scope)
        elif text in _FIND_RUNS:
            end = next((at for at in range(index, len(words)) if words[at].text in (";", "+")), len(words))
            inner = words[index + 1 : end]
            for place in places:
                held = [_found(word, place, words, scope, walk) if "{}" in word.text else word for word in inner]
                run(walk, held, scope.copy(), depth + 1, None)
            index = end
        elif text in _FIND_WRITES and index + 1 < len(words):
            ledger.path(words[index + 1], "write", scope)
        index += 1
    return Flow(frozenset(taint))


def _find_deletes(walk: Walk, places: list[Word], words: list[Word], bounded: bool, scope: Scope) -> None:
    named = [words[at + 1] for at, word in enumerate(words[:-1]) if word.text in ("-name", "-iname", "-path")]
    for word in places:
        spot = walk.ledger.spot(word, scope)
        made = [Word(f"{spot.path}/x/{one.text.replace('*', 'x')}", one.glob) for one in named]
        if bounded and spot.zone == "workspace" and not spot.unknown if hasattr(spot, "unknown") else bounded and spot.zone in ("workspace", "temporary"):
            if made and all(walk.ledger.spot(one, scope).generated for one in made):
                for one in made:
                    walk.ledger.path(one, "delete", scope)
            elif spot.zone == "temporary":
                walk.ledger.path(word, "delete", scope)
            else:
                walk.ledger.mark("deletes_many", word.text, undo=False)
        else:
            walk.ledger.path(word, "delete", scope, recursive=True)


def _found(word: Word, place: Word, words: list[Word], scope: Scope, walk: Walk) -> Word:
    """Return what ``{}`` stands for: something below a place, perhaps with a known name."""
    base = walk.ledger.spot(place, scope).path
    named = next((words[at + 1].text for at, one in enumerate(words[:-1]) if one.text in ("-name", "-iname")), "")
    tail = f"{base}/{named}" if named and "*" not in named else f"{base}/{UNKNOWN}{named.lstrip('*')}" if named else f"{base}/{UNKNOWN}"
    if named in ("*", ""):
        tail = f"{base}/*" if base.count("/") == 1 or base in (walk.ledger.home, *walk.ledger.roots) else tail
    return Word(word.text.replace("{}", tail), "*" in tail, word.taint)


def fd(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``fd``: looks, unless ``-x`` or ``-X`` run something."""
    for index, word in enumerate(words):
        if word.text in ("-x", "-X", "--exec", "--exec-batch"):
            inner = [Word(one.text.replace("{}", UNKNOWN), one.glob) for one in words[index + 1 :]] + [Word(UNKNOWN)]
            plain(walk, name, program, words[:index], scope, depth, stdin)
            return run(walk, inner, scope.copy(), depth + 1, None)
    return plain(walk, name, program, words, scope, depth, stdin)


def sed(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``sed``: reads, with ``-i`` writes, and its ``w`` and ``e`` commands write and run."""
    ledger = walk.ledger
    opts = {"-e": "value", "-f": "run", "--expression": "value", "--file": "run", "-l": "value"}
    arguments = read_arguments(words[1:], opts, False)
    scripts = [value for flag, value in arguments.options if opts[flag] == "value" and flag != "-l"]
    operands = arguments.operands
    if not scripts and not any(flag in ("-f", "--file") for flag, _ in arguments.options):
        scripts, operands = operands[:1], operands[1:]
    writes = any(flag.startswith(("-i", "--in-place")) for flag in arguments.flags)
    ledger.add("writes_in_place" if writes else "program", (name,), Level.LOW if writes else Level.SAFE, "command.sed")
    taint: set[str] = set(stdin.taint if stdin else ())
    for word in operands:
        spot = ledger.path(word, "write" if writes else "read", scope)
        taint |= {"file"} | ({"secret"} if spot.zone == "secret" else set())
    for script in scripts:
        if script.unknown or "decoded" in script.taint:
            ledger.mark("opaque_code", name)
        for line in re.split(r"[;\n}]", script.text):
            if re.search(r"(?:^|[\d$/,\s{])e(?:\s|$)", line) or re.search(r"([/|#,~!@:])[gpiIm0-9]*e[gpiIm0-9]*$", line) and line.lstrip().startswith("s"):
                ledger.add("runs_program", (script.text,), Level.HIGH, "command.sed.runs")
            target = re.search(r"(?:^|[\d$/,\s{gpIm|#~@:])w\s+(\S+)\s*$", line)
            if target:
                ledger.path(Word(target[1]), "write", scope)
    return Flow(frozenset(taint))


def awk(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``awk``: reads; its programs can run and write."""
    ledger = walk.ledger
    arguments = read_arguments(words[1:], program.opts, False)
    operands = arguments.operands
    ledger.add("program", (name,), Level.SAFE, "command.awk")
    taint: set[str] = set(stdin.taint if stdin else ())
    if "-f" in arguments.flags:
        for flag, value in arguments.options:
            if flag == "-f":
                ledger.path(value, "run", scope)
    elif operands:
        text, operands = operands[0].text, operands[1:]
        bare = re.sub(r'"(?:[^"\\]|\\.)*"|/(?:[^/\\\n]|\\.)+/', '""', text)
        if re.search(r"\bsystem\s*\(|\|\s*&?\s*getline|\|\s*\"\"|getline|\|\s*\w+\s*(?:;|}|$)", bare) or operands_unknown(text):
            ledger.add("runs_program", (text,), Level.HIGH, "command.awk.runs")
            for one in re.findall(r'system\s*\(\s*"((?:[^"\\]|\\.)*)"', text):
                walk.script(one.replace('\\"', '"'), scope.copy(), depth + 1)
        if "/inet/" in text:
            ledger.mark("reverse_shell", name)
        for target in re.findall(r'>\s*"([^"]+)"', text):
            ledger.path(Word(target), "write", scope)
        if re.search(r"ENVIRON", bare):
            ledger.mark("secret_variable", "ENVIRON")
    for word in operands:
        if not re.match(r"\w+=", word.text):
            spot = ledger.path(word, "read", scope)
            taint |= {"file"} | ({"secret"} if spot.zone == "secret" else set())
    return Flow(frozenset(taint))


def operands_unknown(text: str) -> bool:
    """Say whether a program text holds what is known only when it runs."""
    return UNKNOWN in text


def tar(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``tar``: makes, lists or unpacks an archive, and can run programs meanwhile."""
    ledger = walk.ledger
    given = list(words[1:])
    if given and not given[0].text.startswith("-"):
        given[0] = Word("-" + given[0].text, given[0].glob)
    opts = {"-f": "value", "--file": "value", "-C": "folder", "--directory": "folder", "--exclude": "value", "-T": "read",
            "-I": "run", "--use-compress-program": "run", "--to-command": "shell", "--checkpoint-action": "value",
            "--strip-components": "value", "-X": "read", "--rsh-command": "shell", "-F": "shell", "--info-script": "shell"}  # fmt: skip
    arguments = read_arguments(given, opts, False)
    flags = arguments.flags
    archive = next((value for flag, value in arguments.options if flag in ("-f", "--file")), None)
    making = bool(flags & {"-c", "--create", "-r", "--append", "-u"})
    listing = bool(flags & {"-t", "--list"})
    level = Level.SAFE if listing else Level.LOW
    ledger.add("program", (name,), level, "command.tar")
    taint: set[str] = set(stdin.taint if stdin else ())
    into = next((value for flag, value in arguments.options if flag in ("-C", "--directory")), Word("."))
    for flag, value in arguments.options:
        role = opts[flag]
        if role in ("shell", "run") or (flag == "--checkpoint-action" and "exec" in value.text):
            ledger.add("runs_program", (value.text,), Level.HIGH, "command.tar.runs")
            walk.script(value.text.removeprefix("exec="), scope.copy(), depth + 1)
    if archive is not None and archive.text != "-":
        host = host_of(archive.text)
        if host:
            ledger.host(host, "send" if making else "fetch")
        else:
            ledger.path(archive, "write" if making else "read", scope)
    if making:
        for word in arguments.operands:
            spot = ledger.path(word, "read", scope, recursive=True)
            taint |= {"file"} | ({"secret"} if spot.zone == "secret" or "secret" in ledger.seen else set())
    elif not listing:
        ledger.path(into, "write", scope)
        if flags & {"-P", "--absolute-names"}:
            ledger.add("path", ("write", "/", "system"), Level.HIGH, "path.write.system")
        if "--remove-files" in flags:
            ledger.add("deletes_originals", (name,), Level.HIGH, "command.tar.removes", False)
    if making and "--remove-files" in flags:
        ledger.add("deletes_originals", (name,), Level.HIGH, "command.tar.removes", False)
    return Flow(frozenset(taint))


def dd(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``dd if=… of=…``."""
    walk.ledger.add("program", (name,), Level.LOW, "command.dd")
    taint: set[str] = set(stdin.taint if stdin else ())
    for word in words[1:]:
        key, sign, value = word.text.partition("=")
        if sign and key in ("if", "of"):
            spot = walk.ledger.path(Word(value, word.glob, word.taint), "read" if key == "if" else "write", scope)
            taint |= {"secret"} if spot.zone == "secret" else set()
    return Flow(frozenset(taint))


def curl(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
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
        host = host_of(word.text) or (bare_host(word.text) if not word.text.startswith(("/", ".")) or word.unknown else "")
        if word.text.startswith("file://"):
            ledger.path(Word(word.text[7:]), "read", scope)
            continue
        taint |= word.taint
        zone = ledger.host(host, "send" if sends else "fetch")
        ledger.seen.add("sends_unknown" if word.unknown and zone != "local" else "fetch" if zone != "local" else "local")
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


def _saved(walk: Walk, name: str, flags: set[str], roles: list[tuple[str, str, Word]], operands: list[Word], scope: Scope) -> None:
    """Remember which files hold what was fetched."""
    for role, flag, value in roles:
        if role == "write" and flag in ("-o", "--output", "-O", "--output-document") and not (name == "curl" and flag == "-O"):
            walk.ledger.fetched.add(walk.ledger.spot(value, scope).path)
    if name == "wget" or "-O" in flags or "--remote-name" in flags:
        for word in operands:
            walk.ledger.fetched.add(walk.ledger.spot(Word(word.text.split("?")[0].rstrip("/").rpartition("/")[2] or "index.html"), scope).path)


def httpie(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``http POST host a=b``."""
    arguments = read_arguments(words[1:], program.opts, False)
    texts = [word.text for word in arguments.operands]
    sends = any(text.upper() in ("POST", "PUT", "PATCH", "DELETE") for text in texts[:1]) or any(re.match(r"[^:/]+(?:=|:=|@)", text) for text in texts[1:])
    walk.ledger.add("sends" if sends else "fetches", (name,), Level.LOW, f"command.{name}")
    at = 1 if texts and texts[0].isupper() else 0
    if at < len(texts):
        walk.ledger.host(bare_host(texts[at]), "send" if sends else "fetch")
    for text in texts[at + 1 :]:
        if "@" in text:
            walk.ledger.path(Word(text.split("@", 1)[1]), "read", scope)
    return Flow(frozenset({"network"}))


def connect(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
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
            walk.script(re.split(r"(?i)(?:exec|system):", word.text, maxsplit=1)[1].split(",")[0].strip("'\""), scope.copy(), depth + 1)
    hosts = [word for word in arguments.operands if not word.text.isdigit()][:1]
    for word in hosts:
        ledger.host(bare_host(word.text), "look" if looks else "connect")
    if stdin is not None and not looks:
        ledger.seen.add("send")
        if "secret" in taint:
            ledger.mark("secret_sent", name)
    return Flow(frozenset({"network"}))


def ssh(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``ssh HOST COMMAND``: another machine, where no workspace is known."""
    ledger = walk.ledger
    if name == "sshpass":
        arguments = read_arguments(words[1:], {"-p": "value", "-f": "read_key"}, False, 0)
        ledger.add("runs_on_other_machine", (name,), Level.HIGH, "command.ssh")
        return run(walk, words[1 + arguments.places[0] :], scope, depth + 1, stdin) if arguments.places else Flow()
    arguments = read_arguments(words[1:], program.opts, False, 0)
    level_and_cases(walk, "ssh", program, arguments)
    for flag, value in arguments.options:
        if program.opts.get(flag) == "ssh_option" and re.match(r"(?i)(?:proxycommand|localcommand|permitlocalcommand|knownhostscommand)", value.text):
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


def remote_copy(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
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


def git(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
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
    quiet = Program(level=program.level, sub=program.sub, cases=(), opts={"-m": "value"})
    if called == "config" and len(rest) > 1:
        texts = [word.text for word in rest[1:] if not word.text.startswith("-")]
        if len(texts) > 1:
            git_setting(walk, f"{texts[0]}={texts[1]}", scope, depth)
        elif len(texts) == 1 and not any(word.text.startswith(("--unset", "-e", "--edit", "--remove", "--replace")) for word in rest):
            walk.ledger.add("program", ("git config",), Level.SAFE, "command.git config")
            return Flow()
    if called in ("checkout", "switch", "restore") and any(word.text == "--" for word in rest):
        after = rest[next(at for at, word in enumerate(rest) if word.text == "--") + 1 :]
        everything = any(word.text in (".", "*", ":/") for word in after)
        if called != "restore" or not any(word.text in ("--staged", "-S") for word in rest):
            walk.ledger.add("discards", (called,), Level.HIGH if everything else Level.MEDIUM, f"command.git {called}.discards", False)
    if called == "bisect" and len(rest) > 2 and rest[1].text == "run":
        return run(walk, rest[2:], scope.copy(), depth + 1, None)
    if called == "submodule" and len(rest) > 2 and rest[1].text == "foreach":
        walk.script(" ".join(word.text for word in rest[2:] if not word.text.startswith("--")), scope.copy(), depth + 1)
    if called in ("add", "commit", "stash") or called not in program.sub:
        pass
    flow = plain(walk, "git", quiet, [Word("git"), *rest], scope, depth, stdin)
    if called == "show" or called == "cat-file":
        for word in rest[1:]:
            _, colon, path = word.text.partition(":")
            if colon and walk.ledger.spot(Word(path), scope).zone == "secret":
                walk.ledger.path(Word(path), "read", scope)
    return flow


def docker(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``docker``: short options of listings have other meanings than those of ``run``."""
    arguments = read_arguments(words[1:], program.opts, False, 0)
    called = [word.text for word in arguments.operands[:2]]
    if called and called[0] in ("compose", "logs", "ps", "images") and name == "docker":
        opts = {key: role for key, role in program.opts.items() if role not in ("volume",) and key not in ("-a", "-n", "-t", "-v", "-m", "-l", "-e", "-u", "-w", "-o")}
        program = Program(level=program.level, opts={**opts, "-n": "value"} if called[0] == "logs" else opts, sub=program.sub, cases=program.cases, raises=program.raises)
    elif called and called[0] in ("run", "exec", "create"):
        program = Program(level=program.level, opts={key: role for key, role in program.opts.items() if key not in ("-t", "-n", "-f", "-o", "-c")}, sub=program.sub, cases=program.cases, raises=program.raises)
        return _container(walk, name, program, words, called[0], scope, depth, stdin)
    elif called and called[0] in ("rm", "volume", "network", "container", "system", "image", "rmi", "inspect", "stop", "start"):
        program = Program(level=program.level, opts={"--filter": "value", "--format": "value"}, sub=program.sub, cases=program.cases, raises=program.raises)
    return plain(walk, name, program, words, scope, depth, stdin)


def _container(walk: Walk, name: str, program: Program, words: list[Word], called: str, scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``docker run IMAGE COMMAND``: the flags after the image are the command's."""
    at = next(index for index, word in enumerate(words) if word.text == called)
    arguments = read_arguments(words[at + 1 :], program.opts, False, 0)
    level_and_cases(walk, f"{name} {called}", program.sub[called], arguments, also=program.raises)
    own = read_arguments(words[at + 1 : at + 1 + (arguments.places[0] if arguments.places else 0)], program.opts, False)
    for flag, value in own.options:
        runners.option(walk, name, program.opts.get(flag, "value"), value, scope, depth)
    if not arguments.places:
        return Flow()
    inner = words[at + 1 + arguments.places[0] + 1 :]
    if not inner or inner[0].text.startswith("-"):
        return Flow()
    there = scope.copy()
    there.cwd = scope.cwd
    return run(walk, inner, there, depth + 1, stdin)


def kubectl_exec(words: list[Word]) -> list[Word]:
    """Return the command after ``--``."""
    at = next((index for index, word in enumerate(words) if word.text == "--"), None)
    return [] if at is None else words[at + 1 :]


def cloud(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
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
    if any(word.text.startswith(("s3://", "gs://")) for word in arguments.operands[-1:]) and "cp" in verbs + ["sync" in verbs and "cp" or ""]:
        ledger.add("sends", (name,), Level.HIGH, "cloud.sends")
        ledger.seen.add("send")
    return Flow(frozenset({"network"}))


def sql(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """Clients of databases: the statements count."""
    ledger = walk.ledger
    arguments = read_arguments(words[1:], program.opts, program.long)
    statements = [value for flag, value in arguments.options if program.opts.get(flag) == "sql"]
    operands = arguments.operands
    if name in ("sqlite3", "duckdb"):
        for word in operands[:1]:
            spot = ledger.spot(word, scope)
            ledger.path(word, "read" if spot.zone in ("workspace", "temporary") else "read", scope)
        statements += operands[1:]
    known = bool(statements)
    for statement in statements:
        judge_sql(ledger, statement.text, name)
    for flag, value in arguments.options:
        if program.opts.get(flag) != "sql":
            runners.option(walk, name, program.opts.get(flag, "value"), value, scope, depth)
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


def target(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``make TARGET`` and ``npm run NAME``: what they do is in a file; the name says what it may be."""
    arguments = read_arguments(words[1:], program.opts, False)
    flow = plain(walk, name, program, words, scope, depth, stdin)
    texts = [word.text for word in arguments.operands]
    scripts = name in ("npm", "pnpm", "yarn", "bun", "cnpm")
    if scripts:
        texts = texts[1:2] if texts[:1] in (["run"], ["run-script"]) else texts[:1] if name in ("yarn", "pnpm", "bun") and texts[:1] and texts[0] not in program.sub else []
    for word, text in zip(arguments.operands, texts, strict=False) if not scripts else [(Word(text), text) for text in texts]:
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


def nohow(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """What the catalog says is enough."""
    return plain(walk, name, program, words, scope, depth, stdin)


def at(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``at`` and ``crontab``: what is fed to them is run later."""
    flow = plain(walk, name, program, words, scope, depth, stdin)
    if stdin is not None and stdin.text is not None:
        for line in stdin.text.splitlines()[:50]:
            text = re.sub(r"^\s*(?:@\w+|(?:\S+\s+){5})", "", line) if name == "crontab" else line
            walk.script(text, scope.copy(), depth + 1)
    elif stdin is not None and "network" in stdin.taint:
        walk.ledger.mark("pipe_network_to_program", name)
    return flow


def kill(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``kill``: of everything is more than of one."""
    flow = plain(walk, name, program, words, scope, depth, stdin)
    if any(word.text in ("-1", "1", "0") for word in words[2:]) or (name == "pkill" and any(word.text in ("-u", "-U", ".", ".*") for word in words)):
        walk.ledger.mark("kills_all", name)
    return flow


def editor(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """Editors and openers: a file, or an address."""
    for word in words[1:]:
        if "://" in word.text:
            walk.ledger.host(host_of(word.text), "fetch")
    return plain(walk, name, program, words, scope, depth, stdin)


def tmux(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``tmux new -d COMMAND`` and ``send-keys``: what is typed is run."""
    flow = plain(walk, name, program, words, scope, depth, stdin)
    texts = [word.text for word in words[1:]]
    if any(text in ("send-keys", "send", "new", "new-session", "new-window", "split-window", "-dmS", "-dm", "stuff") for text in texts):
        for word in words[2:]:
            if " " in word.text:
                walk.script(word.text, scope.copy(), depth + 1)
    return flow


def chmod(walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    """``chmod``: ``-x`` and its like are modes, not options."""
    held = [Word("minus" + word.text[1:]) if re.fullmatch(r"-[rwxXst]+", word.text) and word.text != "-R" else word for word in words]
    return plain(walk, name, program, held, scope, depth, stdin)


SPECIAL = {
    "shell": runners.shell, "interpreter": runners.interpreter, "wrapper": runners.wrapper, "env": runners.env,
    "sudo": runners.sudo, "builtin": runners.builtin, "source": runners.source, "echo": runners.echo,
    "change_folder": runners.change_folder, "cat": runners.cat, "find": find, "fd": fd, "sed": sed, "awk": awk, "tar": tar,
    "dd": dd, "curl": curl, "httpie": httpie, "nc": connect, "ssh": ssh, "remote_copy": remote_copy, "git": git,
    "docker": docker, "cloud": cloud, "sql": sql, "targets": target, "at": at, "kill": kill, "editor": editor,
    "tmux": tmux, "chmod": chmod,
}  # fmt: skip
