"""``/v1/models`` for each kind of client, and ``count_tokens``, on which Claude Code's compaction depends."""

import base64
import struct
from typing import Any

import pytest

from tests.fixtures.clients import Caller, Tool
from tests.fixtures.simulators import Simulator, say
from tests.integration.gateway.proxy.conftest import Lane


def test_models_are_listed_in_the_callers_format(caller: Caller) -> None:
    answer = caller.http.get("/v1/models", params={"limit": 1000})
    assert answer.status_code == 200
    body = answer.json()
    if caller.dialect == "gemini":
        assert "models/priced-kimi" in {model["name"] for model in body["models"]}
        assert all("generateContent" in model["supportedGenerationMethods"] for model in body["models"])
        return
    names = {model["id"] for model in body["data"]}
    assert {"priced-kimi", "priced-claude", "gpt"} <= names
    if caller.dialect == "anthropic-messages":
        assert body["has_more"] is False
        assert all(model["type"] == "model" and model["display_name"] for model in body["data"])
    else:
        assert body["object"] == "list"
        # Codex reads its own list, in which these fields may not be missing.
        needed = {"slug", "display_name", "supported_reasoning_levels", "shell_type", "visibility", "supported_in_api"}
        needed |= {"priority", "support_verbosity", "truncation_policy", "experimental_supported_tools"}
        assert {model["slug"] for model in body["models"]} == names
        assert all(needed <= model.keys() and model["base_instructions"] for model in body["models"])
        assert all(model["object"] == "model" and isinstance(model["created"], int) for model in body["data"])


def test_one_model_can_be_looked_up(caller: Caller) -> None:
    found = caller.http.get("/v1/models/priced-kimi").json()
    assert found.get("id", found.get("name", "").removeprefix("models/")) == "priced-kimi"
    missing = caller.http.get("/v1/models/none-such")
    assert missing.status_code == 404
    assert missing.json()["error"]["message"]


def _count(anthropic: Caller, model: str, **extra: Any) -> int:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **extra}
    answer = anthropic.http.post("/v1/messages/count_tokens?beta=true", json=body)
    assert answer.status_code == 200, answer.text
    count: int = answer.json()["input_tokens"]
    return count


def test_counting_grows_with_everything_that_is_sent(anthropic: Caller, lane: Lane, sim: Simulator) -> None:
    plain = _count(anthropic, lane.kimi)
    assert 1 <= plain < 40
    tool = Tool("Read", {"type": "object", "properties": {"path": {"type": "string"}}}, "Reads a file. " * 20)
    tools = [{"name": tool.name, "description": tool.description, "input_schema": tool.schema}]
    assert _count(anthropic, lane.kimi, tools=tools) > plain + 50
    assert _count(anthropic, lane.kimi, system="Be brief. " * 50) > plain + 90
    long = [{"role": "user", "content": "The quick brown fox jumps over the lazy dog. " * 2000}]
    assert 18_000 <= _count(anthropic, lane.kimi, messages=long) <= 24_000


def test_counting_toward_anthropic_is_the_vendors_own_number(anthropic: Caller, lane: Lane, sim: Simulator) -> None:
    ours = _count(anthropic, lane.sonnet, system="Be brief.")
    asked = [exchange for exchange in sim.anthropic.exchanges if exchange.path.endswith("count_tokens")]
    if asked:
        sim.anthropic.then(say("x"))
        usage = anthropic.ask(lane.sonnet, system="Be brief.").usage
        assert ours == usage["input_tokens"]
    else:
        assert ours > 3


def test_counting_takes_images_by_their_size(anthropic: Caller, lane: Lane) -> None:
    def counted(width: int, height: int) -> int:
        header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)
        source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(header).decode()}
        return _count(
            anthropic, lane.kimi, messages=[{"role": "user", "content": [{"type": "image", "source": source}]}]
        )

    assert counted(560, 280) - counted(28, 28) == 20 * 10 - 1
    assert counted(100_000, 100_000) < 5_000


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model": 5}', b'{"messages": []}'])
def test_counting_refuses_what_is_not_a_request(anthropic: Caller, body: bytes) -> None:
    answer = anthropic.http.post("/v1/messages/count_tokens", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_counting_an_unknown_model_is_404(anthropic: Caller) -> None:
    body = {"model": "none-such", "messages": [{"role": "user", "content": "hi"}]}
    assert anthropic.http.post("/v1/messages/count_tokens", json=body).status_code == 404
