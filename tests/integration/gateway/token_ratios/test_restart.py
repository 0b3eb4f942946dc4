"""A server that starts again counts as well as it did before, and so does another replica."""

import time
from pathlib import Path

import pytest

from tests.conftest import COLUMNS, TEST_SECRET_KEY
from tests.fixtures.clients import Caller
from tests.fixtures.server import Server, running_server
from tests.fixtures.simulators import Simulator, say
from tests.integration.app.replicas import services, two_replicas

PROMPT = " ".join(["understanding", "the", "configuration", "of", "documentation"] * 60)


def config_of(sim: Simulator) -> dict[str, object]:
    return {
        "providers": {"moonshot": {"dialect": "openai-chat", "base_url": sim.moonshot.base_url, "api_key": "sk-x"}},
        "models": {"kimi": {"deployments": [{"provider": "moonshot", "model": "kimi-k2.6"}]}},
    }


def counted(server: Server) -> int:
    with Caller(server.url, server.key, "anthropic-messages") as client:
        body = {"model": "kimi", "messages": [{"role": "user", "content": PROMPT}]}
        answer = client.http.post("/v1/messages/count_tokens", json=body)
        assert answer.headers["x-powerautomation-token-count"] == "estimated"
        count: int = answer.json()["input_tokens"]
        return count


def learn(server: Server, sim: Simulator) -> int:
    """Let the vendor count one prompt; return how many tokens a prompt has by then."""
    before = counted(server)
    sim.moonshot.then(say("Yes."))
    with Caller(server.url, server.key, "anthropic-messages") as client:
        client.ask("kimi", PROMPT)
    deadline = time.monotonic() + 20
    while (after := counted(server)) == before:
        assert time.monotonic() < deadline, "nothing was learned"
    return after


@pytest.mark.parametrize("column", COLUMNS)
def test_what_was_learned_is_known_after_a_restart_and_to_a_new_replica(
    column: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with Simulator() as sim:
        if column == COLUMNS[0]:
            with running_server(
                tmp_path, config_of(sim), environment={"POWERAUTOMATION_SECRET_KEY": TEST_SECRET_KEY}
            ) as server:
                learned = learn(server, sim)
                server.stop()
                server.start()
                assert counted(server) == learned
            return
        arguments = request.getfixturevalue("test_run"), request.getfixturevalue("postgresql_server")
        with (
            services(*arguments, request.getfixturevalue("postgresql_template")) as environment,
            two_replicas(tmp_path, config_of(sim), environment) as (one, two),
        ):
            two.stop()
            learned = learn(one, sim)
            one.stop()
            two.start()
            assert counted(two) == learned
