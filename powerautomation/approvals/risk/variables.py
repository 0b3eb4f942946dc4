"""What the variables of a script hold, and which of them change what programs do."""

import re

from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.ledger import Ledger, Scope
from powerautomation.approvals.risk.paths import TEMPORARY
from powerautomation.approvals.risk.words import SPLIT, UNKNOWN, Part

_SECRET_NAME = re.compile(
    r"(?i)(?:^|_)(?:secret|token|passw(?:or)?d|passphrase|pwd_?hash|api_?key|apikey|private_?key|access_?key|credentials?"
    r"|auth)(?:_|$|s$)"
)
# Set for a program, these make it load or run something else.
_LOADERS = re.compile(
    r"(?:LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_.*|PATH|PYTHONSTARTUP|PYTHONPATH|PYTHONHOME|PERL5OPT|PERL5LIB|RUBYOPT"
    r"|NODE_OPTIONS|BASH_ENV|ENV|PROMPT_COMMAND|IFS|SHELLOPTS|GIT_SSH|GIT_SSH_COMMAND|GIT_EXTERNAL_DIFF|GIT_PAGER|PAGER"
    r"|EDITOR|VISUAL|GIT_EDITOR|GIT_ASKPASS|GIT_PROXY_COMMAND|LESSOPEN|LESSCLOSE|MANPAGER|BROWSER|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS"
    r"|GIT_CONFIG.*|GIT_SEQUENCE_EDITOR|PYTHONBREAKPOINT|PS4|HISTFILE|HISTSIZE|HISTFILESIZE|HISTCONTROL|HTTPS?_PROXY"
    r"|https?_proxy|ALL_PROXY|NODE_TLS_REJECT_UNAUTHORIZED|GIT_SSL_NO_VERIFY|ANTHROPIC_BASE_URL|OPENAI_BASE_URL"
    r"|HOME|XDG_CONFIG_HOME|GIT_DIR|GIT_WORK_TREE|GIT_COMMON_DIR|GIT_INDEX_FILE|GIT_EXEC_PATH|GIT_TEMPLATE_DIR|GIT_TRACE.*"
    r"|GIT_ALLOW_PROTOCOL|MANOPT|BAT_PAGER|BAT_CONFIG_PATH|DELTA_PAGER|LESS|LESSKEY.*|RIPGREP_CONFIG_PATH|TAR_OPTIONS|RSYNC_RSH"
    r"|MAKEFLAGS|GNUMAKEFLAGS|MFLAGS|MAKEFILES|(?i:npm_config_).*|NODE_REPL_EXTERNAL_MODULE|PYTEST_ADDOPTS|PYTEST_PLUGINS"
    r"|RUSTC.*|CARGO_.*(?:RUNNER|WRAPPER|LINKER|RUSTC|FLAGS)|GOFLAGS|GCC_EXEC_PREFIX|COMPILER_PATH|GCONV_PATH|DOCKER_HOST"
    r"|PERL5DB|RUBYLIB|BASH_FUNC_.*|UNZIP|ZIPOPT|PIP_.*|UV_.*INDEX.*|CDPATH|CURL_HOME|WGETRC|OPENSSL_CONF)"
)
# What of these is set every day.
_HARMLESS = {
    "PYTHONPATH": r"[\w./:-]*",
    "(?:GIT_|MAN|BAT_)?PAGER": "cat|less|more|",
    "LESS": r"-[\w-]*",
    "NODE_OPTIONS": r"--(?:max-old-space-size|experimental-vm-modules)[=\w]*",
    "MAKEFLAGS": r"-j ?\d*",
    "PYTEST_ADDOPTS": "(?:-[qvsx]+|--color=yes)",
    "GOFLAGS": r"-mod=\w+",
    "RUSTFLAGS": r"-D ?warnings",
    "GIT_TRACE.*": "[012]",
    "PIP_.*": "[01]",
}


def value_of(ledger: Ledger, name: str, scope: Scope, split: str) -> list[Part]:
    """Return what a variable expands to; what only the machine knows is ``UNKNOWN``."""
    if name in scope.variables:
        found = scope.variables[name]
        if split == SPLIT and scope.fields_changed and found:
            return [Part(UNKNOWN, SPLIT, frozenset().union(*(part.taint for part in found)))]
        return [Part(part.text, split, part.taint) for part in found] or [Part("", split)]
    known = {"HOME": ledger.home or "/home/" + UNKNOWN, "PWD": scope.cwd, "TMPDIR": TEMPORARY[0], "IFS": " \t\n",
             "CLAUDE_PROJECT_DIR": ledger.roots[0] if ledger.roots else UNKNOWN}  # fmt: skip
    if name in known:
        return [Part(known[name], split)]
    taint = frozenset({"secret_variable"}) if _SECRET_NAME.search(name) else frozenset()
    if name in ("?", "#", "$", "!", "RANDOM", "SECONDS", "LINENO", "UID", "EUID", "PPID", "0", "-"):
        return [Part("1", split)]
    return [Part(UNKNOWN, split, taint)]


def judge_loader(ledger: Ledger, name: str, parts: list[Part]) -> None:
    """Write down that a variable is set which makes programs load or run something else."""
    if not _LOADERS.fullmatch(name):
        return
    text = "".join(part.text for part in parts)
    if any(re.fullmatch(names, name) and re.fullmatch(values, text) for names, values in _HARMLESS.items()):
        ledger.add("loader_variable", (name, text), Level.LOW, "loader_variable")
    else:
        ledger.mark("loader_variable", name, text)
