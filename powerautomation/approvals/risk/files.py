"""Programs that find, change, pack and copy files, where their words need more than the catalog says."""

import re

from powerautomation.approvals.risk.arguments import read_arguments
from powerautomation.approvals.risk.calls import plain, run
from powerautomation.approvals.risk.catalog import Program
from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.hosts import host_of
from powerautomation.approvals.risk.ledger import Flow, Scope
from powerautomation.approvals.risk.walk import Walk
from powerautomation.approvals.risk.words import UNKNOWN, Word

_FIND_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_FIND_WRITES = frozenset({"-fprint", "-fprintf", "-fls", "-fprint0"})


def find(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``find``: looks, unless ``-delete`` or ``-exec`` say more."""
    ledger = walk.ledger
    places: list[Word] = []
    for word in words[1:]:
        if word.text.startswith(("-", "(", "!")) and word.text not in ("-H", "-L", "-P"):
            break
        if not word.text.startswith("-"):
            places.append(word)
    places = places or [Word(".")]
    bounded = any(
        word.text in ("-name", "-iname", "-path", "-regex", "-mtime", "-size", "-newer", "-empty", "-wholename")
        for word in words
    )
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
            if inner and inner[0].text in ("rm", "shred", "unlink", "rmdir", "trash"):
                _find_deletes(walk, places, words, bounded, scope)
            for place in places:
                if walk.ledger.spot(place, scope).zone in ("policy", "access", "autorun") and not _looks(walk, inner):
                    ledger.path(place, "write", scope)
                held = [_found(word, place, words, scope, walk) if "{}" in word.text else word for word in inner]
                run(walk, held, scope.copy(), depth + 1, None)
            index = end
        elif text in _FIND_WRITES and index + 1 < len(words):
            ledger.path(words[index + 1], "write", scope)
        index += 1
    if all(ledger.spot(place, scope).zone in ("workspace", "inside") for place in places):
        taint.add("listing")
    return Flow(frozenset(taint))


def _looks(walk: Walk, words: list[Word]) -> bool:
    """Say whether a command only looks at what it is given."""
    program = walk.ledger.catalog.programs.get(words[0].text) if words else None
    changes = any(word.text.startswith(("-i", "--in-place", "-o", "--output", "w ")) for word in words)
    return program is not None and program.level == "SAFE" and program.paths == "read" and not changes


def _find_deletes(walk: Walk, places: list[Word], words: list[Word], bounded: bool, scope: Scope) -> None:
    named = [words[at + 1] for at, word in enumerate(words[:-1]) if word.text in ("-name", "-iname", "-path")]
    for word in places:
        spot = walk.ledger.spot(word, scope)
        made = [Word(f"{spot.path}/x/{one.text.replace('*', 'x')}", one.glob) for one in named]
        if bounded and spot.zone in ("workspace", "temporary"):
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
    tail = (
        f"{base}/{named}"
        if named and "*" not in named
        else f"{base}/{UNKNOWN}{named.lstrip('*')}"
        if named
        else f"{base}/{UNKNOWN}"
    )
    if named in ("*", ""):
        tail = f"{base}/*" if base.count("/") == 1 or base in (walk.ledger.home, *walk.ledger.roots) else tail
    return Word(word.text.replace("{}", tail), "*" in tail, word.taint)


def fd(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``fd``: looks, unless ``-x`` or ``-X`` run something."""
    for index, word in enumerate(words):
        if word.text in ("-x", "-X", "--exec", "--exec-batch"):
            inner = [Word(one.text.replace("{}", UNKNOWN), one.glob) for one in words[index + 1 :]] + [Word(UNKNOWN)]
            plain(walk, name, program, words[:index], scope, depth, stdin)
            return run(walk, inner, scope.copy(), depth + 1, None)
    return plain(walk, name, program, words, scope, depth, stdin)


def sed(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
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
            if re.search(r"(?:^|[\d$/,\s{])e(?:\s|$)", line) or (
                re.search(r"([/|#,~!@:])[gpiIm0-9]*e[gpiIm0-9]*$", line) and line.lstrip().startswith("s")
            ):
                ledger.add("runs_program", (script.text,), Level.HIGH, "command.sed.runs")
            target = re.search(r"(?:^|[\d$/,\s{gpIm|#~@:])w\s+(\S+)\s*$", line)
            if target:
                ledger.path(Word(target[1]), "write", scope)
    return Flow(frozenset(taint))


def awk(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
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
        if re.search(
            r"\bsystem\s*\(|\|\s*&?\s*getline|\|\s*\"\"|getline|\|\s*\w+\s*(?:;|}|$)", bare
        ) or operands_unknown(text):
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


def tar(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``tar``: makes, lists or unpacks an archive, and can run programs meanwhile."""
    ledger = walk.ledger
    given = list(words[1:])
    if given and not given[0].text.startswith("-"):
        given[0] = Word("-" + given[0].text, given[0].glob)
    opts = {"-f": "value", "--file": "value", "-C": "folder", "--directory": "folder", "--exclude": "value",
            "-T": "read",
            "-I": "run", "--use-compress-program": "run", "--to-command": "shell", "--checkpoint-action": "value",
            "--strip-components": "value", "-X": "read", "--rsh-command": "shell", "--checkpoint": "value",
     "-F": "shell", "--info-script": "shell"}  # fmt: skip
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
        role = opts.get(flag, "value")
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


def dd(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``dd if=… of=…``."""
    walk.ledger.add("program", (name,), Level.LOW, "command.dd")
    taint: set[str] = set(stdin.taint if stdin else ())
    for word in words[1:]:
        key, sign, value = word.text.partition("=")
        if sign and key in ("if", "of"):
            spot = walk.ledger.path(Word(value, word.glob, word.taint), "read" if key == "if" else "write", scope)
            taint |= {"secret"} if spot.zone == "secret" else set()
    return Flow(frozenset(taint))


def editor(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """Editors and openers: a file, or an address."""
    for word in words[1:]:
        if "://" in word.text:
            walk.ledger.host(host_of(word.text), "fetch")
    return plain(walk, name, program, words, scope, depth, stdin)


def chmod(
    walk: Walk, name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
) -> Flow:
    """``chmod``: ``-x`` and its like are modes, not options."""
    held = [
        Word("minus" + word.text[1:]) if re.fullmatch(r"-[rwxXst]+", word.text) and word.text != "-R" else word
        for word in words
    ]
    return plain(walk, name, program, held, scope, depth, stdin)
