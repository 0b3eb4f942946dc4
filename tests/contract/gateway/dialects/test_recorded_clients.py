"""What the real command lines sent (tests/contract/recorded) goes through a gateway to a vendor of every dialect, which
refuses what the real one refuses."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.record_clients import MOST_CHARACTERS
from tests.fixtures.clients import Caller, DialectName, Seen, read_answer
from tests.fixtures.hostile import PIXEL
from tests.fixtures.server import Server, running_server
from tests.fixtures.simulators import Simulator, say

Json = dict[str, Any]
RECORDED = sorted(Path(__file__).parents[2].joinpath("recorded").glob("*.json"))
MOST_BYTES = 60_000
DIALECTS: dict[str, DialectName] = {
    "claude-code": "anthropic-messages",
    "codex": "openai-responses",
    "gemini-cli": "gemini",
}
# A vendor of each dialect, with one of the older and one of the newer models where they differ.
UPSTREAMS = {
    "claude-sonnet-4-5": ("anthropic-messages", "anthropic"),
    "claude-sonnet-4-6": ("anthropic-messages", "anthropic"),
    "claude-opus-4-8": ("anthropic-messages", "anthropic"),
    "kimi-k2.6": ("openai-chat", "moonshot"),
    "kimi-k3": ("openai-chat", "moonshot"),
    "gpt-5.5": ("openai-responses", "responses"),
    "gemini-2.5-pro": ("gemini", "google"),
    "gemini-3.8-flash": ("gemini", "google"),
}
# What must be in whatever a vendor gets: question, answer, call and result.
SAID = {
    "claude-code": (
        "Read the notes. — Grüße, 世界", "Reading — 好.", "/home/user/project/notes.txt", "File does not exist.",
        "Say goodbye instead of hello. — Grüße", "Primary working directory: /home/user/project",
    ),
    "codex": (
        "Greet me. — Grüße, 世界", "Greeting — 好.", "<cwd>/home/user/project</cwd>", "echo Grüße", "Wall time",
    ),
    "gemini-cli": (
        "Greet me. — Grüße, 世界", "Greeting — 好.", "/home/user/project", "echo Grüße", "Output: Grüße",
    ),
    "gemini-cli-chooses": ("Greet me. — Grüße, 世界", "complexity_score"),
}  # fmt: skip
# What only the vendor of a client understands.
OWN = ("x-anthropic-billing-header", "cache_control", "context_management", "prompt_cache_key", "client_metadata")


def client_of(path: Path) -> str:
    """Which command line a file is of."""
    return next(name for name in DIALECTS if path.stem.startswith(name))


def instructions_of(dialect: DialectName, body: Json) -> str:
    """The beginning of the system prompt."""
    if dialect == "anthropic-messages":
        text = body["system"][-1]["text"]
    elif dialect == "gemini":
        text = body["systemInstruction"]["parts"][0]["text"]
    else:
        told = (item for item in body["input"] if item.get("role") == "developer" and "content" in item)
        text = next(told)["content"][0]["text"]
    return str(text)[:500]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value
        if value.startswith("{"):
            try:
                yield from _strings(json.loads(value))
            except ValueError:
                return


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def server(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    vendors = dict(UPSTREAMS.values())
    providers = {
        vendor: {"dialect": dialect, "base_url": simulator.vendors[vendor].base_url, "api_key": "sk-house"}
        for dialect, vendor in vendors.items()
    }
    models = {f"at-{name}": {"deployments": [{"provider": at[1], "model": name}]} for name, at in UPSTREAMS.items()}
    with running_server(tmp_path_factory.mktemp("recorded"), {"providers": providers, "models": models}) as running:
        yield running


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_every_vendor_accepts_what_a_real_client_sends(
    server: Server, simulator: Simulator, path: Path, upstream: str
) -> None:
    client = client_of(path)
    dialect, name = DIALECTS[client], UPSTREAMS[upstream][1]
    recorded = json.loads(path.read_text("utf-8"))
    simulator.reset()
    simulator.vendors[name].then(say("Heard. — 好"))
    body, address = recorded["body"], recorded["path"]
    if dialect == "gemini":
        address = re.sub(r"models/[^:]+", f"models/at-{upstream}", address)
    else:
        body = {**body, "model": f"at-{upstream}"}
    with Caller(server.url, server.key, dialect) as caller:
        answer = caller.http.post(address, json=body, headers=recorded["headers"])
    seen = Seen(answer.status_code, dict(answer.headers.items()), answer.content)
    read_answer(dialect, seen)
    exchanges = simulator.vendors[name].exchanges
    assert (seen.status, seen.error) == (200, None), [one.rejection for one in exchanges]
    assert (seen.text, seen.complete) == ("Heard. — 好", True)
    (exchange,) = exchanges
    assert (exchange.outcome, exchange.warnings) == ("completed", [])
    told = "\n".join(_strings(exchange.json))
    for piece in SAID.get(path.stem, SAID[client]):
        assert piece in told
    assert instructions_of(dialect, body) in told
    if client == "claude-code":
        assert PIXEL[:60] in told
    if dialect != UPSTREAMS[upstream][0]:
        assert [word for word in OWN if word in told] == []


def test_a_native_request_arrives_as_it_was_recorded(server: Server, simulator: Simulator) -> None:
    path = next(path for path in RECORDED if path.stem == "claude-code-claude-sonnet-4-6")
    recorded = json.loads(path.read_text("utf-8"))
    simulator.reset()
    with Caller(server.url, server.key, "anthropic-messages") as caller:
        asked = {**recorded["body"], "model": "at-claude-sonnet-4-6"}
        caller.http.post(recorded["path"], json=asked, headers=recorded["headers"])
    (exchange,) = simulator.anthropic.exchanges
    assert exchange.json == recorded["body"]
    assert exchange.headers["anthropic-beta"] == recorded["headers"]["anthropic-beta"]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_was_recorded_is_small_and_belongs_to_nobody(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert max(map(len, _strings(json.loads(text)))) < MOST_CHARACTERS + 100
    uuids = re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", text)
    assert all(one.startswith("00000000-0000-4000-8000-") for one in uuids)
    places = r"(?<!\.gemini)/(?:tmp|root|Users|home)/(?!user\b|task)\w+"
    assert re.findall(rf"{places}|\bpa_[A-Za-z0-9]{{8,}}|127\.0\.0\.1:\d+", text) == []
