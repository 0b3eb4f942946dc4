"""An agent that asks for approval over HTTP, and levels by the tool's name."""

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from powerautomation.approvals.requests import service
from powerautomation.approvals.risk import Action, Assessment, Level, Reason, RuleSet
from powerautomation.approvals.risk.entities import Demand
from tests.integration.app.installation import Installation, Person

Json = dict[str, Any]


@dataclass
class Agent:
    """A program with a key that may ask."""

    http: httpx2.AsyncClient
    id: str

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, f"/api/v1/approvals{path}", json=body, headers=named)

    async def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = await self.call(method, path, body, **headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def ask(self, tool: str = "medium", arguments: Json | None = None, **more: Any) -> Json:
        """A new request; its JSON."""
        body = {"tool": tool, "arguments": {"command": "make"} if arguments is None else arguments, **more}
        asked: Json = await self.ok("POST", "", body)
        return asked

    async def reserve(self, approval: Json, **changed: Any) -> httpx2.Response:
        """Begin to do what a request is about, or (``changed``) something else."""
        named = ("tool", "tool_version", "cwd", "arguments")
        return await self.call(
            "POST", f"/{approval['id']}/reservation", {**{name: approval[name] for name in named}, **changed}
        )


async def agent_of(here: Installation, person: Person, *scopes: str, name: str = "agent") -> Agent:
    """An agent with a key of this person."""
    made = await person.ok("POST", "api-keys", {"name": name, "scopes": list(scopes or ("approvals:request",))})
    browser = here.browser()
    browser.headers["authorization"] = f"Bearer {made['token']}"
    return Agent(browser, made["api_key"]["id"])


def by_name(action: Action, rules: RuleSet) -> Assessment:
    """Judge by the tool's name: "high", or "medium second_person"; and by the word "danger" in the arguments,
    or "needs role" in the place of a word after the tool."""
    word, *more = action.tool.split()
    if str(action.arguments.get("command", "")).startswith("needs "):
        more = [*more, *action.arguments["command"].split()[1:]]
    level = Level[word.upper()] if word.upper() in Level.__members__ else Level.MEDIUM
    if "danger" in str(action.arguments):
        level = Level.CRITICAL
    demand = Demand(
        mode="expert" if "expert" in more else "automatic" if level <= Level.LOW else "simple",
        second_person="second_person" in more,
        reason_required="reason" in more,
        approver_role="project_manager" if "role" in more else "",
        timeout_seconds=5 if "soon" in more else 300,
    )
    reasons = (Reason("tool_known", (action.tool,), level, "test"),)
    return Assessment(level, reasons, demand=demand, denied="unknown" in more, version=rules.version)


def judge_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """How risky things are is another domain's: here the tool's name says it."""
    monkeypatch.setattr(service, "assess", by_name)
