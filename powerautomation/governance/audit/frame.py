"""ASGI middleware around the control plane: says from where a request comes, and writes down what was refused."""

from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import get_contextvars

from powerautomation.governance.audit import service
from powerautomation.governance.audit.allowance import Allowance
from powerautomation.governance.audit.entities import Origin, Outcome, Target
from powerautomation.governance.audit.origins import Trail, serving
from powerautomation.kernel.errors import Problem

# A person who is refused more often than this in a minute is written down with a count.
MOST_REFUSED_A_MINUTE = 30
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_log = structlog.get_logger("audit")


class AuditFrame:
    """Everything recorded while a request is served carries its address, program and request id.

    A request of a known person that is answered 401 or 403, or a change that failed with 5xx, is written down in a unit
    of work of its own, before the answer is sent. When that cannot be written the answer stays what it is: nothing was
    done that would go unseen.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._allowance = Allowance(MOST_REFUSED_A_MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with serving(_origin_of(scope)) as trail:

            async def watched_send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    outcome = _outcome_of(scope["method"], message["status"])
                    if outcome is not None and trail.principal is not None:
                        await self._write(scope, trail, outcome, message["status"])
                await send(message)

            await self._app(scope, receive, watched_send)

    async def _write(self, scope: Scope, trail: Trail, outcome: Outcome, status: int) -> None:
        principal = trail.principal
        assert principal is not None
        left_out = self._allowance.take(principal.id)
        if left_out is None:
            return
        reason = f"{scope['method']} {scope['path']} was answered {status}."
        if left_out:
            reason += f" {left_out} more were not written down."
        domain = trail.attempt.partition(".")[0]
        target = Target(domain, next((str(value) for value in scope.get("path_params", {}).values()), ""))
        try:
            async with scope["app"].state.database.unit_of_work() as session:
                service.record(session, principal, trail.attempt, target, outcome=outcome, reason=reason)
        except Problem as problem:
            _log.error("audit.refusal_not_written", code=problem.code, reason=problem.message)
        except Exception:
            _log.exception("audit.refusal_not_written")


def _outcome_of(method: str, status: int) -> Outcome | None:
    if status in (401, 403):
        return "refused"
    return "failed" if status >= 500 and method not in _SAFE_METHODS else None


def _origin_of(scope: Scope) -> Origin:
    client: Any = scope.get("client")
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    return Origin(
        ip=str(client[0]) if client else "",
        user_agent="".join(sign for sign in agent.decode("latin-1") if sign.isprintable()),
        request_id=str(get_contextvars().get("request_id", "")),
    )
