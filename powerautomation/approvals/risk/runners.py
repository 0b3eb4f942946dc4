"""Programs that run others: shells, interpreters and wrappers."""

import re

from powerautomation.approvals.risk.arguments import applies, read_arguments
from powerautomation.approvals.risk.built_in import assignment, judge_file, judge_text
from powerautomation.approvals.risk.calls import level_and_cases, option, run, run_file
from powerautomation.approvals.risk.catalog import Program, level_of
from powerautomation.approvals.risk.code import judge_code
from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.ledger import Flow, Scope
from powerautomation.approvals.risk.walk import Walk
from powerautomation.approvals.risk.words import UNKNOWN, Word

# Options with a value, and operands of its own, before the command that a wrapper runs.
_WRAPPERS: dict[str, tuple[tuple[str, ...], int]] = {
    "timeout": (("-k", "-s", "--kill-after", "--signal"), 1), "gtimeout": (("-k", "-s"), 1), "nice": (("-n",
    "--adjustment"), 0),
    "ionice": (("-c", "-n", "-p"), 0), "stdbuf": (("-i", "-o", "-e"), 0), "time": (("-f", "-o"), 0),
    "taskset": (("-c",), 1),
    "chrt": (("-p",), 1), "strace": (("-e", "-o", "-p", "-s"), 0), "ltrace": (("-e", "-o"), 0),
    "flock": (("-w", "-E"), 1),
    "xargs": (("-I", "-n", "-P", "-d", "-L", "-a", "-s", "-E", "--max-args", "--max-procs", "--replace",
    "--delimiter"), 0),
    "parallel": (("-j", "--jobs", "-a", "--arg-file", "--colsep"), 0), "watch": (("-n", "--interval"), 0),
    "chroot": (("--userspec",), 1),
    "unshare": ((), 0), "nsenter": (("-t", "--target"), 0), "systemd-run": (("-p", "--unit", "-u", "--slice"),
    0), "exec": (("-a",), 0),
    "perf": (("-o", "-e"), 1), "setpriv": ((), 0), "hyperfine": (("-w", "-r", "--warmup", "--runs", "-n"), 0),
    "dotenv": (("-e", "-f"), 0),
    "firejail": ((), 0), "bwrap": (("--bind", "--ro-bind", "--dev", "--proc", "--tmpfs", "--chdir"), 0),
    "entr": ((), 0),
    "nodemon": (("--exec", "-x", "--watch", "-w", "-e"), 0), "numactl": ((), 0), "faketime": ((), 1),
    "dumb-init": ((), 0),
    "busybox": ((), 0), "start-stop-daemon": (("--pidfile", "--exec"), 0), "env-cmd": (("-f",), 0),
    "valgrind": ((), 0),
    "gdb": (("-ex", "-p"), 0), "setarch": ((), 1), "script": (("-c",), 0), "envdir": ((), 1),
}  # fmt: skip
_RUN_AS_SCRIPT = frozenset(
    {"watch", "hyperfine", "parallel", "concurrently", "npm-run-all", "run-s", "run-p", "entr", "script", "nodemon"}
)
_RAISING = frozenset({"chroot", "unshare", "nsenter", "systemd-run", "gdb", "start-stop-daemon", "setpriv", "capsh"})
_KNOWN_OUTPUT = frozenset({"echo", "printf"})
_MODULES_LOW = frozenset({"pytest", "unittest", "json.tool", "mypy", "ruff", "black", "isort", "flake8",
    "pylint", "coverage", "doctest",
                          "compileall", "py_compile", "tokenize", "site", "sysconfig", "platform",
     "build", "tabnanny",
                          "calendar", "zipfile", "tarfile", "dis", "ast", "venv", "this", "pydoc",
     "tox", "nox", "pyright"})  # fmt: skip
# Of these the operands from here on are written.
_MODULES_WRITE = {"venv": 0, "json.tool": 1, "zipfile": 1, "tarfile": 1}


def shell(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``sh -c TEXT``, ``sh FILE``, or a script on its input."""
    ledger = walk.ledger
    script: Word | None = None
    rest: list[Word] = []
    for index, word in enumerate(words[1:], 1):
        if word.text in ("-c", "--command") or (
            re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", word.text) and len(word.text) < 9
        ):
            rest = words[index + 1 :]
            # bash takes the first operand after its options for the script.
            while len(rest) > 1 and rest[0].text.startswith("-") and rest[0].text != "-":
                rest = rest[1:]
            script, rest = (rest[0] if rest else None), rest[1:]
            break
        if word.text in ("--init-file", "--rcfile") and index + 1 < len(words):
            run_file(walk, words[index + 1], scope)
        if not word.text.startswith(("-", "+")) or word.text == "-":
            rest = words[index:]
            break
    if script is not None:
        return judge_text(walk, script, scope, depth, stdin, rest)
    if [word.text for word in words[1:2]] in (["--version"], ["--help"]):
        ledger.add("program", (name,), Level.SAFE, f"command.{name}")
        return Flow()
    files = [word for word in rest if word.text != "-"]
    if files and not any(re.fullmatch(r"-[a-z]*s[a-z]*", word.text) for word in words[1:]):
        judge_file(walk, files[0], scope, depth)
        return Flow()
    _input(walk, name, scope, depth, stdin)
    return Flow()


def _input(walk: Walk, name: str, scope: Scope, depth: int, stdin: Flow | None) -> None:
    """Judge a program that runs what it reads."""
    ledger = walk.ledger
    if stdin is None:
        ledger.add("opaque_code", (name,), Level.MEDIUM, "interactive")
        return
    if "network" in stdin.taint:
        ledger.mark("pipe_network_to_program", name)
    if "decoded" in stdin.taint:
        ledger.mark("decoded_to_program", name)
    if stdin.text is None:
        ledger.mark("pipe_to_program", name)
    else:
        walk.script(stdin.text, scope.copy(), depth + 1)


def interpreter(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """Python, Node and the like: code in an option, a module, a file, or a script on the input."""
    ledger = walk.ledger
    arguments = read_arguments(words[1:], program.opts, program.long or name in ("java", "julia", "php"), 0)
    roles = [(program.opts.get(flag, "value"), value) for flag, value in arguments.options]
    code = [(role, value) for role, value in roles if role in ("python", "node", "opaque")]
    module = next((value for role, value in roles if role == "module"), None)
    case = next((one for one in program.cases if applies(one, arguments, careful=False)), None)
    for role, value in roles:
        if role not in ("python", "node", "opaque", "module"):
            option(walk, name, role, value, scope, depth)
    for role, value in code:
        if "network" in value.taint:
            ledger.mark("pipe_network_to_program", name)
        if "decoded" in value.taint:
            ledger.mark("decoded_to_program", name)
        judge_code(ledger, role, value.text, name)
    operands = arguments.operands
    if module is not None:
        at = next(index for index, word in enumerate(words) if module.text in word.text and index)
        _module(walk, module.text, [module, *words[at + 1 :]], scope, depth, stdin)
    elif code:
        for word in operands:
            spot = ledger.spot(word, scope)
            if spot.zone in ("secret", "policy", "access", "autorun", "device"):
                ledger.path(word, "read" if spot.zone == "secret" else "write", scope)
    elif case is not None and (not operands or case.words or case.flags):
        ledger.add("program", (name,), level_of(case.level), f"command.{name}")
    elif operands and operands[0].text != "-":
        _program_file(walk, name, operands, scope)
    elif stdin is not None and stdin.text is not None and "network" not in stdin.taint and "decoded" not in stdin.taint:
        judge_code(ledger, program.language, stdin.text, name)
    elif (
        stdin is not None
        and program.language != "python"
        and (stdin.taint <= {"file"})
        and any(w.text.startswith("-n") or w.text.startswith("-p") for w in words[1:])
    ):
        ledger.mark("opaque_code", name)
    else:
        _input(walk, name, scope, depth, stdin)
    if stdin is not None and code:
        return Flow(stdin.taint)
    return Flow()


def _program_file(walk: Walk, name: str, operands: list[Word], scope: Scope) -> None:
    first = operands[0]
    if name == "deno" and first.text in ("run", "eval", "install", "task") and len(operands) > 1:
        first = operands[1]
    if "://" in first.text or "network" in first.taint:
        walk.ledger.mark("pipe_network_to_program", first.text)
        return
    words = [word.text for word in operands]
    if first.text.endswith("manage.py") and len(words) > 1:
        if words[1] in ("test", "check", "runserver", "makemigrations", "showmigrations", "collectstatic", "help"):
            walk.ledger.add("runs_project", (" ".join(words[:2]),), Level.LOW, "command.manage")
            return
        if words[1] in ("flush", "sqlflush", "reset_db"):
            walk.ledger.mark("database_drop_all", " ".join(words[:2]), undo=False)
    run_file(walk, first, scope)
    for word in operands[1:]:
        if walk.ledger.spot(word, scope).zone == "secret":
            walk.ledger.path(word, "read", scope)


def _module(walk: Walk, module: str, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> None:
    ledger = walk.ledger
    if module in ledger.catalog.programs:
        run(walk, [Word(module), *words[1:]], scope, depth + 1, stdin)
    elif module in _MODULES_LOW:
        ledger.add("runs_project", (module,), Level.LOW, "module")
        named = [word for word in words[1:] if not word.text.startswith("-")]
        if module in _MODULES_WRITE:
            for word in named[_MODULES_WRITE[module] :]:
                ledger.path(word, "delete" if module == "venv" and len(named) < len(words) - 1 else "write", scope)
    elif module == "http.server":
        ledger.mark("listens_all", module)
    elif UNKNOWN in module:
        ledger.mark("wraps_unknown", module)
    else:
        ledger.mark("runs_file", module)


def wrapper(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``timeout 5 COMMAND`` and its like: what counts is the command."""
    ledger = walk.ledger
    opts, skip = _WRAPPERS.get(name, ((), 0))
    if name == "command" and [word.text for word in words[1:2]] in (["-v"], ["-V"]):
        ledger.add("program", (name,), Level.SAFE, f"command.{name}")
        return Flow()
    arguments = read_arguments(words[1:], dict.fromkeys(opts, "value"), False, skip)
    if name in _RAISING:
        ledger.add("as_administrator", (name,), Level.HIGH, f"command.{name}")
    for flag, value in arguments.options:
        if (name, flag) in (("script", "-c"), ("nodemon", "--exec"), ("nodemon", "-x")):
            walk.script(value.text, scope.copy(), depth + 1, stdin)
        elif name in ("strace", "time", "ltrace") and flag == "-o":
            ledger.path(value, "write", scope)
        elif name == "gdb":
            judge_code(ledger, "opaque", value.text, name)
    if len(arguments.places) <= skip:
        ledger.add("program", (name,), Level.SAFE, f"command.{name}")
        return Flow()
    inner = words[1 + arguments.places[skip] :]
    while inner and re.fullmatch(r"[A-Za-z_]\w*=.*", inner[0].text, re.DOTALL) and name not in ("xargs",):
        inner = inner[1:]
    if name == "xargs":
        replace = next(
            (value.text for flag, value in arguments.options if flag in ("-I", "--replace")),
            "{}" if "-I" in arguments.flags else "",
        )
        return _xargs(walk, inner, replace, scope, depth, stdin)
    if name == "parallel":
        told = any("{" in word.text or word.text.startswith(":::") for word in inner)
        inner = [Word(word.text.replace("{}", UNKNOWN), word.glob, word.taint) for word in inner]
        # Without these each line of its input is a further word.
        inner += [] if told else [Word(UNKNOWN)]
    if name in _RUN_AS_SCRIPT and inner:
        if name in ("watch", "parallel", "entr", "nodemon", "script"):
            return walk.script(" ".join(word.text for word in inner), scope.copy(), depth + 1, stdin)
        flow = Flow()
        for word in inner:
            flow = walk.script(word.text, scope.copy(), depth + 1, stdin)
        return flow
    if name == "flock" and any(flag == "-c" for flag in arguments.flags):
        return walk.script(" ".join(word.text for word in inner if word.text != "-c"), scope.copy(), depth + 1, stdin)
    return run(walk, inner, scope, depth + 1, stdin)


def _xargs(walk: Walk, inner: list[Word], replace: str, scope: Scope, depth: int, stdin: Flow | None) -> Flow:
    if not inner:
        inner = [Word("echo")]
    taint = stdin.taint if stdin else frozenset()
    given = stdin.text.split() if stdin is not None and stdin.text is not None else None
    if replace:
        values = (
            [Word(one) for one in given[:8]] if given else [Word("./" + UNKNOWN if "listing" in taint else UNKNOWN)]
        )
        return [
            run(walk, [_put(word, replace, value, taint) for word in inner], scope, depth + 1, stdin)
            for value in values
        ][-1]
    unseen = "./" + UNKNOWN if "listing" in taint else UNKNOWN
    added = [Word(one, taint=taint) for one in given] if given else [Word(unseen, taint=taint)]
    if inner[0].text in ("sh", "bash", "zsh", "dash") and len(inner) == 1 and not given:
        walk.ledger.mark("pipe_to_program", inner[0].text)
    return run(walk, [*inner, *added], scope, depth + 1, stdin)


def _put(word: Word, mark: str, value: Word, taint: frozenset[str]) -> Word:
    if mark not in word.text:
        return word
    return Word(word.text.replace(mark, value.text), word.glob, word.taint | taint)


def sudo(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``sudo COMMAND``: as an administrator, nothing is less than HIGH."""
    arguments = read_arguments(words[1:], program.opts, False, 0)
    level_and_cases(walk, name, program, arguments)
    if not arguments.places:
        return Flow()
    inner = words[1 + arguments.places[0] :]
    while inner and re.fullmatch(r"[A-Za-z_]\w*=.*", inner[0].text, re.DOTALL):
        walk.script(assignment(inner[0].text), scope.copy(), depth + 1)
        inner = inner[1:]
    return run(walk, inner, scope.copy(), depth + 1, stdin) if inner else Flow()
