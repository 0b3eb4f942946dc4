"""What the shell has built in, and what it does with text and files that are scripts."""

import re

from powerautomation.approvals.risk.arguments import read_arguments
from powerautomation.approvals.risk.calls import level_and_cases, option, plain, run, run_file
from powerautomation.approvals.risk.catalog import Program
from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.ledger import Flow, Scope
from powerautomation.approvals.risk.walk import Walk
from powerautomation.approvals.risk.words import QUOTED, UNKNOWN, Part, Word, ansi


def judge_text(walk: Walk, script: Word, scope: Scope, depth: int, stdin: Flow | None, rest: list[Word]) -> Flow:
    """Judge text that a shell is given as a script."""
    ledger = walk.ledger
    if "network" in script.taint:
        ledger.mark("pipe_network_to_program", script.text)
    if "decoded" in script.taint:
        ledger.mark("decoded_to_program", script.text)
    inner = scope.copy()
    for at, word in enumerate(rest[:10]):
        inner.variables[str(at)] = [Part(word.text, QUOTED, word.taint)]
    return walk.script(script.text, inner, depth + 1, stdin)


def judge_file(walk: Walk, word: Word, scope: Scope, depth: int) -> None:
    """Judge a script file; one that the same action has just written is read."""
    ledger = walk.ledger
    if "network" in word.taint:
        ledger.mark("pipe_network_to_program", word.text)
    if "decoded" in word.taint:
        ledger.mark("decoded_to_program", word.text)
    written = scope.variables.get("\1" + ledger.spot(word, scope).path)
    run_file(walk, word, scope)
    if written:
        if "decoded" in written[0].taint:
            ledger.mark("decoded_to_program", word.text)
        if written[0].text:
            walk.script(written[0].text, scope.copy(), depth + 1)


def env(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``env A=1 COMMAND``; by itself it prints the environment with the secrets in it."""
    arguments = read_arguments(words[1:], program.opts, False, 0)
    inner: list[Word] = []
    for at, place in zip(arguments.operands, arguments.places, strict=True):
        found = re.match(r"([A-Za-z_]\w*)=", at.text)
        if found is None:
            inner = words[1 + place :]
            break
        walk.script(assignment(at.text), scope.copy(), depth + 1)
    for flag, value in arguments.options:
        option(walk, name, program.opts.get(flag, "value"), value, scope, depth)
    if inner and name == "env":
        return run(walk, inner, scope.copy(), depth + 1, stdin)
    if name == "printenv" and inner:
        run(
            walk,
            [
                Word("echo"),
                *(
                    Word(
                        UNKNOWN,
                        taint=frozenset({"secret_variable"})
                        if re.search(r"(?i)secret|token|passw|key|cred", one.text)
                        else frozenset(),
                    )
                    for one in inner
                ),
            ],
            scope,
            depth + 1,
            stdin,
        )
        return Flow()
    if not any(flag in ("-S", "--split-string") for flag, _ in arguments.options):
        level_and_cases(walk, name, program, arguments)
        walk.ledger.seen.add("secret_variable")
    return Flow(frozenset({"secret_variable"}))


def assignment(text: str) -> str:
    """Return ``NAME=VALUE`` as source text that sets just that."""
    name, _, value = text.partition("=")
    return name + "='" + value.replace("'", "'\\''") + "'"


def builtin(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``eval``, ``alias``, ``trap`` and the harmless rest."""
    ledger = walk.ledger
    if name == "eval" and len(words) > 1:
        text = " ".join(word.text for word in words[1:])
        return judge_text(
            walk, Word(text, taint=frozenset().union(*(word.taint for word in words))), scope, depth, stdin, []
        )
    if name == "alias":
        for word in words[1:]:
            called, sign, value = word.text.partition("=")
            if sign:
                scope.aliases[called] = value
                inner = scope.copy()
                inner.running = (*scope.running, called)
                walk.script(value, inner, depth + 1)
    elif name == "trap" and len(words) > 1 and words[1].text not in ("-", "-l", "-p", ""):
        walk.script(words[1].text, scope.copy(), depth + 1)
    elif (name in ("complete", "compgen", "enable", "bind", "fc") and len(words) > 1) or (
        name == "hash" and any(word.text.startswith("-p") for word in words[1:])
    ):
        ledger.mark("opaque_code", name)
    elif (name == "set" and len(words) == 1) or (
        name in ("declare", "export", "typeset", "readonly")
        and all(re.fullmatch(r"-[^fF]+", word.text) for word in words[1:])
    ):
        prints_environment(walk, name)
        return Flow(frozenset({"secret_variable"}))
    elif name in ("mapfile", "readarray"):
        for index, word in enumerate(words[:-1]):
            if word.text == "-C":
                walk.script(words[index + 1].text, scope.copy(), depth + 1)
    elif name in ("declare", "export", "typeset", "readonly"):
        for word in words[1:]:
            if re.match(r"[A-Za-z_]\w*=", word.text):
                walk.script(assignment(word.text), scope, depth + 1)
    ledger.add("program", (name,), Level.SAFE, f"command.{name}")
    return Flow(frozenset(), "")


def prints_environment(walk: Walk, name: str) -> None:
    """Write down that all variables are shown, with the secrets in them."""
    walk.ledger.add("prints_environment", (name,), Level.MEDIUM, f"command.{name}")
    walk.ledger.seen.add("secret_variable")


def source(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``. FILE``: the file is run in this shell."""
    if len(words) < 2:
        return Flow()
    word = words[1]
    spot = walk.ledger.spot(word, scope)
    if spot.path.endswith(("/bin/activate", "/.nvm/nvm.sh", "/.cargo/env")) and spot.zone != "temporary":
        walk.ledger.add("runs_file", (spot.path,), Level.LOW, "activate")
    elif spot.zone == "secret" and "network" not in word.taint:
        walk.ledger.add("path", ("use", spot.path, "secret"), Level.MEDIUM, "path.use.secret")
        walk.ledger.seen.add("secret_variable")
    else:
        judge_file(walk, word, scope, depth)
    return Flow()


def echo(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``echo`` and ``printf``: their output is known when their words are."""
    walk.ledger.add("program", (name,), Level.SAFE, f"command.{name}")
    taint = frozenset().union(*(word.taint for word in words))
    given = list(words[1:])
    escapes = name == "printf"
    while name == "echo" and given and re.fullmatch(r"-[neE]+", given[0].text):
        escapes = escapes or "e" in given[0].text
        given = given[1:]
    text = " ".join(word.text for word in given)
    if name == "printf":
        if len(given) > 1 and given[0].text.rstrip("\\n") in ("%s", "%b"):
            text = " ".join(word.text for word in given[1:])
        elif "%" in text:
            return Flow(taint)
    if UNKNOWN in text:
        return Flow(taint)
    if escapes and "\\" in text:
        text = ansi(re.sub(r"\\0([0-7]{1,3})", r"\\\1", text))
        taint |= {"decoded"} if re.search(r"\\(?:x|0|u)", " ".join(word.text for word in given)) else set()
        if UNKNOWN in text:
            return Flow(taint | {"decoded"})
    return Flow(taint, text + ("" if name == "printf" else "\n"))


def folder(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``pwd``: its output is known while the folder is."""
    walk.ledger.add("program", (name,), Level.SAFE, f"command.{name}")
    return Flow(frozenset(), None if UNKNOWN in scope.cwd else scope.cwd + "\n")


def change_folder(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``cd``: later paths are seen from there."""
    walk.ledger.add("program", (name,), Level.SAFE, f"command.{name}")
    places = [word for word in words[1:] if not (word.text.startswith("-") and len(word.text) > 1)]
    if name == "popd" or (places and places[0].text == "-"):
        scope.cwd = UNKNOWN
    elif places and _is_guarded(walk, scope) and not places[0].text.startswith(("/", "..")):
        # Where it fails, what follows still happens in the folder before.
        scope.cwd = UNKNOWN
    else:
        scope.cwd = walk.ledger.spot(places[0] if places else Word(walk.ledger.home or UNKNOWN), scope).path
        if places and places[0].glob:
            scope.cwd = UNKNOWN
    return Flow()


def _is_guarded(walk: Walk, scope: Scope) -> bool:
    return walk.ledger.spot(Word("."), scope).zone in ("policy", "access", "autorun")


def cat(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``cat``: what it is fed goes through."""
    flow = plain(walk, name, program, words, scope, depth, stdin)
    through = len(words) == 1 or [word.text for word in words[1:]] == ["-"]
    return Flow(flow.taint, stdin.text if through and stdin is not None else None)
