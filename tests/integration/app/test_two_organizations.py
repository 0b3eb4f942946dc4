"""Everything one organization did is sent again with the credentials of another one: nothing of it succeeds.

What is sent again is the story in which every changing route of the control API is called, every reading route with the
ids it left, and the gateway's doors with what they keep.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from powerautomation.app.asgi import create_control_app
from powerautomation.identity.access import declared_routes
from powerautomation.identity.api_keys import create_api_key
from powerautomation.identity.tenants import create
from powerautomation.identity.users import bootstrap_first_admin
from powerautomation.infrastructure.database import declared_metadata
from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, chat_body
from tests.integration.governance.audit import test_coverage as story

here = story.here

# An id of ours, of anything: ``key_01m802…``, ``file-…``, ``resp_…``.
ID = re.compile(rb"\b[a-z]{2,5}[_-][0-9a-z]{20,}\b")
# They concern whoever asks, or carry the credentials of the first organization themselves.
OF_WHO_ASKS = re.compile(r"/api/v1/(session|sessions|factors)(/|$)")
# Written by the servers in their own time, not by who asks.
IN_THEIR_OWN_TIME = {"gateway_requests", "gateway_attempts", "usage_hourly", "outbox_events", "token_ratios"}
USE = {"last_used_at", "last_seen_at", "previous_last_used_at"}
PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass
class Recorder:
    """What was sent, and every id that was answered."""

    sent: list[httpx2.Request] = field(default_factory=list)
    ids: set[bytes] = field(default_factory=set)

    async def read(self, request: httpx2.Request) -> None:
        """Have all of a request here, so that it can be sent again."""
        await request.aread()

    async def hear(self, answer: httpx2.Response) -> None:
        """Keep a request and the ids of its answer."""
        self.sent.append(answer.request)
        self.ids |= set(ID.findall(await answer.aread()))

    def names(self, request: httpx2.Request) -> bool:
        """Say whether a request names something of theirs."""
        return any(one in self.ids for one in ID.findall(str(request.url).encode() + b" " + request.content))


async def rows_of_others(here: Installation, mine: str) -> dict[str, list[str]]:
    """Return every row that is not of one organization, table by table."""
    found = {}
    async with here.application.database.read() as session:
        for table in declared_metadata().sorted_tables:
            if "organization_id" not in table.columns or table.name in IN_THEIR_OWN_TIME:
                continue
            columns = [one for one in table.columns if one.name not in USE]
            rows = await session.execute(select(*columns).where(table.columns["organization_id"] != mine))
            found[table.name] = sorted(map(str, rows))
    return found


async def ask_the_gateway(http: httpx2.AsyncClient, key: str) -> None:
    """Use the doors of the gateway that keep something, and look at what they kept."""
    with_key = {"authorization": f"Bearer {key}"}
    await http.post("/v1/chat/completions", json=chat_body("filed-kimi"), headers=with_key)
    await http.get("/v1/models", headers=with_key)
    kept = await http.post("/v1/responses", json={"model": "filed-kimi", "input": "hi"}, headers=with_key)
    assert kept.status_code == 200, kept.text
    file = {"file": ("a.jsonl", b"{}\n", "application/json")}
    stored = await http.post("/v1/files", files=file, data={"purpose": "user_data"}, headers=with_key)
    assert stored.status_code == 200, stored.text
    response, name = kept.json()["id"], stored.json()["id"]
    for method, path in (
        ("GET", f"/v1/responses/{response}"),
        ("GET", f"/v1/responses/{response}/input_items"),
        ("GET", "/v1/files"),
        ("GET", f"/v1/files/{name}"),
        ("GET", f"/v1/files/{name}/content"),
    ):
        answer = await http.request(method, path, headers=with_key)
        assert answer.status_code == 200, f"{path}: {answer.text}"
    more = {"model": "filed-kimi", "input": "go on", "previous_response_id": response}
    assert (await http.post("/v1/responses", json=more, headers=with_key)).status_code == 200


async def look_at_everything(http: httpx2.AsyncClient, recorder: Recorder) -> None:
    """Read every route that can be read, with every id that fits its place."""
    by_kind: dict[str, list[str]] = {}
    for one in sorted(one.decode() for one in recorder.ids):
        by_kind.setdefault(re.split("[_-]", one)[0], []).append(one)
    kinds = {"user_id": "usr", "key_id": "key", "request_id": "req", "provider_id": "prv", "role_id": "rol"}
    kinds |= {"limit_id": "lim", "route_id": "rte", "organization_id": "org", "unit_id": "unt"}
    for route in declared_routes(create_control_app(Settings())):
        method, _, path = route.partition(" ")
        if method != "GET" or "stream" in path or "callback" in path:
            continue
        names = PARAMETER.findall(path)
        choices = by_kind.get(kinds.get(names[0], ""), ["nothing"])[:3] if names else [""]
        for one in choices:
            await http.get(PARAMETER.sub(one, path))


async def test_what_one_organization_did_succeeds_for_no_other(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, real = Recorder(), Installation.browser

    def recorded(self: Installation) -> httpx2.AsyncClient:
        browser = real(self)
        browser.event_hooks = {"request": [recorder.read], "response": [recorder.hear]}
        return browser

    monkeypatch.setattr(Installation, "browser", recorded)
    async with here.application.database.unit_of_work() as session:
        first = await bootstrap_first_admin(session)
        program = await create_api_key(session, here.application.secret_box, first, "program")
    await here.application.snapshots.reload()
    await ask_the_gateway(here.browser(), program.token)
    await story.test_every_changing_route_writes_an_event(here, monkeypatch)
    admin = await here.administrator()
    await look_at_everything(admin.http, recorder)
    monkeypatch.setattr(Installation, "browser", real)

    async with here.application.database.unit_of_work() as session:
        made = await create(session, admin.principal, name="Other", admin_name="Eve", admin_email="eve@other.example")
    other = here.browser()
    accepted = {"token": made.token, "new_password": "an old lighthouse keeper"}
    answer = await other.post("/api/v1/session/invitation/accept", json=accepted)
    assert answer.status_code == 200, answer.text
    csrf, mine = answer.json()["csrf_token"], made.tenant.organization.id
    headers = {"x-csrf-token": csrf}
    key = (await other.post("/api/v1/api-keys", json={"name": "theirs"}, headers=headers)).json()["token"]
    await here.application.snapshots.reload()

    before = await rows_of_others(here, mine)
    sent, tried, refused, successes = list(recorder.sent), 0, 0, []
    spoken: set[bytes] = set()
    for credentials in ({"x-csrf-token": csrf}, {"authorization": f"Bearer {key}"}):
        asking = other if "x-csrf-token" in credentials else here.browser()
        for request in sent:
            if OF_WHO_ASKS.match(request.url.path):
                continue
            kept = {name: value for name, value in request.headers.items() if name in ("content-type", "accept")}
            again = await asking.request(
                request.method, str(request.url), content=request.content, headers={**kept, **credentials}
            )
            tried += 1
            refused += not again.is_success
            # The other one's own audit log repeats the ids it tried.
            spoken |= set(ID.findall(str(request.url).encode() + request.content))
            reveals = again.is_success and (set(ID.findall(again.content)) & recorder.ids) - spoken
            if (again.is_success and recorder.names(request)) or reveals or again.status_code >= 500:
                successes.append((request.method, str(request.url), again.status_code, again.text[:200]))
    print(f"recorded {len(sent)}, sent again {tried}, refused {refused}, successes {len(successes)}")
    assert successes == []
    assert tried > 200
    assert await rows_of_others(here, mine) == before


def test_ids_are_known_by_their_looks() -> None:
    found: Any = ID.findall(b'{"id":"usr_01m802q3g2bz7gvzrzej4b2rf6","no":"org_default"}')
    assert found == [b"usr_01m802q3g2bz7gvzrzej4b2rf6"]
