"""The MCP server an agent asks for permission: the tool of Claude Code's ``--permission-prompt-tool``.

What the tool is given and answers: https://code.claude.com/docs/en/cli-reference (Claude Code 2.1.329, November 2026).
The library is loaded with the first request: a server whose agents ask by hooks does not carry it.
"""

import asyncio
import importlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.types import Receive, Scope, Send

from powerautomation import __version__
from powerautomation.approvals.requests import asking
from powerautomation.approvals.requests.entities import Approval, NewRequest
from powerautomation.approvals.requests.waiting import ApprovalWatch
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.access import SignedInUser, requires
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.errors import Problem

router = APIRouter(tags=["approvals"])
Asker = Annotated[SignedInUser, Depends(requires("approvals:request"))]
TOOL = "approve"
MOST_BODY_BYTES = 1024 * 1024
_DESCRIPTION = "Asks people whether a tool may run, waits for their answer, and says it as Claude Code reads it."
_SCHEMA = {
    "type": "object",
    "properties": {
        "tool_name": {"type": "string"},
        "input": {"type": "object"},
        "tool_use_id": {"type": "string"},
    },
    "required": ["tool_name", "input"],
}


@router.post("/mcp/approvals", include_in_schema=False)
async def serve_approval_tool(
    request: Request,
    user: Asker,
    cwd: Annotated[str, Query(max_length=4096)] = "",
    agent: Annotated[str, Query(max_length=100)] = "claude-code",
) -> Response:
    """Serve one request of the Model Context Protocol, over streamable HTTP and without sessions: there is no stream to
    listen on beside the answers, so GET is not allowed, as the protocol lets a server say."""
    state = request.app.state
    desk = _Desk(request.state.database, state.secret_box, state.approval_watch, user, cwd, agent)
    # Loading takes most of a second: not on the event loop.
    await asyncio.to_thread(importlib.import_module, "mcp.server.streamable_http_manager")
    return _Served(desk)


class _Served(Response):
    """Hands the connection to the library, which answers by itself."""

    def __init__(self, desk: "_Desk") -> None:
        super().__init__()
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from mcp.server.lowlevel.server import Server
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        server: Server[Any] = Server(
            "powerautomation-approvals",
            version=__version__,
            on_list_tools=self._desk.list_tools,
            on_call_tool=self._desk.call_tool,
        )
        manager = StreamableHTTPSessionManager(server, stateless=True, max_request_body_size=MOST_BODY_BYTES)
        async with manager.run():
            await manager.handle_request(scope, receive, send)


class _Desk:
    """Where one agent asks."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        watch: ApprovalWatch,
        user: SignedInUser,
        cwd: str,
        agent: str,
    ) -> None:
        self._database, self._box, self._watch = database, box, watch
        self._user, self._cwd, self._agent = user, cwd, agent

    async def list_tools(self, _context: Any, _params: Any) -> Any:
        """Say which tool there is."""
        from mcp import types

        tool = types.Tool(name=TOOL, description=_DESCRIPTION, input_schema=_SCHEMA)
        return types.ListToolsResult(tools=[tool])

    async def call_tool(self, _context: Any, params: Any) -> Any:
        """Ask, wait, and answer; whatever goes wrong is a no, with words."""
        from mcp import types

        try:
            said = await self._ask(params.name, params.arguments or {})
        except Problem as problem:
            said = _no(f"{problem.message} {problem.action}".strip())
        return types.CallToolResult(content=[types.TextContent(type="text", text=json.dumps(said))])

    async def _ask(self, name: str, given: Any) -> dict[str, Any]:
        tool, arguments, call = given.get("tool_name"), given.get("input"), given.get("tool_use_id")
        if name != TOOL or not isinstance(tool, str) or not 0 < len(tool) <= 200 or not isinstance(arguments, dict):
            return _no("the call names no tool and input")
        call_id = f"mcp-{call}" if isinstance(call, str) and 0 < len(call) < 190 else ""
        new = NewRequest(tool, arguments, cwd=self._cwd, agent=self._agent, call_id=call_id)
        approval, agreed = await asking.ask_and_take(self._database, self._box, self._watch, self._user, new)
        return _no(_why_not(approval)) if agreed is None else {"behavior": "allow", "updatedInput": dict(agreed)}


def _no(reason: str) -> dict[str, Any]:
    return {"behavior": "deny", "message": f"PowerAutomation did not let this run: {reason}"}


def _why_not(approval: Approval) -> str:
    if approval.state == "denied" and approval.automatic_by:
        return "the rules do not allow it: it could not be understood."
    said = next((vote.reason for vote in approval.votes if vote.decision == "deny" and vote.reason), "")
    if approval.state == "denied":
        return f"somebody said no{': ' + said if said else '.'}"
    return "nobody answered in time." if approval.state == "expired" else f"the request is {approval.state}."
