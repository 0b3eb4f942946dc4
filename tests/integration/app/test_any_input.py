"""Whatever is sent to the control API, as its description allows and otherwise, no answer is the server's fault."""

import os
from collections.abc import Iterator

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.generation import GenerationMode

from tests.fixtures.console import Console
from tests.fixtures.server import Server, running_server

# More for a longer look: POWERAUTOMATION_TEST_INPUTS=25.
INPUTS = int(os.environ.get("POWERAUTOMATION_TEST_INPUTS", "4"))
# Streams that end when their reader goes, and what ends the session that everything else is asked with.
LEFT_OUT = {
    ("DELETE", "/api/v1/session"),
    ("DELETE", "/api/v1/sessions"),
    ("POST", "/api/v1/session/consent"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    config = {"log": {"level": "error"}, "server": {"control_requests_per_minute": 1_000_000}}
    with running_server(tmp_path_factory.mktemp("any-input"), config) as running:
        yield running


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_no_input_makes_the_control_api_fail(server: Server, mode: GenerationMode) -> None:
    with Console(server) as console:
        described = console.http.get("/api/openapi.json").json()
        schema = schemathesis.openapi.from_dict(described)
        schema.config.base_url = server.url
        wrong: list[str] = []
        asked, understood, refused = 0, 0, 0

        def ask(case: schemathesis.Case) -> None:
            nonlocal asked, understood, refused
            answer = case.call(headers=headers, timeout=60)
            asked += 1
            understood += answer.status_code < 400
            refused += answer.status_code == 401
            if answer.status_code >= 500:
                wrong.append(f"{case.method} {case.formatted_path}: {answer.status_code} {answer.text[:300]}")

        for result in schema.get_all_operations():
            operation = result.ok()
            if (operation.method.upper(), operation.path) in LEFT_OUT:
                continue
            headers = {name: console.http.headers[name] for name in ("cookie", "x-csrf-token")}
            if console.http.get("/api/v1/session").status_code == 401:
                pytest.fail(f"the session ended before {operation.method} {operation.path}")
            strategy = operation.as_strategy(generation_mode=mode)
            try:
                hypothesis.settings(
                    # What is wrong in one way takes three times as long to make.
                    max_examples=INPUTS if mode is GenerationMode.POSITIVE else INPUTS // 2,
                    deadline=None,
                    database=None,
                    derandomize=True,
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )(hypothesis.given(strategy)(ask))()
            except hypothesis.errors.Unsatisfiable:
                # Nothing can be wrong with an address without parameters.
                continue
    print(f"{asked} asked, {understood} understood, {refused} by nobody")
    assert wrong == []
    assert asked > 200
    assert refused < asked / 4, f"{refused} of {asked} were asked by nobody"
    if mode is GenerationMode.POSITIVE:
        assert understood > 100
