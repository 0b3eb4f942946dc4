"""The program behind Claude Code's hooks: asks the server before a tool runs, and says afterwards how it ended.

Reads one event as JSON from standard input and answers on standard output. Whatever goes wrong before a tool runs, the
answer is no, with words: the server away, an answer that is not understood, an event without a tool. Only Python's own
library is used, so that it starts quickly. Events and answers as in https://code.claude.com/docs/en/hooks (Claude Code
2.1.329, November 2026).
"""

import contextlib
import hashlib
import http.client
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

Json = dict[str, Any]
# How long a server that does not answer is asked again: at first, and while an answer is waited for, as it may just be
# started again.
FIRST_PATIENCE_SECONDS = 5.0
PATIENCE_SECONDS = 120.0
WAIT_SECONDS = 25.0
LEAST_WAIT_SECONDS = 1.0
ANSWER_SECONDS = 40.0
# Less than the timeout in Claude Code's settings: a hook that is ended by it decides nothing, and the tool would run.
LONGEST_SECONDS = 86_000.0
MOST_EVENT_BYTES = 8 * 1024 * 1024
MOST_ANSWER_BYTES = 16 * 1024 * 1024
LEASE_SECONDS = 3600
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 2.0


class Refused(Exception):
    """The tool must not run; the text says why."""


class Away(Exception):
    """The server cannot be reached, or is just starting."""


class Server:
    """The server that is asked. config: ``{"url": ..., "key": ...}``; raises Refused for anything else."""

    def __init__(self, config: Any) -> None:
        if not isinstance(config, dict) or not all(isinstance(config.get(name), str) for name in ("url", "key")):
            raise Refused("the file that says which server to ask has no url and key")
        address = urlsplit(config["url"])
        if address.scheme not in ("http", "https") or not address.hostname:
            raise Refused("the url of the server to ask is none")
        self._https = address.scheme == "https"
        self._host, self._port, self._base = address.hostname, address.port, address.path.rstrip("/")
        self._key = config["key"]

    def call(self, method: str, path: str, body: Json | None = None, *, call_id: str = "") -> tuple[int, Any]:
        """Call the control API once; return the status and the JSON. Raises Away, and Refused for what is no JSON."""
        kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=ANSWER_SECONDS)
        headers = {"authorization": f"Bearer {self._key}", "content-type": "application/json"}
        if call_id:
            headers["idempotency-key"] = call_id
        try:
            sent = None if body is None else json.dumps(body).encode()
            connection.request(method, f"{self._base}/api/v1/approvals{path}", sent, headers)
            answer = connection.getresponse()
            content = answer.read(MOST_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise Away(type(error).__name__) from error
        finally:
            connection.close()
        if answer.status in (502, 503, 504):
            raise Away(f"it answered {answer.status}")
        try:
            return answer.status, json.loads(content)
        except ValueError:
            raise Refused(f"the server's answer ({answer.status}) is not JSON") from None

    def insist(self, method: str, path: str, body: Json | None, patience: float, *, call_id: str = "") -> Any:
        """Call until the server answers, at most for so long; return the JSON. Raises Refused."""
        until = time.monotonic() + patience
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                status, answer = self.call(method, path, body, call_id=call_id)
                break
            except Away as away:
                if time.monotonic() + pause > until:
                    raise Refused(f"the approval server cannot be reached ({away})") from None
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        if not 200 <= status < 300:
            message = answer.get("detail") if isinstance(answer, dict) else ""
            raise Refused(f"the approval server answered {status}: {str(message)[:300]}")
        return answer


def call_id_of(event: Json) -> str:
    """Return the name of one tool call: the same for the events before and after it."""
    named = f"{event.get('session_id')}:{event.get('tool_use_id')}"
    return "claude-code-" + hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()


def decide(server: Server, leases: Path, event: Json) -> Json:
    """Ask whether a tool may run, wait, and reserve it; return what Claude Code is told. Raises Refused."""
    tool, arguments = event.get("tool_name"), event.get("tool_input")
    if not isinstance(tool, str) or not isinstance(arguments, dict) or not isinstance(event.get("tool_use_id"), str):
        raise Refused("the event names no tool, no input or no call")
    call_id = call_id_of(event)
    asked = {
        "tool": tool,
        "arguments": arguments,
        "cwd": _text(event, "cwd", 4096),
        "roots": [root] if (root := os.environ.get("CLAUDE_PROJECT_DIR", "")[:4096]) else [],
        "home": os.path.expanduser("~")[:4096],
        "agent": "claude-code",
        "session_id": _text(event, "session_id", 200),
        "context": {"permission_mode": _text(event, "permission_mode", 40)},
    }
    approval = server.insist("POST", "", asked, FIRST_PATIENCE_SECONDS, call_id=call_id)
    path = f"/{quote(_field(approval, 'id'), safe='')}"
    until = time.monotonic() + LONGEST_SECONDS
    with _taken_back_when_ended(server, path):
        while _field(approval, "state") == "pending":
            if time.monotonic() > until:
                raise Refused("nobody answered")
            asked_at = time.monotonic()
            approval = server.insist("GET", f"{path}?wait_seconds={WAIT_SECONDS:.0f}", None, PATIENCE_SECONDS)
            if approval.get("state") == "pending":
                # A server where too many wait, or that is about to stop, answers at once: not to be asked without end.
                time.sleep(max(0.0, LEAST_WAIT_SECONDS - (time.monotonic() - asked_at)))
    if approval["state"] != "approved":
        raise Refused(_why_not(approval))
    agreed = approval.get("arguments")
    if not isinstance(agreed, dict):
        raise Refused("the server's answer holds no arguments")
    doing = {"tool": tool, "arguments": agreed, "cwd": asked["cwd"], "lease_seconds": LEASE_SECONDS}
    # Once, and not again when its answer is lost: nobody could say whether it was given.
    try:
        status, lease = server.call("POST", f"{path}/reservation", doing)
    except Away as away:
        raise Refused(f"the approval server was lost at the last moment ({away})") from None
    if status != 200 or not isinstance(lease, dict) or lease.get("arguments") != agreed:
        message = lease.get("detail", "") if isinstance(lease, dict) else ""
        raise Refused(f"what was agreed to could not be taken ({status}): {str(message)[:300]}")
    _keep(leases, call_id, {"path": path, "lease": lease.get("lease")})
    told: Json = {"permissionDecision": "allow", "permissionDecisionReason": _why(approval)}
    if agreed != arguments:
        told["updatedInput"] = agreed
    return told


def settle(server: Server, leases: Path, event: Json, outcome: str) -> None:
    """Say how a tool call ended. What cannot be said now is unknown later, which is the truth."""
    place = leases / call_id_of(event)
    try:
        kept = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError):
        return
    with contextlib.suppress(Refused):
        server.insist(
            "POST",
            f"{kept['path']}/settlement",
            {"lease": kept["lease"], "outcome": outcome, "detail": ""},
            FIRST_PATIENCE_SECONDS,
        )
    with contextlib.suppress(OSError):
        place.unlink()


def take_back(server: Server, event: Json) -> None:
    """Take back what a session that has stopped still waits for."""
    session_id = _text(event, "session_id", 200)
    with contextlib.suppress(Refused, Away):
        found = server.call("GET", "?state=pending&limit=200")[1]
        for one in found.get("items", ()) if isinstance(found, dict) else ():
            if session_id and one.get("session_id") == session_id:
                server.call("DELETE", f"/{quote(one['id'], safe='')}")


@contextlib.contextmanager
def _taken_back_when_ended(server: Server, path: str) -> Any:
    """While it waits: when the person at the terminal ends Claude Code, nobody need answer any more."""

    def end(*_: object) -> NoReturn:
        with contextlib.suppress(Refused, Away):
            server.call("DELETE", path)
        answer_no("it was interrupted while it waited")
        sys.stdout.flush()
        os._exit(0)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _text(event: Json, name: str, longest: int) -> str:
    value = event.get(name)
    return value[:longest] if isinstance(value, str) else ""


def _field(answer: Any, name: str) -> str:
    if not isinstance(answer, dict) or not isinstance(answer.get(name), str):
        raise Refused("the server's answer is not understood")
    return str(answer[name])


def _why(approval: Json) -> str:
    if approval.get("automatic_by"):
        return "PowerAutomation: agreed to by a rule or a remembered answer."
    names = [one.get("person_name") or "somebody" for one in approval.get("votes", ()) if one.get("counts")]
    changed = ", with changes" if approval.get("original_arguments") is not None else ""
    return f"PowerAutomation: {', '.join(names) or 'somebody'} agreed{changed}."


def _why_not(approval: Json) -> str:
    state = approval["state"]
    if state == "denied" and approval.get("automatic_by"):
        return "the rules do not allow it: it could not be understood, so nobody may agree to it"
    if state == "denied":
        said: Json = next((one for one in approval.get("votes", ()) if one.get("decision") == "deny"), {})
        reason = f": {said['reason']}" if said.get("reason") else ""
        return f"{said.get('person_name') or 'somebody'} said no{reason}"
    if state == "expired":
        return "nobody answered in time"
    return f"the request is {state}"


def _keep(leases: Path, call_id: str, lease: Json) -> None:
    with contextlib.suppress(OSError):
        leases.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = leases / call_id
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(lease, file)


def answer_no(reason: str) -> None:
    """Tell Claude Code that the tool must not run, and why."""
    words = f"PowerAutomation did not let this run: {reason}. Do not try another way around it; say what is needed."
    _say({"permissionDecision": "deny", "permissionDecisionReason": words})


def _say(decision: Json) -> None:
    sys.stdout.write(json.dumps({"hookSpecificOutput": {"hookEventName": "PreToolUse", **decision}}) + "\n")


def run(config: Path) -> int:
    """Serve one event of standard input; return the exit code: 2 blocks what Claude Code is about to do."""
    name = ""
    try:
        text = sys.stdin.buffer.read(MOST_EVENT_BYTES + 1)
        event = json.loads(text) if len(text) <= MOST_EVENT_BYTES else None
        if not isinstance(event, dict):
            raise Refused("the event is not understood")
        name = _text(event, "hook_event_name", 40)
        if name == "Notification":
            return 0
        server = Server(json.loads(config.read_text("utf-8")))
        leases = config.parent / "leases"
        match name:
            case "PreToolUse":
                _say(decide(server, leases, event))
            case "PostToolUse":
                settle(server, leases, event, "succeeded")
            case "PostToolUseFailure":
                settle(server, leases, event, "failed")
            case "Stop" | "SessionEnd":
                take_back(server, event)
            case _:
                raise Refused("the event is of a kind that is not known")
    except Refused as refused:
        return _no(name, str(refused))
    except OSError:
        return _no(name, f"{config} cannot be read")
    except Exception as error:
        return _no(name, f"something unexpected happened ({type(error).__name__})")
    return 0


def _no(name: str, reason: str) -> int:
    if name == "PreToolUse":
        answer_no(reason)
        return 0
    if name in ("PostToolUse", "PostToolUseFailure", "Stop", "SessionEnd"):
        # It has happened; what was not said is unknown, and Claude Code need not be troubled.
        return 0
    sys.stderr.write(f"PowerAutomation: {reason}.\n")
    return 2


def main() -> None:
    """Run as ``python -P -m powerautomation.approvals.claude_code.hook CONFIG``."""
    if len(sys.argv) != 2:
        sys.stderr.write("PowerAutomation: the hook was called without the file that says which server to ask.\n")
        sys.exit(2)
    sys.exit(run(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
