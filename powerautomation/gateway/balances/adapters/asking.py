"""Asks a provider for the balance of the account that a key belongs to."""

import asyncio
from urllib.parse import urljoin

from powerautomation.gateway.balances.entities import Outcome
from powerautomation.gateway.balances.rules import read_amounts
from powerautomation.gateway.dialects import DIALECTS
from powerautomation.gateway.providers import BalanceFacts, Provider
from powerautomation.infrastructure.http_client import Client, HttpClientError

TIMEOUT_SECONDS = 15.0
MOST_BYTES = 64 * 1024


async def ask_balance(client: Client, provider: Provider, facts: BalanceFacts) -> Outcome:
    """Ask at the provider's own address, with its key. Never raises for what the provider does; nothing of its answer
    but the amounts is kept."""
    address = urljoin(provider.base_url.rstrip("/") + "/", facts.path)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            # Every provider that documents a balance takes the key as OpenAI's API does.
            headers = DIALECTS["openai-chat"].upstream_headers(provider.api_key, ())
            response = await client.request("GET", address, headers)
            try:
                body = await response.read(MOST_BYTES)
            finally:
                response.close()
    except (HttpClientError, TimeoutError):
        return Outcome(code="unreachable")
    if response.status in (401, 403):
        return Outcome(code="refused", status=response.status)
    if response.status != 200:
        return Outcome(code="unreadable", status=response.status)
    try:
        return Outcome(read_amounts(facts, body), status=200)
    except ValueError:
        return Outcome(code="unreadable", status=200)
