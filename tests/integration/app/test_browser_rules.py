"""What browsers are told, and what nobody gets: headers of every kind of answer, other origins, odd methods, files."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import httpx2
import pytest

from powerautomation.app import console
from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, installation

ELSEWHERE = {"origin": "https://elsewhere.example"}
# A page, a file, the control API, the gateway in three dialects, and what is nowhere.
PLACES = (
    *(
        "/",
        "/requests",
        "/assets/app.js",
        "/docs",
        "/healthz",
        "/api/v1/session",
        "/api/v1/nothing",
        "/api/openapi.json",
    ),
    *("/v1/models", "/v1/messages", "/v1/chat/completions", "/v1beta/models", "/v1/files", "/v1/nothing"),
)


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    """An installation with a small console of its own, beside which lies a file that is nobody's business."""
    folder = tmp_path / "console"
    (folder / "assets" / "deep").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>console</title>")
    (folder / "assets" / "app.js").write_text("0")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "config").write_text("canary")
    (tmp_path / "secret.key").write_text("canary")
    monkeypatch.setattr(console, "FOLDER", folder)
    async with installation(Settings.model_validate({"data_dir": tmp_path / "data"})) as running:
        yield running


async def test_no_answer_may_be_taken_for_another_kind_of_content(here: Installation) -> None:
    http = here.browser()
    for place in PLACES:
        answer = await http.get(place)
        assert answer.headers["x-content-type-options"] == "nosniff", place
        assert answer.headers["content-type"], place
        if answer.headers["content-type"].startswith("text/"):
            assert "charset=utf-8" in answer.headers["content-type"], place


async def test_no_answer_can_be_framed(here: Installation) -> None:
    http = here.browser()
    for place in PLACES:
        policy = (await http.get(place)).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy, place
        assert "default-src 'self'" in policy or "default-src 'none'" in policy, place


async def test_pages_cannot_be_framed_and_tell_other_sites_nothing_of_their_address(here: Installation) -> None:
    http = here.browser()
    for place in ("/", "/requests", "/docs", "/assets/app.js"):
        headers = (await http.get(place)).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], place
        assert "object-src 'none'" in headers["content-security-policy"], place
        assert "connect-src 'self'" in headers["content-security-policy"], place
        assert headers["referrer-policy"] == "same-origin", place
        assert headers["cross-origin-opener-policy"] == "same-origin", place


async def test_no_page_of_another_origin_may_read_an_answer(here: Installation) -> None:
    admin = await here.administrator()
    for place in PLACES:
        for method in ("GET", "OPTIONS"):
            headers = {**ELSEWHERE, "access-control-request-method": "POST"}
            answer = await admin.http.request(method, place, headers=headers)
            assert [name for name in answer.headers if name.startswith("access-control-")] == [], (method, place)


async def test_no_request_is_sent_back_by_trace(here: Installation) -> None:
    http = here.browser()
    for place in PLACES:
        answer = await http.request("TRACE", place, headers={"x-canary": "canary"})
        assert answer.status_code in (401, 404, 405), (place, answer.status_code)
        assert "canary" not in answer.text


@pytest.mark.parametrize(
    "place",
    [
        *(
            "/assets",
            "/assets/",
            "/assets/deep",
            "/assets/deep/",
            "/assets/../../secret.key",
            "/assets/%2e%2e/.hidden/config",
        ),
        *(
            "/..%2fsecret.key",
            "/%2e%2e/secret.key",
            "/../secret.key",
            "/.hidden",
            "/.hidden/config",
            "/.hidden%2fconfig",
        ),
        *("/.git/config", "/..\\secret.key", "//etc/passwd", "/assets//etc/passwd", "/assets/%2fetc%2fpasswd"),
    ],
)
async def test_only_files_of_the_console_are_served_and_no_folder_is_listed(here: Installation, place: str) -> None:
    answer = await here.browser().send(httpx2.Request("GET", f"https://console.test{place}"))
    # The console shows its own page for addresses it does not know.
    assert answer.status_code in (307, 404) or answer.text == "<!doctype html><title>console</title>"
    assert "canary" not in answer.text
    assert "app.js" not in answer.text


async def test_everything_a_guarded_address_answers_is_kept_by_no_cache(here: Installation) -> None:
    admin = await here.administrator()
    for path in ("session", "api-keys", "users", "requests", "settings", "audit-events", "providers", "nothing"):
        answer = await admin.call("GET", path)
        assert answer.headers["cache-control"] == "no-store", path


async def test_what_the_gateway_answers_to_a_get_is_kept_by_no_cache(here: Installation) -> None:
    admin = await here.administrator()
    form = {"file": ("report.pdf", b"%PDF", "application/pdf"), "purpose": (None, "user_data")}
    headers = {"authorization": f"Bearer {admin.key}"}
    kept = (await admin.http.post("/v1/files", files=form, headers=headers)).json()["id"]
    for path in ("models", "files", f"files/{kept}", f"files/{kept}/content", "responses/resp_1", "nothing"):
        answer = await admin.http.get(f"/v1/{path}", headers=headers)
        assert answer.headers["cache-control"] == "no-store", path


async def test_file_is_given_back_to_be_saved_under_its_encoded_name_and_never_shown(here: Installation) -> None:
    admin = await here.administrator()
    name = 'a"; x=.html 报告'
    page = b"<script>alert(1)</script>"
    form = {"file": (name, page, "text/html"), "purpose": (None, "user_data")}
    headers = {"authorization": f"Bearer {admin.key}"}
    kept = (await admin.http.post("/v1/files", files=form, headers=headers)).json()["id"]
    answer = await admin.http.get(f"/v1/files/{kept}/content", headers=headers)
    assert answer.content == page
    assert answer.headers["x-content-type-options"] == "nosniff"
    kind, _, named = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert kind == "attachment"
    assert not set(named) & set('"; <>\r\n')
    assert unquote(named).endswith("报告")


async def test_over_tls_browsers_are_told_to_stay_there_for_a_year(here: Installation) -> None:
    for place in ("/", "/docs", "/api/v1/session", "/assets/app.js"):
        assert (await here.browser().get(place)).headers["strict-transport-security"] == "max-age=31536000", place
