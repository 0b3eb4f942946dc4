"""What is reserved before a request is sent."""

from typing import Any, cast

from powerautomation.gateway.limits import Ask, Reservation
from powerautomation.gateway.metering import reason_sentence
from powerautomation.gateway.proxy import limiting
from powerautomation.gateway.routing import Plan
from tests.fixtures.gateway import deployment_of, key_of, price_of
from tests.unit.gateway.proxy.conftest import DataPlane


class _Limiter:
    """Remembers what it was asked, and finds room for some of it."""

    def __init__(self, fitting: tuple[int, ...], left_out: tuple[Any, ...]) -> None:
        self.asked: list[Ask] = []
        self.fitting = fitting
        self.left_out = left_out

    async def reserve(self, limits: Any, request_id: str, asks: list[Ask], dialect: str) -> Any:
        self.asked += asks
        return Reservation(request_id, "org_1", (), (), 0, fitting=self.fitting, left_out=self.left_out)


def _exchange(**peeked: Any) -> Any:
    wished = {"service_tier": "", "region": "", **peeked}
    peek = type("Peek", (), {"max_output_tokens": 1000, "model": "m", **wished})()
    dialect = type("Dialect", (), {"name": "openai-chat"})()
    fields = {"peek": peek, "client_dialect": dialect, "key": key_of(), "body": b"x" * 100, "request_id": "req_1"}
    return type("Exchange", (), fields)()


COUNTING: Any = type("Limits", (), {"counts_usage": True})()
CHEAP = deployment_of("a", "kimi-k2.6", "m", price=price_of("0", "1"))
DEAR = deployment_of("b", "kimi-k2.6", "m", price=price_of("0", "10"))
ELSEWHERE = deployment_of("c", "kimi-k2.6", "m", price=price_of("0", "99", currency="CNY"))


async def test_every_deployment_of_the_plan_is_asked_for_by_its_own_price(plane: DataPlane) -> None:
    plane.gateway.limiter = limiter = cast("Any", _Limiter((0, 1, 2), ()))
    plan = Plan("", [CHEAP, DEAR, ELSEWHERE], "")
    await limiting.reserve(plane.gateway, _exchange(), COUNTING, plan)
    # 1,000 tokens at so many units a million, in nanos.
    assert [(ask.deployment, ask.cost_nanos, ask.currency) for ask in limiter.asked] == [
        (CHEAP.id, 1_000_000, "USD"),
        (DEAR.id, 10_000_000, "USD"),
        (ELSEWHERE.id, 99_000_000, "CNY"),
    ]
    assert plan.candidates == [CHEAP, DEAR, ELSEWHERE]


async def test_what_does_not_fit_is_left_out_of_the_plan_with_its_reason(plane: DataPlane) -> None:
    left_out = ((1, "budget", "USD 0.003", "USD 0.01"), (2, "price_unknown"))
    plane.gateway.limiter = cast("Any", _Limiter((0,), left_out))
    plan = Plan("", [CHEAP, DEAR, ELSEWHERE], '["model","m"]')
    await limiting.reserve(plane.gateway, _exchange(), COUNTING, plan)
    assert plan.candidates == [CHEAP]
    assert plan.rejected == [(DEAR.id, "budget", "USD 0.003", "USD 0.01"), (ELSEWHERE.id, "price_unknown")]
    said = reason_sentence(f"[{plan.reason}]")
    assert f"{DEAR.id} was passed over: the budget leaves USD 0.003, this one may need USD 0.01." in said


async def test_a_tier_nobody_priced_has_no_price(plane: DataPlane) -> None:
    plane.gateway.limiter = limiter = cast("Any", _Limiter((0,), ()))
    await limiting.reserve(plane.gateway, _exchange(service_tier="priority"), COUNTING, Plan("", [CHEAP], ""))
    assert [ask.cost_nanos for ask in limiter.asked] == [None]
