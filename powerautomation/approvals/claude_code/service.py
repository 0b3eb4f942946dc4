"""Puts our lines into Claude Code's settings, and takes them out again as if they had never been there."""

import difflib
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from powerautomation.approvals.claude_code import rules
from powerautomation.approvals.claude_code.errors import SettingsChanged, SettingsUnreadable

BACKUP_SUFFIX = ".before-powerautomation"
MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be written. ``before`` is None where there is no file; ``after`` None removes it."""

    path: Path
    before: bytes | None
    after: bytes | None
    restores_backup: bool = False

    @property
    def changes(self) -> bool:
        """Whether anything would change."""
        return self.before != self.after

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        old, new = (_lines(content) for content in (self.before, self.after))
        return "".join(difflib.unified_diff(old, new, f"{self.path} (now)", f"{self.path} (then)"))


def config_folder() -> Path:
    """Return where this account keeps which server its agents ask."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "powerautomation" / "claude-code"


def settings_path(folder: Path | None) -> Path:
    """Return Claude Code's settings file of a project's folder, which stays on this machine, or of this account."""
    if folder is not None:
        return folder.resolve() / ".claude" / "settings.local.json"
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude") / "settings.json"


def plan_connect(path: Path, python: str, config: Path) -> Plan:
    """Return what would be written for every tool to ask first. Raises SettingsUnreadable."""
    before = _read(path)
    command = rules.command_of(python, str(config))
    after = rules.connected(_settings(path, before), command)
    if before is not None and _settings(path, before) == after:
        return Plan(path, before, before)
    return Plan(path, before, rules.written(after).encode())


def plan_remove(path: Path) -> Plan:
    """Return what would be written to undo it: the very bytes from before, when nobody changed the file since.

    Raises SettingsUnreadable.
    """
    before = _read(path)
    if before is None:
        return Plan(path, None, None)
    note = _note(path)
    if note is not None and note.get("written") == hashlib.sha256(before).hexdigest():
        backup = _read(_backup(path)) if note.get("existed") else None
        if backup is not None or not note.get("existed"):
            return Plan(path, before, backup, restores_backup=True)
    after = rules.disconnected(_settings(path, before))
    if after == _settings(path, before):
        return Plan(path, before, before)
    return Plan(path, before, rules.written(after).encode())


def apply(plan: Plan, *, removing: bool = False) -> None:
    """Write what was planned, whole or not at all; a copy of what was there stays beside it.

    Raises SettingsChanged when the file is not what was shown any more.
    """
    if _read(plan.path) != plan.before:
        raise SettingsChanged(
            f"{plan.path} was changed while you looked at it; nothing was written.", action="Run the command again."
        )
    if not removing:
        already_ours = plan.before is not None and rules.MODULE.encode() in plan.before
        if plan.before is not None and not already_ours:
            _write(_backup(plan.path), plan.before)
        note = {"written": hashlib.sha256(plan.after or b"").hexdigest(), "existed": plan.before is not None}
        if already_ours:
            note["existed"] = bool((_note(plan.path) or note)["existed"])
        _write(_note_path(plan.path), json.dumps(note).encode())
    if plan.after is None:
        plan.path.unlink(missing_ok=True)
    else:
        _write(plan.path, plan.after, mode=None)
    if removing:
        for left in (_backup(plan.path), _note_path(plan.path)):
            left.unlink(missing_ok=True)


def write_config(folder: Path, url: str, key: str) -> Path:
    """Write which server is asked, for this account alone; return the file."""
    path = folder / "config.json"
    _write(path, json.dumps({"url": url, "key": key}, indent=2).encode() + b"\n")
    return path


def _lines(content: bytes | None) -> list[str]:
    text = (content or b"").decode("utf-8", "replace")
    return [line if line.endswith("\n") else f"{line}\n" for line in text.splitlines(keepends=True)]


def _backup(path: Path) -> Path:
    return path.with_name(path.name + BACKUP_SUFFIX)


def _note_path(path: Path) -> Path:
    return config_folder() / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.json"


def _note(path: Path) -> dict[str, object] | None:
    try:
        found = json.loads(_note_path(path).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except FileNotFoundError:
        return None


def _settings(path: Path, content: bytes | None) -> rules.Json:
    try:
        return rules.read_settings((content or b"").decode())
    except ValueError as error:
        raise SettingsUnreadable(
            f"{path} is not what Claude Code reads as settings: {str(error)[:200]}. Nothing was written.",
            action="Mend the file, then run the command again.",
        ) from None


def _write(path: Path, content: bytes, mode: int | None = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    kept = mode if mode is not None else (path.stat().st_mode & 0o777 if path.exists() else 0o600)
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, kept), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path.resolve())
    finally:
        fresh.unlink(missing_ok=True)
