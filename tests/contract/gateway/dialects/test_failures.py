"""The table of what a client is told when a vendor refuses or fails (failures.yaml), executed by a real server for
every pair of dialects."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fixtures.clients import Caller, DialectName, posted, request_body
from tests.fixtures.server import Server, running_server
from tests.fixtures.simulators import Answer, Failure, Simulator, Vendor, say

Json = dict[str, Any]
TABLE: Json = yaml.safe_load(Path(__file__).with_name("failures.yaml").read_text("utf-8"))
MODELS: dict[DialectName, str] = TABLE["models"]
VENDORS = {
    "anthropic-messages": "anthropic",
    "openai-chat": "moonshot",
    "openai-responses": "responses",
    "gemini": "google",
}
PLACES = {case["case"]: place for place, case in enumerate([*TABLE["cases"], *TABLE["streams"]])}


def _pairs(cases: str) -> Iterator[Any]:
    for case in TABLE[cases]:
        for client in MODELS:
            for upstream in MODELS:
                yield pytest.param(client, upstream, case, id=f"{client}>{upstream}: {case['case']}")


def _model(case: Json, client: str, upstream: str) -> str:
    """Every cell has a deployment of its own: one that failed rests."""
    return f"{PLACES[case['case']]}-{client}-{upstream}"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def server(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway that tries each request once."""
    providers, models = {}, {}
    for case in (*TABLE["cases"], *TABLE["streams"]):
        for client in MODELS:
            for upstream, model in MODELS.items():
                name = _model(case, client, upstream)
                base_url = simulator.vendors[VENDORS[upstream]].base_url
                providers[name] = {"dialect": upstream, "base_url": base_url, "api_key": "sk-house"}
                models[name] = {"deployments": [{"provider": name, "model": model}]}
    config = {"gateway": {"max_attempts": 1}, "providers": providers, "models": models}
    with running_server(tmp_path_factory.mktemp("failures"), config) as running:
        yield running


@pytest.fixture
def vendor(simulator: Simulator, upstream: DialectName) -> Vendor:
    simulator.reset()
    return simulator.vendors[VENDORS[upstream]]


def error_of(client: DialectName, raw: bytes) -> Json:
    """The error object of a body, or the only one of a stream."""
    events = [raw]
    if b"data: " in raw:
        lines = raw.replace(b"\n\n", b"\n").splitlines()
        payloads = [line.removeprefix(b"data: ") for line in lines if line.startswith((b"data: {", b"{"))]
        events = [one for one in payloads if b'"error":{' in one]
    (event,) = events
    body = json.loads(event)
    error: Json = body.get("response", body)["error"]
    return error


def check(client: DialectName, seen: tuple[int, Json, bytes], headers: Json, wanted: Json) -> None:
    """Compare what a client was told with a cell of the table."""
    status, error, raw = seen
    assert status == wanted["status"], error
    # The last event of the Responses API has a code only, Google's call the type so.
    kind = error["status" if client == "gemini" else "type" if "type" in error else "code"]
    assert kind == wanted["type"], error
    if "code" in wanted:
        assert (error["details"][0]["reason"] if client == "gemini" else error["code"]) == wanted["code"], error
    assert headers.get("retry-after") == (str(wanted["retry_after"]) if "retry_after" in wanted else None)
    if "retry_after" in wanted and client == "gemini":
        assert error["details"][1]["retryDelay"] == f"{wanted['retry_after']}.000s"
    for piece in wanted.get("has", ()):
        assert piece in error["message"]
    for piece in wanted.get("not", ()):
        assert piece.encode() not in raw
    assert ".." not in error["message"]


@pytest.mark.parametrize(("client", "upstream", "case"), list(_pairs("cases")))
def test_a_vendors_refusal_is_told_as_the_table_says(
    server: Server, vendor: Vendor, client: DialectName, upstream: DialectName, case: Json
) -> None:
    says = case["says"][upstream]
    body = says["body"] if isinstance(says["body"], str) else json.dumps(says["body"])
    wait = str(says["retry_after"]) if "retry_after" in says else None
    vendor.then(Failure("caller", status=says["status"], retry_after=wait, body=body))
    path, question = posted(client, request_body(client, _model(case, client, upstream), stream=False))
    with Caller(server.url, server.key, client) as caller:
        answer = caller.http.post(path, json=question)
    assert answer.headers["content-type"] == "application/json"
    if case.get("unchanged") and client == upstream:
        assert (answer.status_code, answer.text) == (says["status"], body)
        return
    wanted = case.get("except", {}).get(f"{client}>{upstream}", case["sees"][client])
    seen = (answer.status_code, error_of(client, answer.content), answer.content)
    check(client, seen, dict(answer.headers), wanted)


@pytest.mark.parametrize(("client", "upstream", "case"), list(_pairs("streams")))
def test_an_error_inside_a_stream_is_told_as_the_table_says(
    server: Server, simulator: Simulator, vendor: Vendor, client: DialectName, upstream: DialectName, case: Json
) -> None:
    late: Answer = say("0123456789" * 3, chunk=10, hold_after=1, break_after=2, break_with="error_event")
    vendor.then(Failure("error_in_200") if case["when"] == "before" else late)
    path, question = posted(client, request_body(client, _model(case, client, upstream), stream=True))
    raw = b""
    with (
        Caller(server.url, server.key, client) as caller,
        caller.http.stream("POST", path, json=question) as answer,
    ):
        for piece in answer.iter_bytes():
            if not raw and case["when"] == "after":
                simulator.release()
            raw += piece
    assert (b"0123456789" in raw) == (case["when"] == "after")
    wanted = case.get("except", {}).get(f"{client}>{upstream}", case["sees"][client])
    check(client, (answer.status_code, error_of(client, raw), raw), dict(answer.headers), wanted)
