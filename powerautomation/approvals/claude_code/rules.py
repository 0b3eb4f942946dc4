"""What stands in Claude Code's settings so that it asks first, and how it is put there and taken out again."""

import copy
import json
import shlex
from typing import Any

Json = dict[str, Any]
# Claude Code ends a hook after so long, and the tool then runs undecided; the hook itself gives up, with a no, before.
TIMEOUT_SECONDS = 86_400
MODULE = "powerautomation.approvals.claude_code.hook"
EVENTS = ("PreToolUse", "PostToolUse", "PostToolUseFailure", "Stop")
_FOR_TOOLS = ("PreToolUse", "PostToolUse", "PostToolUseFailure")


class SettingsUnreadableError(ValueError):
    """The settings file is not what Claude Code would accept."""


def command_of(python: str, config: str) -> str:
    """Return the shell line of a hook. Exit code 2 blocks the tool, which any failure to start the hook comes to: other
    codes let it run."""
    words = " ".join(shlex.quote(word) for word in (python, "-P", "-m", MODULE, config))
    return f"{words} || {{ echo 'PowerAutomation could not be asked, so this must not run.' >&2; exit 2; }}"


def connected(settings: Json, command: str) -> Json:
    """Return settings in which every tool asks first; those of other programs stay. Raises SettingsUnreadableError."""
    changed = disconnected(settings)
    hooks = changed.setdefault("hooks", {})
    for event in EVENTS:
        matcher = {"matcher": "*"} if event in _FOR_TOOLS else {}
        entry = {"type": "command", "command": command, "timeout": TIMEOUT_SECONDS if event == "PreToolUse" else 60}
        hooks.setdefault(event, []).append({**matcher, "hooks": [entry]})
    return changed


def disconnected(settings: Json) -> Json:
    """Return settings without anything of ours. Raises SettingsUnreadableError."""
    changed = copy.deepcopy(settings)
    hooks = changed.get("hooks", {})
    if not isinstance(hooks, dict) or not all(isinstance(groups, list) for groups in hooks.values()):
        raise SettingsUnreadableError("hooks is no object of lists")
    for event in list(hooks):
        groups = [_without_ours(group) for group in hooks[event]]
        kept = [group for group in groups if group is not None]
        if kept:
            hooks[event] = kept
        else:
            del hooks[event]
    if "hooks" in changed and not hooks:
        del changed["hooks"]
    return changed


def _without_ours(group: Any) -> Any:
    if not isinstance(group, dict) or not isinstance(group.get("hooks"), list):
        return group
    kept = [one for one in group["hooks"] if not (isinstance(one, dict) and MODULE in str(one.get("command", "")))]
    if len(kept) == len(group["hooks"]):
        return group
    return {**group, "hooks": kept} if kept else None


def read_settings(text: str) -> Json:
    """Return the settings of a file's text, empty for an empty one. Raises SettingsUnreadableError."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise SettingsUnreadableError(str(error)) from None
    if not isinstance(found, dict):
        raise SettingsUnreadableError("it is no JSON object")
    return found


def written(settings: Json) -> str:
    """Return settings as text."""
    return json.dumps(settings, indent=2, ensure_ascii=False) + "\n"
