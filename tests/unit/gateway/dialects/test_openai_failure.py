"""Refusals of upstreams mean one of a few kinds; our own errors look as OpenAI clients expect."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from powerautomation.gateway.dialects import InvalidRequest
from powerautomation.gateway.dialects.openai_chat import OPENAI_CHAT
from powerautomation.kernel.errors import Problem


def body(message: str = "It went wrong.", **fields: Any) -> bytes:
    return json.dumps({"error": {"message": message, **fields}}).encode()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "caller"), (404, "caller"), (413, "caller"), (422, "caller"), (418, "caller"), (401, "credential"),
        (403, "credential"), (402, "rate_limited"), (429, "rate_limited"), (503, "overloaded"), (529, "overloaded"),
        (500, "server"), (502, "server"), (599, "server"), (408, "timeout"), (504, "timeout"),
    ],
)  # fmt: skip
def test_the_status_tells_the_kind(status: int, kind: str) -> None:
    failure = OPENAI_CHAT.decode_failure(status, {}, body())
    assert (failure.kind, failure.status, failure.message) == (kind, status, "It went wrong.")
    assert failure.body == body()


def test_moonshots_429_for_overload_is_overload() -> None:
    failure = OPENAI_CHAT.decode_failure(429, {}, body(type="engine_overloaded_error"))
    assert failure.kind == "overloaded"


@pytest.mark.parametrize(
    "error",
    [
        {"message": "x", "code": "context_length_exceeded"},
        {"message": "This model's maximum context length is 128000 tokens."},
        {"message": "Invalid request: Your request exceeded model token limit: 262144"},
    ],
)
def test_a_prompt_too_long_is_recognised(error: dict[str, Any]) -> None:
    failure = OPENAI_CHAT.decode_failure(400, {}, json.dumps({"error": error}).encode())
    assert (failure.kind, failure.code) == ("caller", "context_length_exceeded")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wished_pause_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert OPENAI_CHAT.decode_failure(429, headers, b"").retry_after_seconds == seconds


def test_the_wished_pause_may_be_a_date() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    seconds = OPENAI_CHAT.decode_failure(503, {"retry-after": moment}, b"").retry_after_seconds
    assert seconds is not None
    assert 50 < seconds <= 61


@pytest.mark.parametrize("page", [b"", b"<html>502</html>", b"[]", b"\xff\xfe", b"{" * 5000])
def test_a_body_that_says_nothing_still_gives_a_message(page: bytes) -> None:
    failure = OPENAI_CHAT.decode_failure(502, {}, page)
    assert (failure.kind, failure.message) == ("server", "it answered HTTP 502")


@pytest.mark.parametrize(
    "raw", [b'{"error":"flat words"}', b'{"message":"flat words"}', b'{"detail":"flat words","code":40001}']
)
def test_other_shapes_of_errors_are_read(raw: bytes) -> None:
    assert OPENAI_CHAT.decode_failure(400, {}, raw).message == "flat words"


def test_messages_are_short_and_hold_no_credential() -> None:
    said = "Incorrect API key provided: sk-proj-abcDEF123456. Bearer eyJhbGciOiJIUzI1NiJ9.abc " + "x" * 900
    message = OPENAI_CHAT.decode_failure(401, {}, body(said)).message
    assert len(message) <= 500
    assert "abcDEF" not in message
    assert "eyJ" not in message
    assert message.startswith("Incorrect API key provided: [removed]")


@pytest.mark.parametrize(
    ("problem", "status", "kind", "code"),
    [
        (InvalidRequest("No."), 400, "invalid_request_error", "gateway.invalid_request"),
        (Problem("No key.", status=401, code="gateway.key_refused"), 401, "invalid_request_error", "invalid_api_key"),
        (Problem("No.", status=403, code="x.y"), 403, "permission_error", "x.y"),
        (Problem("No.", status=404, code="gateway.unknown_model"), 404, "invalid_request_error", "model_not_found"),
        (Problem("No.", status=429, code="x.y"), 429, "rate_limit_error", "x.y"),
        (Problem("No.", status=502, code="x.y"), 502, "server_error", "x.y"),
        (Problem("No.", status=529, code="x.y"), 503, "server_error", "x.y"),
    ],
)
def test_our_problems_look_like_openais(problem: Problem, status: int, kind: str, code: str) -> None:
    told, raw = OPENAI_CHAT.encode_problem(problem, "req_1")
    error = json.loads(raw)["error"]
    assert (told, error["type"], error["code"], error["request_id"]) == (status, kind, code, "req_1")
    assert error["message"] == problem.message


def test_the_advice_follows_the_message() -> None:
    _, raw = OPENAI_CHAT.encode_problem(InvalidRequest("No.", action="Do that."), "r")
    assert json.loads(raw)["error"]["message"] == "No. Do that."
