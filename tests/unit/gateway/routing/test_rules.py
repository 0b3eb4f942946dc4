"""Route choice and circuit breaker."""

from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.metering import failed_part
from powerautomation.gateway.metering.reasons import reason_sentence
from powerautomation.gateway.routing.rules import FAILURES_TO_OPEN, LONGEST_OPEN_MS, OPEN_MS, Circuit, Plan, choose
from tests.fixtures.gateway import catalog_of, deployment_of, peek_of


def test_circuit_opens_after_five_failures_in_a_row_and_closes_on_success() -> None:
    circuit = Circuit()
    for _ in range(4):
        circuit.failed(1000, None)
    assert circuit.state(1000) == "closed"
    circuit.failed(1000, None)
    assert circuit.state(1000) == "open"
    assert not circuit.admits(1000 + OPEN_MS - 1)
    assert circuit.state(1000 + OPEN_MS) == "half_open"
    assert circuit.admits(1000 + OPEN_MS)
    circuit.succeeded()
    assert circuit.state(1000 + OPEN_MS) == "closed"


def test_success_between_failures_keeps_the_circuit_closed() -> None:
    circuit = Circuit()
    for _ in range(20):
        circuit.failed(0, None)
        circuit.succeeded()
    assert circuit.admits(0)


def test_retry_after_rests_the_deployment_at_once_and_for_that_long() -> None:
    circuit = Circuit()
    circuit.failed(1000, 7.0)
    assert not circuit.admits(7999)
    assert circuit.admits(8000)


def test_an_answer_begun_before_the_circuit_opened_does_not_close_it() -> None:
    circuit = Circuit()
    circuit.failed(1000, 30.0)
    circuit.succeeded(began_ms=900)
    assert not circuit.admits(2000)
    circuit.succeeded(began_ms=31_000)
    assert circuit.admits(31_001)


def test_half_open_admits_one_probe_at_a_time() -> None:
    circuit = Circuit()
    circuit.failed(0, 1.0)
    assert circuit.admits(1000)
    circuit.began(1000)
    assert not circuit.admits(1001)
    circuit.released()
    assert circuit.admits(1001)


def test_attempts_that_fail_after_it_opened_do_not_make_the_rest_longer() -> None:
    """Five hundred requests under way when a vendor dies are one failure of the vendor."""
    circuit = Circuit()
    for number in range(500):
        circuit.failed(number, None)
    assert circuit.open_until_ms == FAILURES_TO_OPEN - 1 + OPEN_MS


def test_failed_probe_doubles_the_rest() -> None:
    circuit = Circuit()
    for _ in range(5):
        circuit.failed(0, None)
    circuit.began(OPEN_MS)
    circuit.failed(OPEN_MS, None)
    assert not circuit.admits(OPEN_MS + 2 * OPEN_MS - 1)
    assert circuit.admits(OPEN_MS + 2 * OPEN_MS)


events = st.lists(
    st.one_of(
        st.just(("succeeded", 0.0)),
        st.tuples(st.just("failed"), st.one_of(st.none(), st.floats(0, 10_000))),
        st.just(("began", 0.0)),
        st.just(("released", 0.0)),
        st.tuples(st.just("wait"), st.floats(0, 200_000)),
    ),
    max_size=60,
)


@given(events)
def test_circuit_never_rests_longer_than_the_bound_and_always_recovers(story: list[tuple[str, float | None]]) -> None:
    circuit = Circuit()
    now_ms = 0
    for what, value in story:
        if what == "wait":
            now_ms += int(value or 0)
        elif what == "failed":
            circuit.failed(now_ms, value)
        elif what == "began":
            circuit.began(now_ms)
        elif what == "succeeded":
            circuit.succeeded()
            assert circuit.admits(now_ms)
        else:
            circuit.released()
        assert circuit.open_until_ms <= now_ms + LONGEST_OPEN_MS
    assert circuit.admits(now_ms + LONGEST_OPEN_MS + OPEN_MS)


def test_first_matching_route_wins_and_orders_the_deployments() -> None:
    kimi = deployment_of("infini", "kimi-k2-instruct", "kimi-k2")
    moon = deployment_of("moonshot", "kimi-k2.6", "kimi-k2")
    claude = deployment_of("anthropic", "*", "claude", dialect="anthropic-messages")
    catalog = catalog_of(
        [kimi, moon, claude], [("first", "claude-*", ("kimi-k2", "claude")), ("second", "*", ("claude",))]
    )
    choice = choose(catalog, peek_of("claude-sonnet-4-5"))[-1][1]
    assert [d.id for d in choice.candidates] == ["infini/kimi-k2-instruct", "moonshot/kimi-k2.6", "anthropic/*"]
    assert choice.route == "first"
    assert choice.reason == '["route","first","claude-*","kimi-k2","claude"]'


def test_a_route_whose_models_have_no_deployment_is_passed_over() -> None:
    claude = deployment_of("anthropic", "*", "claude", dialect="anthropic-messages")
    catalog = catalog_of([claude], [("kimi", "claude-*", ("kimi-k2",)), ("direct", "claude-*", ("claude",))])
    assert choose(catalog, peek_of("claude-opus-4-8"))[-1][1].route == "direct"


def test_images_go_only_to_deployments_that_read_them_and_the_reason_is_kept() -> None:
    kimi = deployment_of("infini", "kimi-k2-instruct", "kimi-k2")
    claude = deployment_of("anthropic", "*", "claude", dialect="anthropic-messages")
    catalog = catalog_of([kimi, claude], [("r", "claude-*", ("kimi-k2", "claude"))])
    choice = choose(catalog, peek_of("claude-sonnet-4-5", images=True))[-1][1]
    assert [d.id for d in choice.candidates] == ["anthropic/*"]
    assert choice.rejected == (("infini/kimi-k2-instruct", "images"),)
    assert choice.reason == (
        '["route","r","claude-*","kimi-k2","claude"],["passed_over","infini/kimi-k2-instruct","images"]'
    )


def test_too_many_tools_for_kimi_go_to_claude() -> None:
    kimi = deployment_of("infini", "kimi-k2-instruct", "kimi-k2")
    claude = deployment_of("anthropic", "*", "claude", dialect="anthropic-messages")
    catalog = catalog_of([kimi, claude], [("r", "claude-*", ("kimi-k2", "claude"))])
    choice = choose(catalog, peek_of("claude-sonnet-4-5", tools=129))[-1][1]
    assert [d.id for d in choice.candidates] == ["anthropic/*"]
    assert choice.rejected == (("infini/kimi-k2-instruct", "tools", "128", "129"),)


def test_a_public_model_can_be_asked_for_by_its_own_name() -> None:
    kimi = deployment_of("infini", "kimi-k2-instruct", "kimi-k2")
    choice = choose(catalog_of([kimi], []), peek_of("kimi-k2"))[-1][1]
    assert [d.id for d in choice.candidates] == ["infini/kimi-k2-instruct"]
    assert choice.reason == '["model","kimi-k2"]'


def test_an_unknown_model_has_no_candidates() -> None:
    kimi = deployment_of("infini", "kimi-k2-instruct", "kimi-k2")
    choice = choose(catalog_of([kimi], []), peek_of("gpt-9"))[-1][1]
    assert choice.candidates == ()
    assert choice.rejected == ()


def test_what_happens_later_is_added_to_the_reason_in_order() -> None:
    plan = Plan("", [], '["model","kimi-k2"]')
    plan.pass_over("infini/kimi-k2-instruct", "resting", "12")
    plan.note(failed_part("moonshot/kimi-k2.6", "overloaded", "", 'busy, "please" wait'))
    assert plan.rejected == [("infini/kimi-k2-instruct", "resting", "12")]
    assert reason_sentence(f"[{plan.reason}]") == (
        "kimi-k2 is a configured model. infini/kimi-k2-instruct was passed over: resting for 12 s after failures. "
        'moonshot/kimi-k2.6 failed: busy, "please" wait.'
    )
