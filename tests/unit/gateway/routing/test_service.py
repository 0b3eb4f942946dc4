"""Health as the router keeps it: outliers, other replicas' hints, probes."""

from types import SimpleNamespace

import pytest

from powerautomation.gateway.dialects import UpstreamFailure
from powerautomation.gateway.routing import HealthChange, OutlierRule, Router
from tests.fixtures.gateway import catalog_of, deployment_of, peek_of

A, B, C = (deployment_of(name, "kimi", "m") for name in "abc")
CATALOG = catalog_of([A, B, C], [])
BROKEN = UpstreamFailure("server", "broken", 500)


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The router's clock."""
    clock = [1000.0]
    monkeypatch.setattr("powerautomation.gateway.routing.service.time", SimpleNamespace(monotonic=lambda: clock[0]))
    return clock


def offered(router: Router) -> list[str]:
    """Return who would be tried now, in order."""
    return [deployment.id for deployment in router.plan(CATALOG, peek_of("m"), 100).candidates]


def troubled_router() -> tuple[Router, list[HealthChange]]:
    """Return a router that saw b fail every second time, never five times in a row."""
    router = Router(OutlierRule())
    changes: list[HealthChange] = []
    router.on_change = changes.append
    for _ in range(20):
        for deployment in (A, B, C):
            router.succeeded(deployment, 0.2, 0.2)
        router.failed(B, BROKEN)
    return router, changes


def test_an_outlier_rests_and_a_probe_brings_it_back(seconds: list[float]) -> None:
    router, changes = troubled_router()
    assert len(offered(router)) == 3
    router.eject_outliers(CATALOG)
    assert offered(router) == [A.id, C.id]
    assert (router.health_of(B).state, router.health_of(B).why) == ("open", "errors")
    seconds[0] += 31
    assert offered(router) == [A.id, B.id, C.id]
    assert router.began(B)
    assert offered(router) == [A.id, C.id], "one probe at a time"
    router.succeeded(B, 0.2, 0.2)
    assert router.health_of(B).state == "closed"
    router.eject_outliers(CATALOG)
    assert len(offered(router)) == 3, "what was before the rest does not count again"
    assert [(change.deployment, change.rest_ms, change.why) for change in changes] == [
        (B.id, 30_000, "errors"),
        (B.id, 0, ""),
    ]


@pytest.mark.parametrize("kind", ["caller", "credential"])
def test_faults_of_the_caller_and_of_the_key_make_no_outlier(seconds: list[float], kind: str) -> None:
    router = Router(OutlierRule())
    for _ in range(50):
        router.succeeded(A, 0.1, 0.1)
        router.succeeded(C, 0.1, 0.1)
        router.failed(B, UpstreamFailure(kind, "no", 400))  # type: ignore[arg-type]
    router.eject_outliers(CATALOG)
    assert len(offered(router)) == 3
    assert router.health_of(B).attempts == 0


def test_without_a_rule_nothing_is_remembered(seconds: list[float]) -> None:
    router = Router()
    for _ in range(50):
        router.succeeded(A, 0.1, 0.1)
    router.eject_outliers(CATALOG)
    assert router.health_of(A).error_share is None


def test_another_replicas_word_rests_a_deployment_and_lets_it_be_probed_again(seconds: list[float]) -> None:
    router = Router()
    changes: list[HealthChange] = []
    router.on_change = changes.append
    router.told(HealthChange("", A.id, 20_000, "failures"))
    assert offered(router) == [B.id, C.id]
    assert router.health_of(A).why == "replica"
    router.told(HealthChange("", A.id, 0, ""))
    assert offered(router) == [A.id, B.id, C.id]
    assert router.health_of(A).state == "half_open", "the probe made here decides"
    assert changes == [], "what was heard is not told again"


def test_five_failures_are_told_once_and_so_is_the_recovery(seconds: list[float]) -> None:
    router = Router()
    changes: list[HealthChange] = []
    router.on_change = changes.append
    for _ in range(7):
        router.failed(A, BROKEN)
        seconds[0] += 0.001
    assert changes[0] == HealthChange("", A.id, 15_000, "failures")
    seconds[0] += 200
    router.probe_succeeded(A)
    assert changes[-1] == HealthChange("", A.id, 0, "")
    assert router.health_of(A).state == "closed"


def test_a_check_does_not_end_a_rest_that_the_upstream_asked_for(seconds: list[float]) -> None:
    router = Router()
    router.failed(A, UpstreamFailure("overloaded", "busy", 529, retry_after_seconds=60))
    router.probe_succeeded(A)
    assert router.health_of(A).state == "open"
