"""What holds for every command: wrapping and adding never make it look more harmless, and nothing is ever raised."""

import csv
import shlex
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.approvals.risk import Action, Assessment, Level, assess, load_rules

COMMANDS = [
    row["command"]
    for row in csv.DictReader(
        (Path(__file__).parent / "commands.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    )
    if row["level"] != "DENY"
]
# A heredoc, a comment or a line that goes on cannot be put inside another command on one line.
PLAIN = [command for command in COMMANDS if "\n" not in command and "#" not in command and not command.endswith("&")]
SIMPLE = [command for command in PLAIN if not set(command) & set("|;&(){}<>$`!") and "=" not in command.split()[0]
          and command.split()[0] not in ("if", "for", "while", "case")]  # fmt: skip
WRAPPERS = (
    "sudo {}",
    "env {}",
    "nohup {}",
    "timeout 9 {}",
    "nice {}",
    "command {}",
    "time {}",
    "stdbuf -o0 {}",
    "env A=1 {}",
)
SCRIPTS = ("({})", "{{ {}; }}", "true && {}", "{} && true", "if true; then {}; fi", "! {}", "ls; {}",
    "while false; do {}; done", "{} || true")  # fmt: skip


def judged(command: str) -> Assessment:
    action = Action("Bash", {"command": command}, cwd="/home/dev/shop", home="/home/dev")
    return assess(action, load_rules())


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(SIMPLE), st.sampled_from(WRAPPERS))
def test_a_wrapper_never_makes_a_command_more_harmless(command: str, wrapper: str) -> None:
    assert judged(wrapper.format(command)).level >= judged(command).level


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(PLAIN), st.sampled_from(SCRIPTS))
def test_a_construct_never_makes_a_command_more_harmless(command: str, construct: str) -> None:
    assert judged(construct.format(command)).level >= judged(command).level


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(COMMANDS), st.sampled_from(("sh", "bash", "eval", "zsh")))
def test_a_shell_in_a_shell_never_makes_a_command_more_harmless(command: str, shell: str) -> None:
    quoted = shlex.quote(command)
    wrapped = f"eval {quoted}" if shell == "eval" else f"{shell} -c {quoted}"
    assert judged(wrapped).level >= judged(command).level


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(PLAIN), st.sampled_from(PLAIN))
def test_what_comes_after_never_makes_a_command_more_harmless(first: str, second: str) -> None:
    assert judged(f"{first} ; {second}").level >= judged(first).level
    assert judged(f"{first}\n{second}").level >= judged(first).level


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=300))
def test_no_text_makes_it_fail(command: str) -> None:
    found = judged(command)
    assert found.denied or found.level in Level


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="rm -f/~$(){}[]'\"`\\;&|<>*?!#=\nabc1", max_size=60))
def test_no_signs_of_the_shell_make_it_fail(command: str) -> None:
    assert isinstance(judged(command), Assessment)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(("Bash", "shell", "local_shell", "Write", "Edit", "apply_patch", "WebFetch", "mcp__a__b", "x")),
    st.dictionaries(st.sampled_from(("command", "path", "file_path", "input", "url", "sql", "a")), _JSON, max_size=4),
)
def test_no_arguments_make_it_fail(tool: str, arguments: dict[str, object]) -> None:
    assert isinstance(assess(Action(tool, arguments), load_rules()), Assessment)


@pytest.mark.parametrize(
    "command",
    [
        "ls " + "a" * 20_000,
        "(" * 300 + "ls" + ")" * 300,
        "echo " + "$(echo " * 200 + "a" + ")" * 200,
        "ls; " * 3_000,
        "echo " + "{a,b}" * 40,
        "echo " + "'x'" * 5_000,
        "A=1 " * 3_000 + "ls",
        "f() { f; f; }; " * 100 + "f",
        "for a in 1 2 3 4 5 6 7 8; do " * 8 + "ls" + "; done" * 8,
        "eval " * 2_000 + "ls",
        "'" + "a[" * 5_000 + "'",
    ],
)
def test_long_and_deep_commands_end_soon_and_never_as_harmless(command: str) -> None:
    started = time.perf_counter()
    found = judged(command)
    assert time.perf_counter() - started < 10
    assert found.denied or found.level >= Level.SAFE
