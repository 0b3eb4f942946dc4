"""What the hook does while nobody has answered."""

import time
from pathlib import Path
from typing import Any

import pytest

from powerautomation.approvals.claude_code import hook

Json = dict[str, Any]


class _Full(hook.Server):
    """A server where too many wait: it says at once how it stands, and after some times that somebody said no."""

    def __init__(self, times: int) -> None:
        super().__init__({"url": "http://127.0.0.1:1", "key": "k"})
        self.left = times

    def insist(self, method: str, path: str, body: Json | None, patience: float, *, call_id: str = "") -> Any:
        self.left -= 1
        return {"id": "apr_1", "state": "pending" if self.left >= 0 else "denied"}


def test_a_server_that_answers_at_once_is_not_asked_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    event = {"tool_name": "Bash", "tool_input": {"command": "make"}, "tool_use_id": "t", "session_id": "s"}
    with pytest.raises(hook.Refused, match="said no"):
        hook.decide(_Full(times=6), tmp_path, event)
    assert sum(pauses) > 4, "five times it was told to wait on"
