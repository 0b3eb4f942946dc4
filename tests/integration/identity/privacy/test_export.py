"""What a person gets who asks what is kept about them, over HTTP on both storage columns."""

import json

from sqlalchemy import select

from powerautomation.gateway.ratings.tables import RequestRatingRow
from powerautomation.governance.audit.tables import AuditEventRow
from powerautomation.identity.privacy import service


async def taken(browser, path="session/personal-data"):
    answer = await browser.send("GET", path)
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    head, *lines = map(json.loads, answer.text.splitlines())
    return head, lines


def rows(lines, table):
    return [line["row"] for line in lines if line["table"] == table]


async def test_a_person_gets_their_own_rows_of_every_table_and_nobody_elses(here):
    admin = await here.signed_in()
    await admin.send("POST", "api-keys", {"name": "the administrator's"})
    grace = await here.person("grace@example.org", "developer", name="Grace")
    made = await grace.send("POST", "api-keys", {"name": "laptop"})
    assert made.status_code == 201, made.text
    async with here.db.unit_of_work() as session:
        for rater in (here.admin.id, (await grace.send("GET", "session")).json()["user"]["id"]):
            session.add(
                RequestRatingRow(
                    organization_id=here.admin.organization_id,
                    request_id="req_1",
                    rater_id=rater,
                    rater_kind="user",
                    rater_name="somebody",
                    rating=1,
                    comment=f"said by {rater}",
                    rated_ms=1,
                )
            )
    head, lines = await taken(grace)
    (person,) = rows(lines, "users")
    assert (head["person"], person["name"], person["email"]) == (person["id"], "Grace", "grace@example.org")
    assert [row["name"] for row in rows(lines, "api_keys")] == ["laptop"]
    assert [row["comment"] for row in rows(lines, "request_ratings")] == [f"said by {person['id']}"]
    (session_row,) = rows(lines, "sessions")
    assert session_row["ip"] == "203.0.113.7"
    assert {row["actor_id"] for row in rows(lines, "audit_events")} == {person["id"]}
    assert "personal_data.export" in [row["action"] for row in rows(lines, "audit_events")]
    assert {line["table"] for line in lines} <= set(head["tables"])


async def test_no_secret_is_in_it(here):
    admin = await here.with_password()
    made = (await admin.send("POST", "api-keys", {"name": "k"})).json()
    answer = await admin.send("GET", "session/personal-data")
    assert answer.status_code == 200
    for secret in ("password_hash", "token_hash", "token_hmac", "argon2", made["token"], admin.csrf):
        assert secret not in answer.text


async def test_only_who_may_takes_out_what_is_kept_of_others_and_it_is_written_down(here):
    admin = await here.signed_in()
    grace = await here.person("grace@example.org", "developer", name="Grace", id="usr_grace")
    _, lines = await taken(admin, "users/usr_grace/personal-data")
    assert [row["name"] for row in rows(lines, "users")] == ["Grace"]
    async with here.db.read() as session:
        asked = select(AuditEventRow.actor_id, AuditEventRow.target_id).where(
            AuditEventRow.action == "personal_data.export"
        )
        assert (await session.execute(asked)).all() == [(here.admin.id, "usr_grace")]
    refused = await grace.send("GET", f"users/{here.admin.id}/personal-data")
    assert (refused.status_code, refused.json()["code"]) == (403, "access.permission_missing")


async def test_nobody_reaches_a_person_of_another_organization(here):
    other = await here.other_organization()
    answer = await other.send("GET", f"users/{here.admin.id}/personal-data")
    assert (answer.status_code, answer.json()["code"]) == (404, "users.not_found")
    async with here.db.read() as session:
        asked = select(AuditEventRow.id).where(AuditEventRow.action == "personal_data.export")
        assert (await session.execute(asked)).all() == []


async def test_what_is_too_much_is_said_to_be_left_out(here, monkeypatch):
    monkeypatch.setattr(service, "MOST_ROWS", 2)
    admin = await here.signed_in()
    for number in range(4):
        await admin.send("POST", "api-keys", {"name": f"key {number}"})
    _, lines = await taken(admin)
    keys = [line for line in lines if line["table"] == "api_keys"]
    assert [line for line in keys if "row" not in line] == [{"table": "api_keys", "left_out": "all but the newest 2"}]
    assert len(keys) == 3


async def test_pages_leave_nothing_out_and_say_nothing_twice(here, monkeypatch):
    monkeypatch.setattr(service, "PAGE_ROWS", 3)
    admin = await here.signed_in()
    for number in range(7):
        await admin.send("POST", "api-keys", {"name": f"key {number}"})
    _, lines = await taken(admin)
    assert sorted(row["name"] for row in rows(lines, "api_keys")) == [f"key {number}" for number in range(7)]
    numbers = [row["sequence"] for row in rows(lines, "audit_events")]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) > 7
