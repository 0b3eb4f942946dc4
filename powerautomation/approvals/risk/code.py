"""Judges code inside a command: Python by its syntax tree, SQL by its words, the rest by names that reach outside."""

import ast
import re
import warnings

from powerautomation.approvals.risk.catalog import level_of
from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.ledger import Ledger
from powerautomation.approvals.risk.words import UNKNOWN

_LONGEST = 16_000
_MOST_NODES = 8_000
_NETWORK = frozenset({
    "socket", "urllib", "requests", "httpx", "http", "aiohttp", "ftplib", "smtplib", "paramiko", "telnetlib",
    "asyncio", "socketserver", "ssl", "xmlrpc", "boto3", "websockets", "fabric", "imaplib", "poplib", "pycurl",
    "webbrowser",
})  # fmt: skip
_PROGRAMS = frozenset({
    "subprocess", "pty", "multiprocessing", "ctypes", "pexpect", "commands", "cffi", "code", "runpy", "pickle",
    "marshal", "importlib", "builtins",
})  # fmt: skip
_CALLS_OUT = frozenset({
    "system", "popen", "Popen", "execv", "execve", "execvp", "execl", "execlp", "spawnv", "spawnl", "fork",
    "kill", "killpg", "exec", "eval", "compile", "__import__", "setuid", "check_output", "check_call",
    "getoutput", "dlopen", "CDLL", "chmod", "chown", "putenv", "startfile", "import_module", "symlink",
})  # fmt: skip
_DESTROYS = frozenset({"rmtree", "removedirs", "unlink", "remove", "rmdir", "truncate", "move", "replace", "rename"})
_WRITES = frozenset(
    {"write_text", "write_bytes", "write", "writelines", "makedirs", "mkdir", "touch", "copy", "copyfile", "dump"}
)
_REACHES = {
    "node": re.compile(
        r"child_process|execSync|spawn|exec\b|eval\b|Function\b|net\b|http|https|fetch|dgram|tls|unlink|rmSync|rmdir|rm\b|"
        r"writeFile|createWriteStream|process\.kill|require\s*\(\s*[^'\"\s]|import\s*\(\s*[^'\"\s]|Deno|Bun|\\x|\\u|fromCharCode|atob|\bbinding"
    ),
    "opaque": re.compile(
        r"system|exec|spawn|popen|socket|unlink|rmtree|\brm\b|delete|remove|eval|`|fork|kill|http|Net::|IO\.|File\.(?:write|delete|open)"
        r"|open\s*\(|pack\b|\\x|shell_exec|passthru|proc_open|do shell script|Invoke-|DownloadString|Runtime|Process|qx"
    ),
}
_DESTROYS_IN_CODE = re.compile(
    r"rmSync|rmdirSync|rmtree|rm_rf|Remove-Item|unlink\s*\(\s*glob|remove_dir_all|FileUtils\.rm|deltree|DROP\s+(?:TABLE|DATABASE)",
    re.I,
)


def judge_code(ledger: Ledger, language: str, text: str, rule: str) -> None:
    """Write down what code does that a command brings along: at least MEDIUM, HIGH where it reaches outside."""
    if UNKNOWN in text:
        ledger.mark("wraps_unknown", rule)
    if language == "python":
        _python(ledger, text.replace(UNKNOWN, "0"), rule)
        return
    ledger.mark("opaque_code", rule)
    found = _REACHES.get(language, _REACHES["opaque"]).search(text)
    if found:
        ledger.mark("dangerous_code", found[0])
    if _DESTROYS_IN_CODE.search(text):
        ledger.mark("dangerous_code", rule, undo=False)
    paths(ledger, re.findall(r"['\"]([^'\"]{1,400})['\"]", text))


def _python(ledger: Ledger, text: str, rule: str) -> None:
    if len(text) > _LONGEST:
        ledger.mark("dangerous_code", rule)
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        ledger.mark("opaque_code", rule)
        ledger.mark("dangerous_code", rule)
        return
    names: set[str] = set()
    modules: set[str] = set()
    texts: list[str] = []
    for count, node in enumerate(ast.walk(tree)):
        if count > _MOST_NODES:
            ledger.mark("dangerous_code", rule)
            break
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or ".")
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    tops = {name.split(".")[0] for name in modules}
    if tops & _NETWORK:
        ledger.mark("dangerous_code", ", ".join(sorted(tops & _NETWORK)))
        ledger.seen.add("send")
    calls = names & _CALLS_OUT
    # re.compile is not the compile that makes code.
    if calls == {"compile"} and "re" in tops:
        calls = set()
    if tops & _PROGRAMS - {"importlib"} or ("importlib" in tops and "import_module" in names) or calls:
        ledger.mark("dangerous_code", ", ".join(sorted(calls | (tops & _PROGRAMS))))
    if names & _DESTROYS and tops & {"os", "shutil", "pathlib"}:
        ledger.mark("dangerous_code", ", ".join(sorted(names & _DESTROYS)), undo=False)
    if "environ" in names or "getenv" in names:
        ledger.mark("secret_variable", "os.environ")
        ledger.seen.add("secret_variable")
    if any(
        name.startswith("__") and name not in ("__version__", "__file__", "__name__", "__doc__", "__path__")
        for name in names
    ):
        ledger.mark("dangerous_code", rule)
    ledger.mark("opaque_code", rule)
    paths(ledger, texts)


def paths(ledger: Ledger, texts: list[str]) -> None:
    """Look at the texts in code: those that are paths of secrets, of policies or of the machine count."""
    from powerautomation.approvals.risk.ledger import Scope
    from powerautomation.approvals.risk.words import Word

    scope = Scope(ledger.action.cwd or "/workspace", {})
    for text in texts[:200]:
        if len(text) > 300 or "\n" in text or not ("/" in text or text.startswith((".", "~"))):
            continue
        word = Word((ledger.home or "/home/user") + text[1:] if text.startswith("~/") else text)
        spot = ledger.spot(word, scope)
        if spot.zone == "secret":
            ledger.path(word, "read", scope)
        elif spot.zone in ("policy", "device", "access", "autorun"):
            ledger.path(word, "write", scope)


_SQL_WORD = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\$(\w*)\$.*?\$\1\$|[A-Za-z_][\w$]*|\\[a-z!+?]+|[;(),=*]|\S",
    re.DOTALL,
)
_SQL_READS = frozenset({"SELECT", "EXPLAIN", "SHOW", "DESCRIBE", "DESC", "WITH", "VALUES", "TABLE", "USE",
    "BEGIN", "COMMIT",
                        "ROLLBACK", "SET", "PRAGMA", "ANALYZE", "START", "END"})  # fmt: skip
_SQL_PROGRAM = frozenset({"PROGRAM", "XP_CMDSHELL", "LO_EXPORT", "LO_IMPORT", "PG_READ_FILE", "LOAD_FILE", "OUTFILE",
                          "DUMPFILE", "PG_WRITE_FILE", "SYS_EXEC", "LOAD_EXTENSION", "PG_READ_BINARY_FILE",
     "DBLINK", "WRITEFILE", "READFILE", "FTS3_TOKENIZER"})  # fmt: skip


def judge_sql(ledger: Ledger, text: str, rule: str) -> None:
    """Write down what SQL does: each statement by its first word, deletes and updates by whether they have a limit."""
    if UNKNOWN in text:
        ledger.add("wraps_unknown", (rule,), Level.HIGH, "wraps_unknown")
    statement: list[str] = []
    for found in _SQL_WORD.finditer(text[:_LONGEST]):
        word = found[0]
        if word.startswith(("--", "/*")):
            if word.startswith("/*!"):
                ledger.mark("database_unbounded", rule)
            continue
        if word == ";":
            _statement(ledger, statement, rule)
            statement = []
        else:
            statement.append(word)
    _statement(ledger, statement, rule)
    if len(text) > _LONGEST:
        ledger.mark("database_unbounded", rule)


def _statement(ledger: Ledger, words: list[str], rule: str) -> None:
    if not words:
        return
    upper = [word.upper() for word in words]
    first = upper[0]
    there = set(upper)
    if first == "WITH" or first == "EXPLAIN":
        first = next((word for word in ("DELETE", "UPDATE", "INSERT", "MERGE") if word in there), first)
    if there & _SQL_PROGRAM or first in ("\\!", "\\COPY") or first.startswith((".SHELL", ".SYSTEM")):
        ledger.mark("database_program", rule)
    if words[0].startswith("\\") or words[0] == ".":
        dotted = upper[1] if words[0] == "." and len(upper) > 1 else first
        if dotted in ("SHELL", "SYSTEM", "\\!"):
            ledger.mark("database_program", rule)
        elif dotted in ("\\I", "READ", "\\O", "OUTPUT", "\\COPY", "IMPORT", "RESTORE", "LOAD"):
            ledger.mark("database_file", rule)
        else:
            ledger.mark("reads_database", rule)
    elif first in ("DELETE", "UPDATE"):
        bound = "WHERE" in there and not _always(upper)
        ledger.mark("database_write" if bound else "database_unbounded", rule, undo=False)
    elif first in ("DROP", "TRUNCATE"):
        everything = there & {"DATABASE", "SCHEMA", "KEYSPACE", "TABLESPACE", "CASCADE"}
        ledger.mark("database_drop_all" if everything else "database_drop", rule, undo=False)
    elif first in ("GRANT", "REVOKE") or (first in ("CREATE", "ALTER") and there & {"USER", "ROLE", "LOGIN"}):
        ledger.add("changes_access", (rule,), Level.HIGH, "database_access")
    elif first == "ALTER" and "DROP" in there:
        ledger.mark("database_drop", rule, undo=False)
    elif first in _SQL_READS and "INTO" not in there:
        ledger.mark("reads_database", rule)
    elif (
        first == "VACUUM"
        or first == "REINDEX"
        or first in ("INSERT", "CREATE", "ALTER", "COMMENT", "REPLACE", "UPSERT", "MERGE", "SELECT")
    ):
        ledger.mark("database_write", rule)
    else:
        ledger.add("database_unknown", (rule,), level_of("HIGH"), "database_unknown")


def _always(upper: list[str]) -> bool:
    rest = upper[upper.index("WHERE") + 1 :]
    return rest[:1] == ["TRUE"] or (len(rest) >= 3 and rest[1] == "=" and rest[0] == rest[2]) or "OR" in rest
