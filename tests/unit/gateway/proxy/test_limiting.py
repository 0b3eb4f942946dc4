"""What is reserved before a request is sent."""

from typing import Any

from powerautomation.gateway.limits import Ask
from powerautomation.gateway.proxy import limiting
from tests.fixtures.gateway import deployment_of, key_of, price_of
from tests.unit.gateway.proxy.conftest import DataPlane


class _Limiter:
    def __init__(self) -> None:
        self.asked: list[Ask] = []

    async def reserve(self, limits: Any, request_id: str, ask: Ask, dialect: str) -> Any:
        self.asked.append(ask)
        return type("Held", (), {"headers": ()})()


def _exchange() -> Any:
    peek = type("Peek", (), {"max_output_tokens": 1000, "model": "m"})()
    dialect = type("Dialect", (), {"name": "openai-chat"})()
    fields = {"peek": peek, "client_dialect": dialect, "key": key_of(), "body": b"x" * 100, "request_id": "req_1"}
    return type("Exchange", (), fields)()


async def test_as_much_is_reserved_as_the_dearest_deployment_that_may_answer_costs(plane: DataPlane) -> None:
    limiter: Any = _Limiter()
    plane.gateway.limiter = limiter
    cheap = deployment_of("a", "kimi-k2.6", "m", price=price_of("0", "1"))
    dear = deployment_of("b", "kimi-k2.6", "m", price=price_of("0", "10"))
    elsewhere = deployment_of("c", "kimi-k2.6", "m", price=price_of("0", "99", currency="CNY"))
    counting: Any = type("Limits", (), {"counts_usage": True})()
    for candidates in ([cheap], [cheap, dear, elsewhere], [elsewhere]):
        await limiting.reserve(plane.gateway, _exchange(), counting, candidates)
    # 1,000 tokens at so many units a million, in nanos.
    assert [(ask.cost_nanos, ask.currency) for ask in limiter.asked] == [
        (1_000_000, "USD"),
        (10_000_000, "USD"),
        (99_000_000, "CNY"),
    ]
