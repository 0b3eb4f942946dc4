"""Files: uploaded once by any vendor's SDK, named in a prompt, and read by any vendor's model."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from google import genai
from google.genai import types

from tests.fixtures.server import Server, create_key
from tests.fixtures.simulators import Simulator
from tests.integration.gateway.proxy.conftest import Lane

PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\r\n\x00\xff trailer <</Root 1 0 R>>\n%%EOF\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000"
    "000049454e44ae426082"
)
NAME = "Bericht 报告 (1).pdf"


@pytest.fixture
def openai_sdk(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as sdk:
        yield sdk


@pytest.fixture
def anthropic_sdk(server: Server) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0) as sdk:
        yield sdk


@pytest.fixture
def google_sdk(server: Server) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=server.url, client_args={"verify": False})
    client = genai.Client(api_key=server.key, http_options=options)
    yield client
    client.close()


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(verify=False, base_url=server.url, timeout=20, headers={"x-api-key": server.key}) as client:
        yield client


def documents(body: Any) -> list[dict[str, Any]]:
    """The sources of the documents in what Anthropic was sent."""
    return [
        block["source"]
        for message in body["messages"]
        if isinstance(message["content"], list)
        for block in message["content"]
        if block["type"] in ("document", "image")
    ]


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_anthropics_sdk_uploads_names_lists_and_deletes(
    anthropic_sdk: anthropic.Anthropic, sim: Simulator, lane: Lane
) -> None:
    kept = anthropic_sdk.beta.files.upload(file=(NAME, io.BytesIO(PDF), "application/pdf"))
    assert (kept.filename, kept.mime_type, kept.size_bytes, kept.type) == (NAME, "application/pdf", len(PDF), "file")
    said = anthropic_sdk.beta.messages.create(
        model=lane.messages,
        max_tokens=100,
        betas=["files-api-2025-04-14"],
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What does it say?"},
                    {"type": "document", "source": {"type": "file", "file_id": kept.id}},
                ],
            }
        ],
    )
    assert said.content
    (exchange,) = sim.anthropic.exchanges
    assert documents(exchange.json) == [{"type": "base64", "media_type": "application/pdf", "data": encoded(PDF)}]
    assert kept.id in [file.id for file in anthropic_sdk.beta.files.list(limit=1)]
    assert anthropic_sdk.beta.files.retrieve_metadata(kept.id).created_at == kept.created_at
    assert anthropic_sdk.beta.files.download(kept.id).read() == PDF
    assert anthropic_sdk.beta.files.delete(kept.id).type == "file_deleted"
    with pytest.raises(anthropic.NotFoundError):
        anthropic_sdk.beta.files.retrieve_metadata(kept.id)


def test_openais_sdk_uploads_and_claude_reads(openai_sdk: openai.OpenAI, sim: Simulator, lane: Lane) -> None:
    kept = openai_sdk.files.create(file=(NAME, PDF), purpose="user_data")
    assert (kept.filename, kept.bytes, kept.purpose, kept.object) == (NAME, len(PDF), "user_data", "file")
    first = openai_sdk.responses.create(
        model=lane.messages,
        input=[
            {
                "role": "user",
                "content": [{"type": "input_file", "file_id": kept.id}, {"type": "input_text", "text": "Sum it up."}],
            }
        ],
    )
    openai_sdk.responses.create(model=lane.messages, previous_response_id=first.id, input="And in one word?")
    openai_sdk.chat.completions.create(
        model=lane.messages,
        messages=[{"role": "user", "content": [{"type": "file", "file": {"file_id": kept.id}}]}],
    )
    sources = [documents(exchange.json) for exchange in sim.anthropic.exchanges]
    assert sources == [[{"type": "base64", "media_type": "application/pdf", "data": encoded(PDF)}]] * 3
    page = openai_sdk.files.list(limit=1)
    assert [file.id for file in page.data] == [kept.id]
    assert openai_sdk.files.content(kept.id).read() == PDF
    assert openai_sdk.files.delete(kept.id).deleted
    with pytest.raises(openai.NotFoundError):
        openai_sdk.files.retrieve(kept.id)


def test_an_image_is_seen_by_a_model_of_another_vendor(openai_sdk: openai.OpenAI, sim: Simulator, lane: Lane) -> None:
    kept = openai_sdk.files.create(file=("dot.png", PNG, "image/png"), purpose="vision")
    openai_sdk.responses.create(
        model=lane.kimi,
        input=[{"role": "user", "content": [{"type": "input_image", "file_id": kept.id, "detail": "low"}]}],
    )
    openai_sdk.chat.completions.create(
        model=lane.kimi,
        messages=[{"role": "user", "content": [{"type": "file", "file": {"file_id": kept.id}}]}],
    )
    for exchange in sim.moonshot.exchanges:
        (part,) = [part for part in exchange.json["messages"][-1]["content"] if part["type"] == "image_url"]
        assert part["image_url"]["url"] == f"data:image/png;base64,{encoded(PNG)}"


@pytest.mark.parametrize("parts", [1, 2])
def test_googles_sdk_uploads_in_parts_and_claude_reads(
    google_sdk: genai.Client, sim: Simulator, lane: Lane, tmp_path: Path, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("google.genai._api_client.CHUNK_SIZE", -(-len(PDF) // parts))
    path = tmp_path / "report.pdf"
    path.write_bytes(PDF)
    kept = google_sdk.files.upload(file=path, config={"display_name": NAME})
    assert (kept.display_name, kept.mime_type, kept.size_bytes) == (NAME, "application/pdf", len(PDF))
    assert kept.state == types.FileState.ACTIVE
    google_sdk.models.generate_content(model=lane.messages, contents=[kept, "What does it say?"])
    (exchange,) = sim.anthropic.exchanges
    assert documents(exchange.json) == [{"type": "base64", "media_type": "application/pdf", "data": encoded(PDF)}]
    assert kept.name is not None
    assert google_sdk.files.get(name=kept.name).uri == kept.uri
    assert kept.name in [file.name for file in google_sdk.files.list()]
    google_sdk.files.delete(name=kept.name)
    with pytest.raises(genai.errors.ClientError) as gone:
        google_sdk.files.get(name=kept.name)
    assert gone.value.code == 404


def test_text_reaches_claude_as_text_and_counts_in_count_tokens(
    anthropic_sdk: anthropic.Anthropic, sim: Simulator, lane: Lane
) -> None:
    words = "Grüße aus 北京. " * 50
    kept = anthropic_sdk.beta.files.upload(file=("notes.md", words.encode(), "text/markdown"))
    source: Any = {"type": "file", "file_id": kept.id}
    messages: Any = [{"role": "user", "content": [{"type": "document", "source": source, "title": "Mine"}]}]
    anthropic_sdk.beta.messages.create(model=lane.messages, max_tokens=10, messages=messages)
    (exchange,) = sim.anthropic.exchanges
    assert documents(exchange.json) == [{"type": "text", "media_type": "text/plain", "data": words}]
    assert exchange.json["messages"][0]["content"][0]["title"] == "Mine"
    counted = anthropic_sdk.messages.count_tokens(model=lane.kimi, messages=messages)
    assert counted.input_tokens > 200


def test_pages_go_on_where_the_one_before_ended(openai_sdk: openai.OpenAI, sim: Simulator) -> None:
    before = {file.id for file in openai_sdk.files.list()}
    made = [openai_sdk.files.create(file=(f"{number}.txt", b"x"), purpose="user_data").id for number in range(5)]
    newest_first = [file.id for file in openai_sdk.files.list(limit=2) if file.id not in before]
    assert newest_first == made[::-1]
    oldest_first = [file.id for file in openai_sdk.files.list(limit=2, order="asc") if file.id not in before]
    assert oldest_first == made
    for name in made:
        openai_sdk.files.delete(name)


def test_a_file_belongs_to_its_key_and_the_keys_of_its_project(server: Server, sim: Simulator, lane: Lane) -> None:
    def client(project: str = "") -> openai.OpenAI:
        key = create_key(server.data_dir, environment=server.environment, project=project)
        return openai.OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0)

    alone, stranger, one, other = client(), client(), client("apollo"), client("apollo")
    own = alone.files.create(file=("a.txt", b"alone"), purpose="user_data").id
    shared = one.files.create(file=("b.txt", b"shared"), purpose="user_data").id
    assert other.files.content(shared).read() == b"shared"
    for sdk, name in ((stranger, own), (stranger, shared), (one, own), (alone, shared)):
        with pytest.raises(openai.NotFoundError):
            sdk.files.retrieve(name)
        with pytest.raises(openai.NotFoundError):
            sdk.files.delete(name)
        with pytest.raises(openai.NotFoundError):
            sdk.chat.completions.create(
                model=lane.messages,
                messages=[{"role": "user", "content": [{"type": "file", "file": {"file_id": name}}]}],
            )
        assert name not in [file.id for file in sdk.files.list()]
    assert sim.anthropic.exchanges == []
    assert alone.files.content(own).read() == b"alone"
    for sdk in (alone, stranger, one, other):
        sdk.close()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b""),
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nno head\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\ncontent-disposition: form-data; name="file"\r\n\r\nx\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\ncontent-disposition: form-data; name="file"; filename="e"\r\n\r\n\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\ncontent-disposition: form-data; name="file"; filename="e"\r\n'
            b"content-type: text/html<script>\r\n\r\nx\r\n--x--\r\n",
        ),
        ("multipart/form-data; boundary=x", b"--x\r\na: b\r\n\r\n" * 40 + b"--x--"),
    ],
)
@pytest.mark.parametrize("version", ["", "2023-06-01"])
def test_what_is_no_upload_is_refused_in_the_clients_shape(
    http: httpx2.Client, content_type: str, body: bytes, version: str
) -> None:
    headers = {"content-type": content_type, **({"anthropic-version": version} if version else {})}
    answer = http.post("/v1/files", content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["message"]
    assert answer.json().get("type") == ("error" if version else None)


def test_purposes_that_are_not_for_prompts_and_files_too_large_are_refused(openai_sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="batch"):
        openai_sdk.files.create(file=("a.jsonl", b"{}"), purpose="batch")
    with pytest.raises(openai.APIStatusError) as large:
        openai_sdk.files.create(file=("a.bin", bytes(1_600_000)), purpose="user_data")
    assert large.value.status_code == 413


def test_a_request_with_its_files_inside_is_no_larger_than_a_request(openai_sdk: openai.OpenAI, lane: Lane) -> None:
    kept = openai_sdk.files.create(file=("a.bin", bytes(1_000_000)), purpose="user_data")
    part: Any = {"type": "file", "file": {"file_id": kept.id}}
    with pytest.raises(openai.APIStatusError, match="files it names") as large:
        openai_sdk.chat.completions.create(model=lane.messages, messages=[{"role": "user", "content": [part, part]}])
    assert large.value.status_code == 413
    openai_sdk.files.delete(kept.id)


def test_an_upload_in_parts_takes_only_what_follows(http: httpx2.Client, sim: Simulator) -> None:
    start = {"x-goog-upload-protocol": "resumable", "x-goog-upload-command": "start"}
    begun = http.post("/upload/v1beta/files", json={"file": {"mimeType": "text/plain"}}, headers=start)
    assert begun.status_code == 200
    where = begun.headers["x-goog-upload-url"]

    def send(command: str, offset: str, content: bytes = b"abc") -> httpx2.Response:
        return httpx2.post(
            where,
            content=content,
            headers={"x-goog-upload-command": command, "x-goog-upload-offset": offset},
            verify=False,
            timeout=20,
        )

    assert send("upload", "0").headers["x-goog-upload-status"] == "active"
    for command, offset in (("upload", "0"), ("upload", "7"), ("upload", "-1"), ("delete", "3"), ("upload", "x")):
        assert send(command, offset).status_code == 400
    assert send("upload, finalize", "3", b"def").json()["file"]["sizeBytes"] == "6"
    assert send("upload", "6").status_code == 404
    assert http.get("/v1beta/files").json()["files"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("path", ["/v1/files", "/v1/files/file-pa00", "/v1beta/files", "/v1/files/file-pa00/content"])
def test_other_methods_are_refused(http: httpx2.Client, method: str, path: str) -> None:
    assert http.request(method, path).status_code == 405


def test_without_a_key_nothing_is_told(server: Server) -> None:
    for path in ("/v1/files", "/v1/files/file-pa00", "/v1beta/files", "/upload/v1/files?upload_id=file-pa00"):
        answer = httpx2.get(server.url + path, verify=False, timeout=20)
        assert answer.status_code in (400, 401), path


def test_a_file_may_be_kept_for_less_time_and_is_listed_by_its_purpose(openai_sdk: openai.OpenAI) -> None:
    short = openai_sdk.files.create(
        file=("a.txt", b"x"), purpose="assistants", expires_after={"anchor": "created_at", "seconds": 3600}
    )
    assert short.expires_at is not None
    assert short.expires_at - short.created_at == 3600
    with pytest.raises(openai.BadRequestError, match="expires_after"):
        openai_sdk.files.create(
            file=("a.txt", b"x"), purpose="assistants", expires_after={"anchor": "created_at", "seconds": 5}
        )
    assert short.id in [file.id for file in openai_sdk.files.list(purpose="assistants")]
    assert short.id not in [file.id for file in openai_sdk.files.list(purpose="vision")]
    openai_sdk.files.delete(short.id)


def test_google_downloads_what_it_uploaded(google_sdk: genai.Client, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"notes")
    kept = google_sdk.files.upload(file=path)
    assert google_sdk.files.download(file=str(kept.name)) == b"notes"
    google_sdk.files.delete(name=str(kept.name))


def test_a_vendors_container_gets_no_file_of_ours(http: httpx2.Client, sim: Simulator, lane: Lane) -> None:
    block = {"type": "container_upload", "file_id": "file-pa00"}
    body = {"model": lane.messages, "max_tokens": 5, "messages": [{"role": "user", "content": [block]}]}
    answer = http.post("/v1/messages", json=body)
    assert answer.status_code == 400
    assert "container" in answer.json()["error"]["message"]
    assert sim.ledger.exchanges() == []
