"""Providers over HTTP on both storage columns: what an administrator can do, and what nobody can."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from powerautomation.gateway.providers.tables import ProviderRow
from tests.fixtures.simulators import Failure, Simulator
from tests.integration.app.installation import Installation, Json, Person

KEY = "sk-canary-4f9c2e71d0b8-tail"
OTHER_KEY = "sk-second-canary-77aa-9876"


def provider(sim: Simulator, name: str = "mine", **more: Any) -> Json:
    models = [{"public_model": "my-kimi", "model": "kimi-k2.6"}]
    given = {"name": name, "dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": KEY}
    return {**given, "models": models, **more}


def endpoint(sim: Simulator, **more: Any) -> Json:
    return {"dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": KEY, **more}


async def listed(person: Person) -> dict[str, Json]:
    return {item["name"]: item for item in (await person.ok("GET", "providers"))["items"]}


async def test_new_provider_serves_requests_at_once(admin: Person, sim: Simulator) -> None:
    assert (await admin.ask("my-kimi")).status_code == 404
    created = await admin.ok("POST", "providers", provider(sim))
    assert created["deployments"][0]["id"] == "mine/kimi-k2.6"
    answer = await admin.ask("my-kimi")
    assert (answer.status_code, answer.headers["x-powerautomation-route"]) == (200, "mine/kimi-k2.6")
    assert [exchange.api_key for exchange in sim.moonshot.exchanges] == [KEY]


async def test_key_never_comes_back_and_is_stored_encrypted(here: Installation, admin: Person, sim: Simulator) -> None:
    answers = [await admin.call("POST", "providers", provider(sim))]
    provider_id = answers[0].json()["id"]
    answers.append(await admin.call("PATCH", f"providers/{provider_id}", {"requests_per_second": 7}))
    answers.append(await admin.call("POST", f"providers/{provider_id}/test"))
    answers.append(await admin.call("GET", "providers"))
    answers.append(await admin.call("GET", "routes"))
    assert [answer.is_success for answer in answers] == [True] * 5
    assert [answer for answer in answers if KEY in answer.text] == []
    assert (await listed(admin))["mine"]["key_hint"] == KEY[-4:]
    async with here.application.database.read() as session:
        (stored,) = (await session.scalars(select(ProviderRow))).all()
    assert KEY.encode() not in stored.api_key_ciphertext
    assert KEY not in repr(vars(stored))
    wrong = {**provider(sim, "another"), "api_key": [KEY]}
    refused = await admin.call("POST", "providers", wrong)
    assert refused.status_code == 422
    assert KEY not in refused.text


async def test_provider_is_tried_live_before_it_is_saved(admin: Person, sim: Simulator) -> None:
    found = await admin.ok("POST", "providers/test", endpoint(sim))
    assert (found["ok"], found["problem"]) == (True, None)
    assert "kimi-k2.6" in [model["id"] for model in found["models"]]
    assert set(await listed(admin)) == {"filed", "demo"}


async def test_live_test_names_what_is_wrong(admin: Person, sim: Simulator, dead_port: int) -> None:
    wrong = {
        "providers.key_refused": endpoint(sim, api_key="sk-wrong-key"),
        "providers.unreachable": endpoint(sim, base_url=f"http://127.0.0.1:{dead_port}/v1"),
        "providers.unexpected_answer": endpoint(sim, base_url=sim.url + "/nowhere"),
    }
    for code, tried in wrong.items():
        found = await admin.ok("POST", "providers/test", tried)
        assert (found["ok"], found["problem"]["code"]) == (False, code)
        assert found["problem"]["action"]
        assert tried["api_key"] not in str(found)


async def test_saved_provider_is_tried_with_its_stored_key(admin: Person, sim: Simulator) -> None:
    created = await admin.ok("POST", "providers", provider(sim, api_key="sk-wrong-later"))
    found = await admin.ok("POST", f"providers/{created['id']}/test")
    assert found["problem"]["code"] == "providers.key_refused"
    assert (await admin.ok("POST", "providers/filed/test"))["ok"] is True


async def test_short_key_is_shown_as_there_and_told_nothing_of(admin: Person, sim: Simulator) -> None:
    created = await admin.ok("POST", "providers", provider(sim, api_key="sk-short"))
    assert created["key_hint"] == "••••"


async def test_changes_count_from_the_next_request_on(admin: Person, sim: Simulator) -> None:
    created = await admin.ok("POST", "providers", provider(sim))
    models = [{"public_model": "renamed", "model": "kimi-k2.5"}]
    change = {"api_key": OTHER_KEY, "models": models, "requests_per_second": 9}
    changed = await admin.ok("PATCH", f"providers/{created['id']}", change)
    assert (changed["key_hint"], changed["requests_per_second"]) == (OTHER_KEY[-4:], 9)
    assert (await admin.ask("my-kimi")).status_code == 404
    assert (await admin.ask("renamed")).status_code == 200
    (exchange,) = sim.moonshot.exchanges
    assert (exchange.api_key, exchange.model) == (OTHER_KEY, "kimi-k2.5")


async def test_change_that_names_nothing_changes_nothing(admin: Person, sim: Simulator) -> None:
    created = await admin.ok("POST", "providers", provider(sim, requests_per_second=5))
    assert await admin.ok("PATCH", f"providers/{created['id']}", {}) == created
    assert (await admin.ask("my-kimi")).status_code == 200
    assert sim.moonshot.exchanges[0].api_key == KEY


async def test_key_no_provider_can_have_is_refused_when_added_and_when_changed(admin: Person, sim: Simulator) -> None:
    preset = {"preset": "moonshot", "name": "mine"}
    created = await admin.ok("POST", "providers", {**preset, "api_key": KEY})
    for key in ("sk-line\nbreak", "sk-ключ", "", "sk with space"):
        added = await admin.call("POST", "providers", {**preset, "name": "another", "api_key": key})
        assert (added.status_code, added.json()["code"]) == (422, "invalid_input")
        changed = await admin.call("PATCH", f"providers/{created['id']}", {"api_key": key})
        assert (changed.status_code, changed.json()["fields"]) == (422, added.json()["fields"])
    assert (await listed(admin))["mine"]["key_hint"] == KEY[-4:]


async def test_blanks_around_a_pasted_key_are_left_away(admin: Person, sim: Simulator) -> None:
    created = await admin.ok("POST", "providers", provider(sim))
    await admin.ok("PATCH", f"providers/{created['id']}", {"api_key": f" {OTHER_KEY}\n"})
    assert (await admin.ask("my-kimi")).status_code == 200
    assert sim.moonshot.exchanges[0].api_key == OTHER_KEY


async def test_deleted_provider_answers_nothing_and_comes_back_whole(admin: Person, sim: Simulator) -> None:
    created = await admin.ok("POST", "providers", provider(sim))
    await admin.ok("DELETE", f"providers/{created['id']}")
    assert (await admin.ask("my-kimi")).status_code == 404
    assert "mine" not in await listed(admin)
    assert (await admin.call("DELETE", f"providers/{created['id']}")).status_code == 404
    assert (await admin.call("PATCH", f"providers/{created['id']}", {})).status_code == 404
    assert (await admin.call("POST", f"providers/{created['id']}/test")).status_code == 404
    restored = await admin.ok("POST", f"providers/{created['id']}/restore")
    assert restored == created
    assert (await admin.ask("my-kimi")).status_code == 200
    assert sim.moonshot.exchanges[0].api_key == KEY
    assert (await admin.call("POST", f"providers/{created['id']}/restore")).status_code == 404


async def test_name_is_taken_by_the_living_only(admin: Person, sim: Simulator) -> None:
    first = await admin.ok("POST", "providers", provider(sim))
    for name in ("mine", "filed", "demo"):
        refused = await admin.call("POST", "providers", provider(sim, name))
        assert (refused.status_code, refused.json()["code"]) == (409, "providers.name_taken")
    await admin.ok("DELETE", f"providers/{first['id']}")
    second = await admin.ok("POST", "providers", provider(sim))
    back = await admin.call("POST", f"providers/{first['id']}/restore")
    assert (back.status_code, back.json()["code"]) == (409, "providers.name_taken")
    assert (await listed(admin))["mine"]["id"] == second["id"]


async def test_deleted_provider_stays_away_when_the_configuration_took_its_name(
    here: Installation, admin: Person, sim: Simulator
) -> None:
    created = await admin.ok("POST", "providers", provider(sim))
    await admin.ok("DELETE", f"providers/{created['id']}")
    async with here.application.database.unit_of_work() as session:
        await session.execute(update(ProviderRow).values(name="filed"))
    refused = await admin.call("POST", f"providers/{created['id']}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "providers.name_taken")


FORBIDDEN = {
    "http://169.254.169.254/latest": "providers.host_not_allowed",
    "http://127.0.0.1:{port}@elsewhere.example/v1": "invalid_input",
    "http://127.0.0.1:1/v1": "providers.host_not_allowed",
    "https://api.moonshot.cn.elsewhere.example/v1": "providers.host_not_allowed",
    "https://api.moonshot.cn:8443/v1": "providers.host_not_allowed",
    "http://api.moonshot.cn/v1": "providers.host_not_allowed",
    "file:///etc/passwd": "invalid_input",
    "//api.moonshot.cn/v1": "invalid_input",
    "http://[::1": "invalid_input",
    "http://x:99999/v1": "invalid_input",
    "http://x:port/v1": "invalid_input",
    "http://x\u2100/v1": "invalid_input",
    "": "invalid_input",
}


async def test_host_that_nobody_allowed_is_never_called(admin: Person, sim: Simulator) -> None:
    for address, code in FORBIDDEN.items():
        base_url = address.format(port=sim.port)
        for path, given in (("providers", provider(sim)), ("providers/test", endpoint(sim))):
            refused = await admin.call("POST", path, {**given, "base_url": base_url})
            assert (refused.status_code, refused.json()["code"]) == (422, code), address
            assert "base_url" in refused.json()["fields"]
            assert KEY not in refused.text
    assert set(await listed(admin)) == {"filed", "demo"}
    assert sim.ledger.exchanges() == []


async def test_provider_of_the_configuration_is_shown_and_read_only(admin: Person) -> None:
    shown = (await listed(admin))["filed"]
    assert (shown["source"], shown["editable"], shown["key_hint"]) == ("file", False, "")
    for method, body in (("PATCH", {"requests_per_second": 1}), ("DELETE", None)):
        refused = await admin.call(method, "providers/filed", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "providers.read_only")
        assert refused.json()["action"]
    assert (await listed(admin))["filed"] == shown


async def test_another_organization_sees_and_reaches_nothing(here: Installation, admin: Person, sim: Simulator) -> None:
    stranger = await here.stranger()
    created = await admin.ok("POST", "providers", provider(sim))
    assert set(await listed(stranger)) == {"filed", "demo"}
    routes = await stranger.ok("GET", "routes")
    assert "my-kimi" not in [model["name"] for model in routes["models"]]
    for method, path, body in (
        ("PATCH", f"providers/{created['id']}", {"api_key": OTHER_KEY}),
        ("DELETE", f"providers/{created['id']}", None),
        ("POST", f"providers/{created['id']}/test", None),
    ):
        refused = await stranger.call(method, path, body)
        assert (refused.status_code, refused.json()["code"]) == (404, "providers.not_found")
    assert (await stranger.ask("my-kimi")).status_code == 404
    models = await stranger.http.get("/v1/models", headers={"x-api-key": stranger.key})
    assert "my-kimi" not in models.text
    await admin.ok("DELETE", f"providers/{created['id']}")
    assert (await stranger.call("POST", f"providers/{created['id']}/restore")).status_code == 404
    await stranger.ok("POST", "providers", provider(sim))
    assert "mine" not in await listed(admin)


async def test_anonymous_callers_get_401(here: Installation) -> None:
    browser = here.browser()
    for method, path in (
        ("GET", "providers"),
        ("POST", "providers"),
        ("POST", "providers/test"),
        ("POST", "providers/filed/test"),
        ("PATCH", "providers/filed"),
        ("DELETE", "providers/filed"),
        ("POST", "providers/filed/restore"),
        ("GET", "provider-presets"),
        ("GET", "routes"),
    ):
        answer = await browser.request(method, f"/api/v1/{path}", json={} if method != "GET" else None)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json"), path
        assert "moonshot" not in answer.text


async def test_what_makes_no_sense_is_refused_by_name(admin: Person, sim: Simulator) -> None:
    changes: tuple[Json, ...] = (
        {"name": "no spaces allowed"},
        {"surprise": 1},
        {"dialect": "smoke-signals"},
        {"requests_per_second": 0},
        {"models": [{"public_model": "x", "model": "y", "price": {"input": "-1"}}]},
        {"models": [{"public_model": "x", "model": "y", "price": {"currency": "dollars"}}]},
        {"preset": "unheard-of"},
    )
    for change in changes:
        refused = await admin.call("POST", "providers", provider(sim, **change))
        assert refused.status_code == 422
        field = next(iter(change))
        assert any(name.startswith(field) for name in refused.json()["fields"]), refused.text
    assert "mine" not in await listed(admin)


async def test_preset_needs_only_a_key_and_brings_its_models(admin: Person) -> None:
    presets = {preset["id"]: preset for preset in (await admin.ok("GET", "provider-presets"))["items"]}
    created = await admin.ok("POST", "providers", {"preset": "moonshot", "name": "moon", "api_key": KEY})
    assert created["base_url"] == presets["moonshot"]["base_url"]
    offered = [model["public_model"] for model in presets["moonshot"]["models"]]
    assert [deployment["public_model"] for deployment in created["deployments"]] == offered != []


async def test_local_preset_needs_no_key(admin: Person) -> None:
    presets = {preset["id"]: preset for preset in (await admin.ok("GET", "provider-presets"))["items"]}
    assert (presets["vllm"]["keyless"], presets["deepseek"]["keyless"]) == (True, False)
    offer = [{"public_model": "local", "model": "qwen3-32b"}]
    created = await admin.ok("POST", "providers", {"preset": "vllm", "name": "here", "models": offer})
    assert created["deployments"][0]["family"] == "vllm"
    refused = await admin.call("POST", "providers", {"preset": "deepseek", "name": "there", "models": offer})
    assert refused.json()["fields"] == {"api_key": "required"}


async def test_stated_price_is_charged_and_zero_stays_zero(here: Installation, admin: Person, sim: Simulator) -> None:
    def priced(name: str, price: Json) -> Json:
        return {"public_model": name, "model": "kimi-k2.6", "price": price}

    paid = provider(sim, "paid", models=[priced("paid", {"input": "1", "cached_input": "1", "output": "2"})])
    free = provider(sim, "free", models=[priced("free", {"input": "0", "cached_input": "0", "output": "0"})])
    for body in (paid, free):
        created = await admin.ok("POST", "providers", body)
        price = created["deployments"][0]["price"]
        stated = body["models"][0]["price"]
        assert price["source"] == "console"
        assert {name: Decimal(price[name]) for name in stated} == {name: Decimal(stated[name]) for name in stated}
    ids = [(await admin.ask(name)).headers["x-request-id"] for name in ("paid", "free")]
    await here.application.flusher.flush_now()
    first, second = [await admin.ok("GET", f"requests/{request_id}") for request_id in ids]
    usage = sim.moonshot.exchanges[0].usage
    assert usage is not None
    assert first["cost_nanos"] == (usage.input + usage.cached) * 1000 + usage.output * 2000 > 0
    assert second["cost_nanos"] == 0


async def test_health_shows_a_deployment_that_rests(admin: Person, sim: Simulator) -> None:
    await admin.ok("POST", "providers", provider(sim))
    sim.moonshot.then(Failure("overloaded", retry_after="30"))
    assert (await admin.ask("my-kimi")).status_code == 503
    health = (await listed(admin))["mine"]["deployments"][0]["health"]
    assert health["state"] == "open"
    assert 20 < health["retry_in_seconds"] <= 30
    assert (await admin.ask("my-kimi")).status_code == 503
    assert len(sim.moonshot.exchanges) == 1
