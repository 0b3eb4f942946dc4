"""Whole stories: a server as people configure it, simulated vendors, real clients."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.server import Server, prepare_server
from tests.fixtures.simulators import Simulator


def ordered_route(name: str, pattern: str, *use: str) -> dict[str, Any]:
    """A route that tries deployments as they are listed, so that a story knows who is asked next."""
    return {"name": name, "match": {"model": pattern}, "use": list(use), "policy": "in_order"}


def house_config(sim: Simulator) -> dict[str, Any]:
    """The configuration of the README: Claude's names go to Kimi at Infini, then Moonshot, then to Claude."""
    k2 = {"input": "0.60", "cached_input": "0.15", "output": "2.50", "currency": "USD"}
    return {
        "gateway": {"first_token_timeout_seconds": 5, "idle_timeout_seconds": 5, "keepalive_seconds": 2},
        "providers": {
            "infini": {"dialect": "openai-chat", "base_url": sim.infini.base_url, "api_key": "sk-infini"},
            "moonshot": {"dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": "sk-moonshot"},
            "anthropic": {"dialect": "anthropic-messages", "base_url": sim.anthropic.base_url, "api_key": "sk-ant"},
            "openai": {"dialect": "openai-chat", "base_url": sim.openai.base_url, "api_key": "sk-openai"},
            "google": {"dialect": "gemini", "base_url": sim.google.base_url, "api_key": "google-key"},
        },
        "models": {
            "kimi-k2": {
                "deployments": [
                    {"provider": "infini", "model": "kimi-k2-instruct", "price": k2},
                    {"provider": "moonshot", "model": "kimi-k2.6"},
                ]
            },
            "kimi-k2.6": {"deployments": [{"provider": "moonshot", "model": "kimi-k2.6"}]},
            "claude-sonnet": {"deployments": [{"provider": "anthropic", "model": "claude-sonnet-4-6"}]},
            "sonnet": {"deployments": [{"provider": "anthropic", "model": "claude-sonnet-4-6"}]},
            "gemini": {"deployments": [{"provider": "google", "model": "gemini-3.8-flash"}]},
            "gpt": {"deployments": [{"provider": "openai", "model": "gpt-4o-mini"}]},
        },
        "routes": [
            ordered_route("claude-to-k2", "claude-*", "kimi-k2", "claude-sonnet"),
            ordered_route("gemini-3", "gemini-3*", "gemini"),
            ordered_route("gemini-to-k2", "gemini-2*", "kimi-k2", "gemini"),
        ],
    }


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """Simulated vendors of one story."""
    with Simulator() as running:
        yield running


@pytest.fixture
def prepared(sim: Simulator, tmp_path: Path) -> Iterator[Server]:
    """A server of one story, configured, with a key, not started yet; stopped at the end."""
    server = prepare_server(tmp_path / "server", house_config(sim))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def server(prepared: Server) -> Server:
    """The running server of one story."""
    return prepared.start()
