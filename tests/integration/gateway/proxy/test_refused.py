"""What a real server keeps of requests it refused, and that every answer names its request."""

import httpx2
import pytest

from tests.fixtures.clients import PATHS, DialectName, request_body
from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Failure, Simulator
from tests.integration.gateway.proxy.conftest import Lane

DIALECTS: tuple[DialectName, ...] = ("anthropic-messages", "openai-chat", "openai-responses", "gemini")


@pytest.fixture
def key(console: Console) -> tuple[str, str]:
    """A key of the test's own: its id and token."""
    limits = [{"measure": "requests", "window": "month", "amount": 1000}]
    made = console.http.post("/api/v1/limits/api-keys", json={"name": "refused", "limits": limits})
    assert made.status_code == 201, made.text
    (known,) = [one for one in console.get("api-keys")["items"] if made.json()["token"].endswith(one["hint"])]
    return known["id"], made.json()["token"]


def test_a_mix_of_requests_has_a_row_each(
    server: Server, console: Console, lane: Lane, sim: Simulator, key: tuple[str, str]
) -> None:
    key_id, token = key
    good = request_body("openai-chat", lane.kimi, stream=False)
    sent: dict[str, str] = {}
    with httpx2.Client(verify=False, base_url=server.url, timeout=20) as http:

        def send(outcome: str, **body: object) -> None:
            headers = {"authorization": f"Bearer {token}"}
            sent[http.post("/v1/chat/completions", headers=headers, **body).headers["x-request-id"]] = outcome

        send("completed", json=good)
        send("refused", content=b"{")
        send("refused", json={**good, "messages": 7})
        send("refused", json={**good, "model": "nobody-has-it"})
        send("refused", content=b"x" * (3 * 1024 * 1024))
        sim.moonshot.then(Failure("caller"))
        send("failed", json=good)
        stranger = http.post("/v1/chat/completions", headers={"authorization": f"Bearer {token}x"}, json=good)
        assert stranger.status_code == 401
    for request_id, outcome in sent.items():
        row = console.request(request_id)
        assert (row["outcome"], row["repeats"]) == (outcome, 0)
        assert bool(row["error_code"]) == (outcome != "completed")
    assert {row["id"] for row in console.requests(api_key_id=key_id)} == set(sent)
    refused = console.requests(api_key_id=key_id, outcome="refused")
    assert {row["id"] for row in refused} == {one for one, outcome in sent.items() if outcome == "refused"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_answer_names_its_request(server: Server, lane: Lane, sim: Simulator, dialect: DialectName) -> None:
    path = PATHS.get(dialect, "") or f"/v1beta/models/{lane.kimi}:generateContent"
    good = {"authorization": f"Bearer {server.key}"}
    huge = {**good, "content-length": str(3 * 1024 * 1024)}
    with httpx2.Client(verify=False, base_url=server.url, timeout=20) as http:
        answers = {
            401: http.post(path, content=b"{}"),
            405: http.put(path, headers=good, content=b"{}"),
            413: http.post(path, headers=huge, content=b"x" * (3 * 1024 * 1024)),
            400: http.post(path, headers=good, content=b"{"),
        }
    assert {status: answer.status_code for status, answer in answers.items()} == {status: status for status in answers}
    ids = [answer.headers["x-request-id"] for answer in answers.values()]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("req_") for one in ids)
    assert all("error" in answer.json() for answer in answers.values())


def test_counts_lists_and_embeddings_name_their_request(server: Server, lane: Lane, sim: Simulator) -> None:
    good = {"authorization": f"Bearer {server.key}"}
    counted = request_body("anthropic-messages", lane.kimi, stream=False)
    with httpx2.Client(verify=False, base_url=server.url, headers=good, timeout=20) as http:
        answers = [
            http.post("/v1/messages/count_tokens", json=counted),
            http.get("/v1/models"),
            http.get("/v1/models/nobody-has-it"),
            http.post("/v1/embeddings", json={"model": "nobody-has-it", "input": "hi"}),
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404]
    assert all(answer.headers["x-request-id"].startswith("req_") for answer in answers)
