"""Embeddings across vendors: Google's SDK on OpenAI-style vendors, OpenAI's SDK on Google, and each on its own."""

from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from google import genai
from google.genai import errors, types

from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Failure, Simulator

TEXTS = ["one text", "ein anderer", "另一个"]


@pytest.fixture
def google(server: Server) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=server.url, client_args={"verify": False})
    client = genai.Client(api_key=server.key, http_options=options)
    yield client
    client.close()


@pytest.fixture
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as sdk:
        yield sdk


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(verify=False, base_url=server.url, timeout=20, headers={"x-goog-api-key": server.key}) as sdk:
        yield sdk


def test_googles_sdk_gets_vectors_of_an_openai_style_vendor(
    google: genai.Client, sim: Simulator, console: Console
) -> None:
    config = types.EmbedContentConfig(task_type="RETRIEVAL_DOCUMENT", title="Animals", output_dimensionality=5)
    made = google.models.embed_content(model="embed", contents=TEXTS, config=config)
    assert made.embeddings is not None
    assert [len(one.values or ()) for one in made.embeddings] == [5, 5, 5]
    assert len({str(one.values) for one in made.embeddings}) == 3
    (exchange,) = sim.ledger.exchanges("openai")
    assert exchange.json == {
        "model": "text-embedding-3-small",
        "input": [f"Animals\n{text}" for text in TEXTS],
        "dimensions": 5,
    }
    assert made.sdk_http_response is not None
    assert made.sdk_http_response.headers is not None
    row = console.request(made.sdk_http_response.headers["x-request-id"])
    assert exchange.usage is not None
    assert (row["outcome"], row["dialect"], row["output_tokens"]) == ("completed", "gemini-embeddings", 0)
    assert row["input_tokens"] == exchange.usage.input
    told = [part for part in row["reason_parts"] if part["code"] == "adapted"]
    assert told
    assert "taskType" in str(told)
    assert "title" in str(told)


@pytest.mark.parametrize("form", ["float", "base64"])
def test_openais_sdk_gets_googles_vectors_with_tokens_and_a_price(
    client: openai.OpenAI, sim: Simulator, console: Console, form: str
) -> None:
    raw = client.embeddings.with_raw_response.create(
        model="google-embeds",
        input=TEXTS,
        dimensions=6,
        encoding_format=form,  # type: ignore[arg-type]  # a literal
    )
    made = raw.parse()
    assert [item.index for item in made.data] == [0, 1, 2]
    assert len({str(item.embedding) for item in made.data}) == 3
    (exchange,) = sim.ledger.exchanges("google")
    assert exchange.path.endswith("/models/gemini-embedding-001:batchEmbedContents")
    assert [one["outputDimensionality"] for one in exchange.json["requests"]] == [6, 6, 6]
    assert exchange.usage is not None
    assert made.usage.prompt_tokens == made.usage.total_tokens == exchange.usage.input
    row = console.request(raw.headers["x-request-id"])
    assert (row["input_tokens"], row["usage_estimated"]) == (exchange.usage.input, False)
    assert row["cost_nanos"] == exchange.usage.input * 600


def test_what_google_does_not_count_is_an_estimate_in_the_answer_and_in_the_ledger(
    client: openai.OpenAI, console: Console
) -> None:
    raw = client.embeddings.with_raw_response.create(model="google-embeds-silently", input="Count this. " * 40)
    row = console.request(raw.headers["x-request-id"])
    assert row["usage_estimated"] is True
    assert row["input_tokens"] == raw.parse().usage.prompt_tokens > 20


def test_googles_sdk_reaches_google_with_everything_it_said(google: genai.Client, sim: Simulator) -> None:
    config = types.EmbedContentConfig(task_type="RETRIEVAL_DOCUMENT", title="Animals", output_dimensionality=5)
    made = google.models.embed_content(model="google-embeds", contents=TEXTS[:2], config=config)
    assert made.embeddings is not None
    assert len(made.embeddings) == 2
    (exchange,) = sim.ledger.exchanges("google")
    assert exchange.json["requests"] == [
        {
            "model": "models/gemini-embedding-001",
            "content": {"parts": [{"text": text}], "role": "user"},
            "taskType": "RETRIEVAL_DOCUMENT",
            "title": "Animals",
            "outputDimensionality": 5,
        }
        for text in TEXTS[:2]
    ]


@pytest.mark.parametrize("model", ["google-embeds", "embed"])
def test_one_text_is_embedded_alone(http: httpx2.Client, sim: Simulator, model: str) -> None:
    body = {"model": f"models/{model}", "content": {"parts": [{"text": "one"}, {"text": "two"}]}}
    answer = http.post(f"/v1beta/models/{model}:embedContent", json=body)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert len(made["embedding"]["values"]) == 8
    (exchange,) = sim.ledger.exchanges()
    assert exchange.usage is not None
    assert made["usageMetadata"]["promptTokenCount"] == exchange.usage.input
    if model == "embed":
        assert exchange.json["input"] == ["one\ntwo"]


PICTURE = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "requests"),
        ({"requests": []}, "requests"),
        ({"requests": [{}]}, "content"),
        ({"requests": [{"content": {"parts": []}}]}, "no text"),
        ({"requests": [{"content": {"parts": [PICTURE]}}]}, "texts only"),
        ({"requests": [{"content": {"parts": [{"text": "x"}]}, "model": "models/other"}]}, "model of the address"),
        ({"requests": [{"content": {"parts": [{"text": "x"}]}, "fresh": 1}]}, "fresh"),
        (
            {"requests": [{"content": {"parts": [{"text": "x"}]}, "outputDimensionality": size} for size in (3, 4)]},
            "outputDimensionality",
        ),
    ],
)
def test_what_an_openai_style_vendor_cannot_be_told_is_refused_in_googles_format(
    http: httpx2.Client, sim: Simulator, body: dict[str, Any], said: str
) -> None:
    answer = http.post("/v1beta/models/embed:batchEmbedContents", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert said in answer.json()["error"]["message"]
    assert sim.ledger.exchanges("openai") == []


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"input": [[1, 2], [3]]}, "tokens mean nothing"),
        ({"input": ["x", ""]}, "none may be empty"),
        ({"input": ["x"] * 101}, "at most 100 texts"),
        ({"input": "x", "input_type": "query"}, "input_type"),
        ({"input": "x", "encoding_format": "hex"}, "encoding_format"),
    ],
)
def test_what_google_cannot_be_told_is_refused_in_openais_format(
    client: openai.OpenAI, sim: Simulator, wish: dict[str, Any], said: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=said):
        client.post("/embeddings", body={"model": "google-embeds", **wish}, cast_to=object)
    assert sim.ledger.exchanges() == []


def test_models_that_make_none_say_so_to_google(google: genai.Client, sim: Simulator) -> None:
    for model in ("only-claude-embeds", "powerautomation-demo"):
        with pytest.raises(errors.ClientError, match="cannot make embeddings"):
            google.models.embed_content(model=model, contents="x")
    with pytest.raises(errors.ClientError, match="none-such") as unknown:
        google.models.embed_content(model="none-such", contents="x")
    assert unknown.value.code == 404
    assert sim.ledger.exchanges() == []


def test_a_vendors_failure_is_told_in_the_clients_format(
    google: genai.Client, client: openai.OpenAI, sim: Simulator
) -> None:
    sim.openai.always(Failure("server_error"))
    with pytest.raises(errors.ServerError):
        google.models.embed_content(model="embed", contents="x")
    sim.google.always(Failure("server_error"))
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(model="google-embeds", input="x")
