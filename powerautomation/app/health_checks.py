"""Asks a provider how it is, for the watch over health."""

from powerautomation.gateway.dialects import UpstreamFailure
from powerautomation.gateway.providers import Provider
from powerautomation.gateway.providers.adapters.upstream import ask_for_a_token, test_endpoint
from powerautomation.gateway.providers.entities import Endpoint
from powerautomation.gateway.routing import CheckResult
from powerautomation.infrastructure.http_client import Client
from powerautomation.infrastructure.telemetry import redacted
from powerautomation.kernel.clock import now_ms

_SERVER_ERROR = 500


async def check_provider(client: Client, provider: Provider) -> CheckResult:
    """Ask as the provider's health check says. A refused key and a wrong question say nothing of health."""
    check = provider.health_check
    at_ms = now_ms()
    if check is not None and check.kind == "request":
        latency_ms, failure = await ask_for_a_token(client, provider, check.model)
        message = "" if failure is None else redacted(failure.message)[:300]
        sick = failure is not None and failure.kind not in ("caller", "credential")
        return CheckResult(failure is None, at_ms, latency_ms, message, failure if sick else None)
    endpoint = Endpoint(provider.preset, provider.dialect, provider.base_url, provider.api_key, None)
    result = await test_endpoint(client, endpoint)
    sick = result.code == "providers.unreachable" or result.status >= _SERVER_ERROR
    failure = UpstreamFailure("server", result.message, result.status, result.code) if sick else None
    return CheckResult(result.ok, at_ms, result.latency_ms, result.message, failure)
