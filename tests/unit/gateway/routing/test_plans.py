"""What the router plans: policies, conversations, conditions and experiments, with the reason it states."""

from collections import Counter
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.conditions import compile_condition
from powerautomation.gateway.dialects import UpstreamFailure, Usage
from powerautomation.gateway.metering.reasons import parse_reason, reason_sentence
from powerautomation.gateway.providers import Arm, Catalog, Route, Split
from powerautomation.gateway.routing import Plan, RequestFacts, Router
from powerautomation.gateway.routing.affinity import CACHE_MS, Affinity, Home, conversation_key
from tests.fixtures.gateway import catalog_of, deployment_of, key_of, peek_of, price_of

DEAR = deployment_of("dear", "kimi-k2", "kimi", price=price_of("3", "15", "0.3"))
CHEAP = deployment_of("cheap", "kimi-k2", "kimi", price=price_of("0.6", "2.5", "0.15"))
UNPRICED = deployment_of("local", "kimi-k2", "kimi")
LONG = 400_000


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The router's clock."""
    clock = [1000.0]
    monkeypatch.setattr("powerautomation.gateway.routing.service.time", SimpleNamespace(monotonic=lambda: clock[0]))
    return clock


def route(**fields: Any) -> Route:
    """Return a route for every model."""
    return Route(**{"name": "r", "pattern": "*", "use": ("kimi",), "source": "file", **fields})


def asked(text: str = "hello", headers: dict[str, str] | None = None, **key: Any) -> RequestFacts:
    """Return a request of one turn."""
    body = msgspec.json.encode({"model": "kimi", "messages": [{"role": "user", "content": text}]})
    return RequestFacts(key_of(**key), [(k.encode(), v.encode()) for k, v in (headers or {}).items()], body)


def planned(router: Router, catalog: Catalog, size: int = 900, facts: RequestFacts | None = None) -> Plan:
    """Return the plan for a request of so many bytes."""
    return router.plan(catalog, peek_of("kimi"), size, facts or asked())


def first(router: Router, catalog: Catalog, size: int = 900, facts: RequestFacts | None = None) -> str:
    """Return who would be tried first."""
    return planned(router, catalog, size, facts).candidates[0].id


def test_value_chooses_the_cheapest_and_says_so() -> None:
    plan = planned(Router(), catalog_of([DEAR, CHEAP], [route(policy="value")]))
    assert [one.id for one in plan.candidates] == [CHEAP.id, DEAR.id]
    codes = [part.code for part in parse_reason(f"[{plan.reason}]")]
    assert codes == ["route", "policy", "instead_of"]
    assert "Policy value put cheap/kimi-k2 first" in reason_sentence(f"[{plan.reason}]")


def test_value_counts_what_leaving_the_cache_would_cost() -> None:
    router = Router()
    catalog = catalog_of([DEAR, CHEAP], [route(policy="value")])
    facts = asked()
    plan = planned(router, catalog, LONG, facts)
    router.remember(plan.conversation, DEAR, Usage(input_tokens=1_000, cached_input_tokens=98_000), LONG)
    assert first(router, catalog, LONG, facts) == DEAR.id, "0.3 for what is cached is less than 0.6 for all"
    assert first(router, catalog, LONG, asked("another conversation")) == CHEAP.id
    assert '"stays","dear/kimi-k2","99000"' in planned(router, catalog, LONG, facts).reason
    router.remember(plan.conversation, DEAR, Usage(input_tokens=2_000), LONG)
    moved = planned(router, catalog, LONG, facts)
    assert moved.candidates[0].id == CHEAP.id
    assert '"leaves","dear/kimi-k2","2000"' in moved.reason


def test_lowest_cost_does_not_count_the_cache() -> None:
    router = Router()
    catalog = catalog_of([DEAR, CHEAP], [route(policy="lowest_cost")])
    plan = planned(router, catalog, LONG)
    router.remember(plan.conversation, DEAR, Usage(cached_input_tokens=98_000), LONG)
    assert first(router, catalog, LONG) == CHEAP.id


def test_without_a_policy_models_stay_in_order_and_each_models_deployments_go_by_value() -> None:
    sonnet = deployment_of("sonnet", "s", "sonnet", price=price_of("0.01", "0.01"))
    catalog = catalog_of([DEAR, CHEAP, sonnet], [route(use=("kimi", "sonnet"))])
    assert [one.id for one in planned(Router(), catalog).candidates] == [CHEAP.id, DEAR.id, sonnet.id]


def test_without_a_policy_an_unknown_price_leaves_the_listed_order() -> None:
    catalog = catalog_of([UNPRICED, DEAR, CHEAP], [])
    assert [one.id for one in planned(Router(), catalog).candidates] == [UNPRICED.id, DEAR.id, CHEAP.id]
    stated = catalog_of([UNPRICED, DEAR, CHEAP], [route(policy="value")])
    assert [one.id for one in planned(Router(), stated).candidates] == [CHEAP.id, DEAR.id, UNPRICED.id]


def test_in_order_stays_in_order() -> None:
    assert first(Router(), catalog_of([DEAR, CHEAP], [route(policy="in_order")])) == DEAR.id


def test_prices_in_two_currencies_are_compared_by_the_rate() -> None:
    yuan = deployment_of("cn", "kimi-k2", "kimi", price=price_of("7", "7", currency="CNY"))
    catalog = catalog_of([DEAR, yuan], [route(policy="value")])
    assert first(Router(None, None, {"USD": 1.0, "CNY": 0.14}), catalog) == yuan.id
    assert first(Router(), catalog) == DEAR.id, "without a rate the cost is unknown"


def test_round_robin_takes_turns_until_a_prompt_is_cached() -> None:
    router = Router()
    catalog = catalog_of([DEAR, CHEAP], [route(policy="round_robin")])
    assert [first(router, catalog) for _ in range(4)] == [DEAR.id, CHEAP.id, DEAR.id, CHEAP.id]
    plan = planned(router, catalog)
    router.remember(plan.conversation, CHEAP, Usage(input_tokens=5_000), 20_000)
    assert {first(router, catalog) for _ in range(4)} == {CHEAP.id}


def test_least_busy_counts_attempts_that_run() -> None:
    router = Router()
    catalog = catalog_of([DEAR, CHEAP], [route(policy="least_busy")])
    assert router.began(DEAR)
    assert first(router, catalog) == CHEAP.id
    assert router.began(CHEAP)
    assert router.began(CHEAP)
    assert first(router, catalog) == DEAR.id
    router.ended(CHEAP)
    router.ended(CHEAP)
    assert first(router, catalog) == CHEAP.id


def test_lowest_latency_prefers_the_quick_and_asks_the_slow_again_later(seconds: list[float]) -> None:
    router = Router()
    catalog = catalog_of([DEAR, CHEAP], [route(policy="lowest_latency")])
    router.succeeded(DEAR, 2.0, 1.5)
    assert first(router, catalog) == CHEAP.id, "nobody knows how quick it is"
    router.succeeded(CHEAP, 2.0, 0.3)
    assert first(router, catalog) == CHEAP.id
    seconds[0] += 50
    router.succeeded(CHEAP, 2.0, 0.3)
    seconds[0] += 50
    assert first(router, catalog) == DEAR.id


def test_a_resting_deployment_is_passed_over_whatever_the_policy() -> None:
    router = Router()
    catalog = catalog_of([DEAR, CHEAP], [route(policy="value")])
    for _ in range(5):
        router.failed(CHEAP, UpstreamFailure("server", "broken", 500))
    plan = planned(router, catalog)
    assert [one.id for one in plan.candidates] == [DEAR.id]
    assert plan.rejected[0][:2] == (CHEAP.id, "resting")


def test_a_prompt_cache_is_forgotten_when_the_vendor_forgets_it(seconds: list[float]) -> None:
    router = Router()
    catalog = catalog_of([DEAR, CHEAP], [route(policy="value")])
    plan = planned(router, catalog, LONG)
    router.remember(plan.conversation, DEAR, Usage(cached_input_tokens=98_000), LONG)
    assert first(router, catalog, LONG) == DEAR.id
    seconds[0] += CACHE_MS / 1000 + 1
    assert first(router, catalog, LONG) == CHEAP.id


def test_an_unmarked_prompt_is_not_taken_for_cached_at_anthropic() -> None:
    claude = deployment_of("anthropic", "c", "kimi", dialect="anthropic-messages", price=price_of("3", "15", "0.3"))
    router = Router()
    plan = planned(router, catalog_of([claude, CHEAP], [route(policy="value")]), LONG)
    router.remember(plan.conversation, claude, Usage(input_tokens=90_000), LONG)
    assert len(router.affinity) == 0
    router.remember(plan.conversation, claude, Usage(cache_write_5m_tokens=90_000), LONG)
    assert len(router.affinity) == 1


def test_conversations_are_bounded_and_the_oldest_go_first() -> None:
    affinity = Affinity(most=3)
    for number in range(5):
        affinity.settle(f"c{number}", Home("d", 5_000, 10_000))
    assert [affinity.home_of(f"c{number}", 0) is not None for number in range(5)] == [False, False, True, True, True]
    assert affinity.home_of("c4", 10_000) is None
    assert len(affinity) == 2


def test_a_conversation_is_known_by_its_start() -> None:
    def key(*turns: str, api_key: str = "key_1", field: str = "messages") -> str:
        told = [{"role": "user" if n % 2 == 0 else "assistant", "content": text} for n, text in enumerate(turns)]
        return conversation_key("org", api_key, "m", "", msgspec.json.encode({field: told, "model": "m"}))

    assert key("fix } it", "done", "thanks") == key("fix } it")
    assert key("fix it") != key("break it")
    assert key("fix it") != key("fix it", api_key="key_2")
    assert key("fix } it", "done") != key("fix } that")
    assert key('say "a\\nb" {', "done") == key('say "a\\nb" {') != key('say "a\\nc" {')
    assert conversation_key("org", "k", "m", "s-1", b"") == conversation_key("org", "other", "m", "s-1", b"{}")
    assert conversation_key("org", "k", "m", "", b"{}") == ""


def test_a_conversation_is_known_by_the_whole_first_message_of_the_user() -> None:
    def key(body: dict[str, Any]) -> str:
        return conversation_key("org", "key_1", "m", "", msgspec.json.encode(body))

    def told(last: str, **more: Any) -> list[dict[str, Any]]:
        return [
            {"role": "system", "content": "user"},
            {"role": "user", "content": [{"text": "{"}, {"text": last} | more]},
        ]

    later = [{"role": "assistant", "content": "ok"}, {"role": "user", "content": "go on"}]
    assert key({"messages": told("a")}) != key({"messages": told("b")})
    assert key({"messages": told("a")}) == key({"messages": told("a") + later, "stream": True})
    marked = told("a", cache_control={"type": "ephemeral"})
    assert key({"messages": marked}) == key({"messages": told("a") + later}), "marks for prompt caches move on"
    named = {"tools": [{"properties": {"messages": {"type": "array"}, "input": {"type": "string"}}}]}
    assert key({**named, "contents": [{"parts": [{"text": "a"}]}]}) != key({**named, "contents": [{"parts": []}]})
    assert key({"input": "a", "stream": True}) == key({"input": "a"}) != key({"input": "b"})
    endless = {"messages": [{"role": "user", "content": "\\" * 200_000}]}
    assert key(endless)


@given(st.binary(max_size=300))
def test_whatever_stands_in_a_body_a_conversation_has_a_key_or_none(body: bytes) -> None:
    for start in (b'"messages":[', b'"input":"', b'"contents" : [{"role":"user"'):
        assert conversation_key("org", "key_1", "m", "", start + body).startswith("org m ")


def test_the_first_condition_that_holds_decides() -> None:
    small = deployment_of("small", "s", "small")
    catalog = catalog_of(
        [small, CHEAP],
        [
            route(name="labels", use=("small",), when=compile_condition('task_class == "background"')),
            route(name="red", use=("small",), when=compile_condition('headers["x-team"] == "red"')),
            route(name="rest"),
        ],
    )
    router = Router()
    label = planned(router, catalog, 900, asked("Write a title for this conversation"))
    assert (label.route, label.candidates[0].id) == ("labels", small.id)
    assert '["task","background"]' in label.reason
    assert planned(router, catalog, 900, asked(headers={"x-team": "red"})).route == "red"
    rest = planned(router, catalog)
    assert rest.route == "rest"
    assert '"no_answer","red"' in rest.reason


def test_a_route_can_refuse_and_refuses_when_its_condition_has_no_answer() -> None:
    refusing = route(name="no", use=(), refuse="Not at night.", when=compile_condition('headers["x-team"] == "red"'))
    catalog = catalog_of([CHEAP], [refusing, route(name="rest")])
    router = Router()
    assert planned(router, catalog, 900, asked(headers={"x-team": "red"})).refusal == "Not at night."
    assert planned(router, catalog, 900, asked()).refusal == "Not at night."
    assert planned(router, catalog, 900, asked(headers={"x-team": "blue"})).route == "rest"


def test_a_condition_sees_key_and_time() -> None:
    text = (
        'key == "laptop" && project == "p" && organization == "org_1" && edition == "personal"'
        " && hour >= 0 && hour < 24 && weekday in [1, 2, 3, 4, 5, 6, 7]"
    )
    catalog = catalog_of([CHEAP], [route(name="mine", when=compile_condition(text)), route(name="rest")])
    assert planned(Router(), catalog, 900, asked(project="p")).route == "mine"
    assert planned(Router(), catalog, 900, asked(project="q")).route == "rest"


def test_a_condition_sees_the_edition_of_the_organization() -> None:
    catalog = catalog_of([CHEAP], [route(name="team", when=compile_condition('edition == "team"')), route(name="rest")])
    router = Router()
    assert planned(router, catalog, 900, asked()).route == "rest"
    router.edition_of = lambda organization_id: "team" if organization_id == "org_1" else "enterprise"
    assert planned(router, catalog, 900, asked()).route == "team"


SPLIT = Split("models", (Arm("a", 3.0, ("kimi",)), Arm("b", 1.0, ("small",))))


def test_a_conversation_stays_with_its_arm_and_shares_follow_the_weights() -> None:
    small = deployment_of("small", "s", "small")
    catalog = catalog_of([small, CHEAP], [route(use=(), split=SPLIT)])
    router = Router()
    arms: Counter[str] = Counter()
    for number in range(400):
        facts = asked(f"conversation {number}")
        three = [planned(router, catalog, 900, facts) for _ in range(3)]
        plans = {(plan.split, plan.arm, plan.candidates[0].id) for plan in three}
        assert len(plans) == 1
        split, arm, deployment = plans.pop()
        assert split == "models"
        assert deployment == (CHEAP.id if arm == "a" else small.id)
        arms[arm] += 1
    assert 250 < arms["a"] < 350


def test_by_person_every_conversation_of_a_person_has_one_arm() -> None:
    small = deployment_of("small", "s", "small")
    split = msgspec.structs.replace(SPLIT, by="person")
    catalog = catalog_of([small, CHEAP], [route(use=(), split=split)])
    router = Router()
    for person in ("u1", "u2", "u3", "u4", "u5"):
        found = {planned(router, catalog, 900, asked(f"c{n}", created_by=person)).arm for n in range(20)}
        assert len(found) == 1


def test_size_of_pictures_says_nothing_of_a_prompts_length() -> None:
    """A picture of some megabytes is some hundred tokens; as text it would be too long for any model."""
    reader = deployment_of("reader", "kimi-k2.6", "kimi")
    router, catalog = Router(), catalog_of([reader], [route()])
    assert router.plan(catalog, peek_of("kimi"), 4_000_000).candidates == []
    assert router.plan(catalog, peek_of("kimi", images=True), 4_000_000).candidates == [reader]


def test_a_prompt_is_priced_at_its_own_length() -> None:
    plain = price_of("1", "1")
    banded = msgspec.structs.replace(plain, input=Decimal("0.9"), above_tokens=200_000, above=price_of("9", "1"))
    jumps = deployment_of("jumps", "kimi-k2", "kimi", price=banded)
    steady = deployment_of("steady", "kimi-k2", "kimi", price=plain)
    catalog = catalog_of([jumps, steady], [route(policy="lowest_cost")])
    router = Router()
    found = [first(router, catalog, tokens * 4) for tokens in (199_000, 201_000, 199_000)]
    assert found == [jumps.id, steady.id, jumps.id]
