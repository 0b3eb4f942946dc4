"""The compliance report over HTTP and by the command line, on both storage columns."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator

import pytest

from powerautomation.infrastructure.settings import Settings
from powerautomation.operations.compliance.words import WORDS
from tests.integration.app.installation import Installation, Person, installation, settings_with

PATH = "/api/v1/compliance-report"


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(settings_with(column)) as running:
        yield running


async def report_of(admin: Person, **asked: str) -> dict[str, dict]:
    answer = await admin.http.get(PATH, params=asked)
    assert answer.status_code == 200, answer.text
    sections = {one["id"]: one for one in answer.json()["sections"]}
    for one in sections.values():
        assert all(len(row) == len(one["columns"]) for row in one["rows"])
    return sections


async def test_it_says_who_may_do_what_what_is_old_and_what_changed(here: Installation) -> None:
    admin = await here.administrator()
    await admin.ok("POST", "api-keys", {"name": "=cmd()"})
    invited = await admin.ok("POST", "users", {"name": "李雷", "email": "lilei@example.org", "role": "developer"})
    await admin.ok("PATCH", f"users/{invited['user_id']}", {"role": "guest"})
    found = await report_of(admin)
    people = {row[0]: row for row in found["access"]["rows"]}
    assert people["李雷"][1:5] == ["lilei@example.org", "person", "Guest", "invited"]
    roles = {row[0]: row[3] for row in found["roles"]["rows"]}
    assert "compliance:read" in roles["System administrator"]
    assert roles["Guest"] == "organizations:read, prices:read"
    assert "=cmd()" in [row[0] for row in found["keys"]["rows"]]
    assert {row[-1] for row in found["keys_to_look_at"]["rows"] if row[0] == "=cmd()"} == {"never used", "has no end"}
    changes = [(row[2], row[3]) for row in found["changes"]["rows"]]
    assert ("users.update", "李雷") in changes
    assert ("users.create", "李雷") in changes
    assert found["dormant"]["rows"] == []
    assert found["one_factor"]["rows"]
    assert found["encryption"]["rows"][0][0] == "master key"
    assert found["retention"]["rows"]
    assert int(dict(found["audit"]["rows"])["Last event"]) >= 3


async def test_it_comes_in_three_languages_and_as_pdf_csv_and_json(here: Installation) -> None:
    admin = await here.administrator()
    await admin.ok("POST", "api-keys", {"name": "=cmd()"})
    assert (await admin.http.get(PATH, params={"language": "zh-TW"})).json()["title"] == "合規報告"
    for language in ("en", "zh-CN", "zh-TW"):
        answer = await admin.http.get(f"{PATH}/file", params={"format": "pdf", "language": language})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert re.search(rb"/Count [1-9]", answer.content)
        # Each collection of characters has its own encoding: readers show nothing by another's.
        assert (b"/UniCNS-UCS2-H" in answer.content) == (language == "zh-TW")
    table = (await admin.http.get(f"{PATH}/file", params={"format": "csv"})).content.decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(table)) if row and "cmd" in row[0]][:1] == ["'=cmd()"]
    whole = json.loads((await admin.http.get(f"{PATH}/file", params={"format": "json"})).content)
    assert whole["sections"]
    events = await admin.ok("GET", "audit-events?action=compliance.export")
    assert [one["changes"][0]["after"] for one in events["items"]] == ["json", "csv", "pdf", "pdf", "pdf"]


async def test_a_period_that_ends_before_it_begins_or_is_too_long_is_refused(here: Installation) -> None:
    admin = await here.administrator()
    for asked in (
        {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "2010-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
    ):
        answer = await admin.http.get(PATH, params=asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "compliance.period_invalid")


def test_every_word_is_there_in_every_language() -> None:
    assert WORDS["en"].keys() == WORDS["zh-CN"].keys() == WORDS["zh-TW"].keys()
