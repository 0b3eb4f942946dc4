"""Embeddings: OpenAI's SDK unchanged, failover, the ledger, and clear words where nobody can make them."""

from collections.abc import Iterator

import openai
import pytest

from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Failure, Simulator


@pytest.fixture
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as sdk:
        yield sdk


@pytest.mark.parametrize("form", ["float", "base64"])
def test_sdk_gets_vectors_and_the_ledger_counts_the_vendors_tokens(
    client: openai.OpenAI, sim: Simulator, console: Console, form: str
) -> None:
    texts = ["one text", "ein anderer", "另一个"]
    raw = client.embeddings.with_raw_response.create(model="embed", input=texts, encoding_format=form)  # type: ignore[arg-type]  # a literal
    made = raw.parse()
    assert [item.index for item in made.data] == [0, 1, 2]
    assert len({str(item.embedding) for item in made.data}) == 3
    assert raw.headers["x-powerautomation-route"] == "gpt/text-embedding-3-small"
    (exchange,) = sim.ledger.exchanges("openai")
    assert exchange.json["model"] == "text-embedding-3-small"
    assert exchange.usage is not None
    row = console.request(raw.headers["x-request-id"])
    assert (row["outcome"], row["dialect"]) == ("completed", "openai-embeddings")
    assert row["input_tokens"] == exchange.usage.input == made.usage.prompt_tokens
    assert row["output_tokens"] == 0
    assert [part["code"] for part in row["reason_parts"]][:2] == ["model", "passed_over"]
    assert row["attempts"][-1]["deployment"] == "gpt/text-embedding-3-small"


def test_tokens_as_input_pass_through(client: openai.OpenAI, sim: Simulator) -> None:
    made = client.embeddings.create(model="embed", input=[[1, 2, 3], [4, 5]])
    assert len(made.data) == 2
    assert sim.ledger.exchanges("openai")[0].json["input"] == [[1, 2, 3], [4, 5]]


def test_vendors_refusal_is_the_callers_and_its_failure_is_a_502(client: openai.OpenAI, sim: Simulator) -> None:
    with pytest.raises(openai.BadRequestError, match="encoding_format"):
        client.embeddings.create(model="embed", input="x", encoding_format="hex")  # type: ignore[arg-type]  # wrong on purpose
    sim.openai.always(Failure("server_error"))
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(model="embed", input="x")


@pytest.mark.parametrize(
    "body",
    [{"input": "x"}, {"model": "embed"}, {"model": "embed", "input": []}, {"model": "embed", "input": 5},
     {"model": "embed", "input": "x", "stream": True}, {"model": 5, "input": "x"}],
)  # fmt: skip
def test_what_is_no_embeddings_request_is_refused(
    client: openai.OpenAI, sim: Simulator, body: dict[str, object]
) -> None:
    with pytest.raises(openai.BadRequestError):
        client.post("/embeddings", body=body, cast_to=object)
    assert sim.ledger.exchanges() == []


def test_models_that_make_none_say_so(client: openai.OpenAI, sim: Simulator) -> None:
    with pytest.raises(openai.BadRequestError, match="cannot make embeddings"):
        client.embeddings.create(model="only-claude-embeds", input="x")
    with pytest.raises(openai.BadRequestError, match="cannot make embeddings"):
        client.embeddings.create(model="powerautomation-demo", input="x")
    assert sim.ledger.exchanges() == []
