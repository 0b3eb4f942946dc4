"""Prometheus metrics of finished requests."""

import pytest
from msgspec.structs import replace

from powerautomation.infrastructure.telemetry import metrics
from powerautomation.infrastructure.telemetry.metrics import FinishedRequest, observe_attempts, observe_requests, render

REQUEST = FinishedRequest(
    provider="infini",
    request_model="claude-sonnet-test",
    response_model="kimi-k2-test",
    outcome="completed",
    error_type="",
    duration_seconds=1.5,
    first_token_seconds=0.2,
    overhead_seconds=0.0004,
    input_tokens=1000,
    cached_input_tokens=600,
    output_tokens=50,
    currency="XTS",
    cost_nanos=2_500_000,
    baseline_currency="XTS",
    baseline_nanos=7_000_000,
)
NAMES = (
    'gen_ai_operation_name="chat",gen_ai_provider_name="infini",gen_ai_request_model="claude-sonnet-test",'
    'gen_ai_response_model="kimi-k2-test"'
)


def sample(line: str) -> float:
    body, content_type = render()
    assert content_type.startswith("text/plain")
    for text in body.decode().splitlines():
        if text.startswith(line + " "):
            return float(text.rpartition(" ")[2])
    return 0.0


def test_a_finished_request_is_counted_with_its_tokens_money_and_times() -> None:
    observe_requests([REQUEST])
    observe_attempts([("infini/kimi-k2-test", "failed")])

    assert sample(f'gen_ai_client_token_usage_sum{{{NAMES},gen_ai_token_type="input"}}') == 1000
    assert sample(f'gen_ai_client_token_usage_sum{{{NAMES},gen_ai_token_type="cached_input"}}') == 600
    assert sample(f'gen_ai_server_request_duration_seconds_sum{{error_type="",{NAMES},outcome="completed"}}') == 1.5
    assert sample(f"gen_ai_server_time_to_first_token_seconds_sum{{{NAMES}}}") == 0.2
    assert sample(
        'powerautomation_gateway_cost_total{currency="XTS",gen_ai_provider_name="infini",'
        'gen_ai_response_model="kimi-k2-test"}'
    ) == pytest.approx(0.0025)
    assert sample('powerautomation_gateway_baseline_cost_total{currency="XTS"}') == pytest.approx(0.007)
    assert sample('powerautomation_gateway_attempts_total{deployment="infini/kimi-k2-test",outcome="failed"}') == 1


def test_an_unknown_price_is_counted_as_unknown_and_not_as_zero() -> None:
    before = sample("powerautomation_gateway_unpriced_requests_total")

    observe_requests([replace(REQUEST, cost_nanos=None, currency="XXX")])

    assert sample("powerautomation_gateway_unpriced_requests_total") == before + 1
    assert b'currency="XXX"' not in render()[0]


def test_a_long_model_name_is_cut() -> None:
    observe_requests([replace(REQUEST, request_model="long-" * 1000)])

    assert "long-" * 30 not in render()[0].decode()


def test_made_up_model_names_do_not_grow_the_metrics_without_end() -> None:
    for number in range(metrics.MOST_MODEL_NAMES * 2):
        observe_requests([replace(REQUEST, request_model=f"made-up-{number}")])

    text = render()[0].decode()
    assert 'gen_ai_request_model="other"' in text
    assert f'gen_ai_request_model="made-up-{metrics.MOST_MODEL_NAMES + 1}"' not in text
