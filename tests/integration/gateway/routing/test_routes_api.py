"""Routes through the doors: what the console stores takes effect, nobody else sees it, and a dry run sends nothing."""

from typing import Any

import pytest
from sqlalchemy import select

from powerautomation.gateway.metering.tables import GatewayRequestRow
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import Installation, Person

Json = dict[str, Any]


def route(name: str = "mine", **more: Any) -> Json:
    """A route for names that begin with ``any-``, the cheapest first."""
    return {"name": name, "match": {"model": "any-*"}, "use": ["dear", "cheap"], "policy": "value", **more}


def told(answer: Any) -> str:
    """Return what the model said."""
    text: str = answer.json()["choices"][0]["message"]["content"]
    return text


async def stored(person: Person) -> list[str]:
    """Return the names of the routes one can edit."""
    return [one["name"] for one in (await person.ok("GET", "routes"))["items"] if one["definition"] is not None]


async def test_a_stored_route_takes_effect_at_once_and_can_be_changed_deleted_and_brought_back(
    here: Installation, admin: Person
) -> None:
    assert (await admin.ask("any-1")).status_code == 404
    route_id = (await admin.ok("POST", "routes", route()))["id"]
    answer = await admin.ask("any-1")
    assert told(answer) == "Cheap."
    assert answer.headers["x-powerautomation-route"] == "cheap/kimi-k2.6"
    await admin.ok("PUT", f"routes/{route_id}", route(policy="in_order"))
    assert told(await admin.ask("any-1")) == "Dear."
    await admin.ok("DELETE", f"routes/{route_id}")
    assert (await admin.ask("any-1")).status_code == 404
    await admin.ok("POST", f"routes/{route_id}/restore")
    assert told(await admin.ask("any-1")) == "Dear."


async def test_routes_are_asked_in_order_those_of_the_file_first(here: Installation, admin: Person) -> None:
    first = (await admin.ok("POST", "routes", route("first", use=["dear"])))["id"]
    second = (await admin.ok("POST", "routes", route("second", use=["cheap"])))["id"]
    names = [one["name"] for one in (await admin.ok("GET", "routes"))["items"]]
    assert names == ["filed", "closed", "first", "second"]
    assert told(await admin.ask("any-1")) == "Dear."
    await admin.ok("PUT", "routes/order", {"ids": [second, first]})
    assert told(await admin.ask("any-1")) == "Cheap."
    stale = await admin.call("PUT", "routes/order", {"ids": [first]})
    assert (stale.status_code, stale.json()["code"]) == (409, "routes.order_stale")


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"use": ["unheard-of"]}, 422, "unheard-of"),
        ({"use": []}, 422, "at least one model"),
        ({"match": {"model": "any-*", "when": "tokns > 1"}}, 422, "tokns"),
        ({"match": {"model": "any-*", "when": "tokens >"}}, 422, "1:9"),
        ({"policy": "best"}, 422, "policy"),
        ({"refuse": "No."}, 422, "either refuses"),
        ({"name": "filed"}, 409, "already"),
        ({"surprise": 1}, 422, "surprise"),
        ({"guardrails": {"kinds": {"no-such-kind": "mask"}}}, 422, "no-such-kind"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_reason(
    here: Installation, admin: Person, change: Json, status: int, word: str
) -> None:
    refused = await admin.call("POST", "routes", route() | change)
    assert refused.status_code == status, refused.text
    assert word in refused.text
    assert await stored(admin) == []


async def test_a_wrong_condition_is_refused_at_its_field_with_place_and_hint(here: Installation, admin: Person) -> None:
    match = {"model": "any-*", "when": "stream\n  && tokns > 1"}
    refused = (await admin.call("POST", "routes", route(match=match))).json()
    assert refused["code"] == "conditions.invalid"
    assert refused["fields"] == {"match.when": "2:6: undeclared reference to 'tokns'"}
    assert refused["action"] == "Did you mean tokens?"


async def test_nobody_else_sees_or_changes_a_route(here: Installation, admin: Person) -> None:
    route_id = (await admin.ok("POST", "routes", route()))["id"]
    stranger = await here.stranger()
    assert await stored(stranger) == []
    assert (await stranger.ask("any-1")).status_code == 404
    for method, path in (("PUT", ""), ("DELETE", ""), ("POST", "/restore")):
        body = route() if method == "PUT" else None
        answer = await stranger.call(method, f"routes/{route_id}{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "routes.not_found")
    assert await stored(admin) == ["mine"]
    anonymous = here.browser()
    assert (await anonymous.get("/api/v1/routes")).status_code == 401


async def test_a_route_that_refuses_says_its_words_in_the_callers_dialect(here: Installation, admin: Person) -> None:
    refused = await admin.ask("closed-1")
    assert refused.status_code == 403
    assert refused.json()["error"]["message"].startswith("Closed today.")
    assert refused.json()["error"]["code"] == "gateway.route_refused"


async def test_a_dry_run_says_where_and_why_and_sends_nothing(
    here: Installation, admin: Person, sim: Simulator
) -> None:
    await admin.ok("POST", "routes", route(match={"model": "any-*", "when": 'headers["x-team"] == "red"'}))
    body = {"model": "any-1", "messages": [{"role": "user", "content": "hello " * 1000}]}
    found = await admin.ok("POST", "routes/dry-run", {"body": body, "headers": {"X-Team": "red"}})
    assert (found["route"], found["task_class"]) == ("mine", "plain")
    assert [one["deployment"] for one in found["candidates"]] == ["cheap/kimi-k2.6", "dear/kimi-k2-instruct"]
    costs = [one["cost_nanos"] for one in found["candidates"]]
    assert costs[1] == costs[0] * 6
    assert [part["code"] for part in found["reason"]] == ["condition", "route", "policy", "instead_of"]
    assert "cheap/kimi-k2.6 first" in found["sentence"]
    unmatched = await admin.ok("POST", "routes/dry-run", {"body": body})
    assert (unmatched["candidates"], unmatched["rejected"]) == ([], [])
    closed = await admin.ok("POST", "routes/dry-run", {"body": body | {"model": "closed-1"}})
    assert closed["refusal"] == "Closed today."
    image = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]}
    blind = await admin.ok("POST", "routes/dry-run", {"body": {"model": "dear", "messages": [image]}})
    assert [one["why"] for one in blind["rejected"]] == ["images"]
    assert sim.moonshot.exchanges == []
    assert sim.infini.exchanges == []


async def test_a_dry_run_is_tried_for_a_key_with_its_models_and_its_limits(
    here: Installation, admin: Person, sim: Simulator
) -> None:
    await admin.ok("POST", "routes", route())
    limits = [
        {"measure": "requests", "window": "day", "amount": 10},
        {"measure": "tokens", "window": "hour", "amount": 50},
        {"measure": "money", "window": "month", "amount": 5_000_000_000, "currency": "EUR"},
        {"measure": "concurrency", "amount": 1},
    ]
    made = await admin.ok("POST", "limits/api-keys", {"name": "narrow", "allowed_models": ["any-*"], "limits": limits})
    key_id = made["api_key"]["id"]
    body = {"model": "any-1", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}
    found = await admin.ok("POST", "routes/dry-run", {"body": body, "api_key_id": key_id})
    assert (found["key"], found["not_allowed"]) == ("narrow", [])
    assert [one["deployment"] for one in found["candidates"]] == ["cheap/kimi-k2.6", "dear/kimi-k2-instruct"]
    told = {one["measure"]: one for one in found["limits"]}
    assert {measure: one["why"] for measure, one in told.items()} == {
        "requests": "", "tokens": "too_large", "money": "price_unknown", "concurrency": "",
    }  # fmt: skip
    assert told["requests"] == told["requests"] | {"used": 0, "asks": 1, "amount": 10, "subject_name": "narrow"}
    other = await admin.ok("POST", "routes/dry-run", {"body": body | {"model": "dear"}, "api_key_id": key_id})
    assert (other["candidates"], other["not_allowed"], other["limits"]) == ([], ["any-*"], [])
    nobody = await admin.ok("POST", "routes/dry-run", {"body": body})
    assert (nobody["key"], nobody["limits"]) == ("", [])
    stranger = await here.stranger()
    foreign = await stranger.call("POST", "routes/dry-run", {"body": body, "api_key_id": key_id})
    assert (foreign.status_code, list(foreign.json()["fields"])) == (422, ["api_key_id"])
    assert sim.moonshot.exchanges == []


async def test_a_dry_run_leaves_out_what_the_budget_has_no_room_for(here: Installation, admin: Person) -> None:
    await admin.ok("POST", "routes", route())
    body = {"model": "any-1", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}

    async def tried(name: str, nanos: int) -> Any:
        limit = {"measure": "money", "window": "month", "amount": nanos, "currency": "USD"}
        made = await admin.ok("POST", "limits/api-keys", {"name": name, "limits": [limit]})
        return await admin.ok("POST", "routes/dry-run", {"body": body, "api_key_id": made["api_key"]["id"]})

    rich = await tried("rich", 10**12)
    assert len(rich["candidates"]) == 2
    needed = rich["limits"][0]["asks"]
    poor = await tried("poor", needed - 1)
    assert [one["deployment"] for one in poor["candidates"]] == ["cheap/kimi-k2.6"]
    assert poor["limits"][0]["why"] == ""
    assert poor["limits"][0]["asks"] < needed
    (left_out,) = poor["rejected"]
    assert (left_out["deployment"], left_out["why"]) == ("dear/kimi-k2-instruct", "budget")
    assert f"dear/kimi-k2-instruct was passed over: the budget leaves {left_out['values'][0]}" in poor["sentence"]
    none = await tried("none", 1)
    assert [one["why"] for one in none["limits"]] == ["too_large"]
    assert len(none["candidates"]) == 2, "it would be refused, wherever it goes"


async def test_a_dry_run_names_the_limit_that_is_reached(here: Installation, admin: Person) -> None:
    spent = {"measure": "requests", "window": "day", "amount": 1}
    made = await admin.ok("POST", "limits/api-keys", {"name": "spent", "limits": [spent]})
    answer = await admin.http.post(
        "/v1/chat/completions",
        json={"model": "cheap", "messages": [{"role": "user", "content": "hi"}]},
        headers={"authorization": f"Bearer {made['token']}"},
    )
    assert answer.status_code == 200, answer.text
    body = {"model": "cheap", "messages": [{"role": "user", "content": "hi"}]}
    found = await admin.ok("POST", "routes/dry-run", {"body": body, "api_key_id": made["api_key"]["id"]})
    assert [(one["why"], one["used"], one["asks"]) for one in found["limits"]] == [("reached", 1, 1)]


async def test_every_dialect_can_be_tried(here: Installation, admin: Person) -> None:
    said = [{"role": "user", "content": "hi"}]
    for dialect, body, model in (
        ("anthropic-messages", {"model": "cheap", "max_tokens": 5, "messages": said}, ""),
        ("openai-responses", {"model": "cheap", "input": "hi"}, ""),
        ("gemini", {"contents": [{"parts": [{"text": "hi"}]}]}, "cheap"),
    ):
        found = await admin.ok("POST", "routes/dry-run", {"dialect": dialect, "body": body, "model": model})
        assert [one["deployment"] for one in found["candidates"]] == ["cheap/kimi-k2.6"], dialect
    refused = await admin.call("POST", "routes/dry-run", {"body": {"model": "cheap"}})
    assert refused.status_code == 400
    nameless = await admin.call("POST", "routes/dry-run", {"dialect": "gemini", "body": {"contents": []}})
    assert nameless.status_code in (400, 422)


async def test_the_ledger_keeps_experiment_and_reason(here: Installation, admin: Person) -> None:
    split = {"name": "trial", "arms": [{"name": "a"}, {"name": "b", "use": ["cheap"]}]}
    await admin.ok("POST", "routes", route(split=split))
    for number in range(12):
        answer = await admin.ask("any-1", user=f"session-{number}")
        again = await admin.ask("any-1", user=f"session-{number}")
        assert told(answer) == told(again)
    await here.application.flusher.flush_now()
    async with here.application.database.read() as session:
        kept = {(row.split, row.arm, row.deployment) for row in await session.scalars(select(GatewayRequestRow))}
    assert kept == {("trial", "a", "cheap/kimi-k2.6"), ("trial", "b", "cheap/kimi-k2.6")}
    listed = (await admin.ok("GET", "requests?limit=50"))["items"]
    assert len(listed) == 24
    one = await admin.ok("GET", f"requests/{listed[0]['id']}")
    codes = [part["code"] for part in one["reason_parts"]]
    assert codes[:3] == ["route", "split", "policy"]
