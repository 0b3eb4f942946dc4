"""Every event reaches a webhook in order, at least once, through failures and restarts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from powerautomation.governance import audit
from powerautomation.governance.audit_streams import (
    NotDelivered,
    Stream,
    deliver_batch,
    jobs,
    open_streams,
    report_streams,
)
from powerautomation.governance.audit_streams.service import release_streams
from powerautomation.governance.audit_verifier import verify
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.principal import Principal
from tests.fixtures.ports import held_port
from tests.fixtures.receivers import WebReceiver, web_receiver
from tests.integration.app.installation import installation, settings_with
from tests.integration.app.test_encryption_command import run_command

ADA = Principal("user", "usr_1", "org_a", "Ada")
BOB = Principal("user", "usr_2", "org_b", "Bob")
SECRET = "a-secret-that-signs-1234"


def declared(port: int) -> dict[str, object]:
    address = f"http://127.0.0.1:{port}/audit"
    return {"streams": {"siem": {"kind": "webhook", "address": address, "secret": SECRET}}}


def siem(port: int) -> Stream:
    (stream,) = open_streams(Settings.model_validate({"audit": declared(port)}))
    return stream


async def write(db: Database, principal: Principal, count: int = 1) -> None:
    for _ in range(count):
        async with db.unit_of_work() as session:
            audit.record(session, principal, "things.update", audit.Target("thing", "thg_1"))


async def chain(db: Database, organization_id: str) -> list[bytes]:
    return [audit.export_line(one) async for one in audit.export_chain(db, organization_id)]


@pytest.fixture
async def receiver() -> AsyncIterator[WebReceiver]:
    async with web_receiver() as receiver:
        yield receiver


async def test_a_receiver_gets_each_chain_whole_and_what_it_did_not_take_again(
    db: Database, receiver: WebReceiver
) -> None:
    stream = siem(receiver.port)
    await write(db, ADA, 3)
    await write(db, BOB, 2)
    receiver.statuses = [503, 200, 500]

    for _ in range(2):
        with pytest.raises(NotDelivered):
            await deliver_batch(db, stream, "here")
    async with db.read() as session:
        (late,) = await report_streams(session, [stream], None)
        (of_bob,) = await report_streams(session, [stream], "org_b")
    assert not await deliver_batch(db, stream, "here")
    await write(db, ADA)
    assert not await deliver_batch(db, stream, "here")
    await stream.close()

    assert (late.behind, of_bob.behind, late.condition.failures) == (2, 2, 1)
    assert "500" in late.condition.error
    lines = receiver.signed_lines(SECRET)
    assert sorted(lines) == sorted([*await chain(db, "org_a"), *await chain(db, "org_b")])
    # What was received is a log that can be verified.
    assert verify(sorted(lines, key=lambda line: b"org_b" in line)).ok
    deliveries = [one.headers["powerautomation-delivery"] for one in receiver.requests]
    assert deliveries == ["org_a:1-3", "org_b:1-2", "org_a:4-4"]
    async with db.read() as session:
        (after,) = await report_streams(session, [stream], None)
    assert (after.behind, after.condition.failures, after.condition.error) == (0, 0, "")


async def test_one_server_sends_at_a_time_and_another_goes_on_after_it(db: Database, receiver: WebReceiver) -> None:
    stream = siem(receiver.port)
    await write(db, ADA)
    await deliver_batch(db, stream, "here")
    await write(db, ADA)

    assert not await deliver_batch(db, stream, "elsewhere")
    assert len(receiver.requests) == 1
    await release_streams(db, "here")
    await deliver_batch(db, stream, "elsewhere")
    await stream.close()

    assert receiver.signed_lines(SECRET) == await chain(db, "org_a")


async def test_an_installation_that_was_stopped_goes_on_where_it_was(
    column: Settings, receiver: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.01)
    settings = settings_with(column, audit=declared(receiver.port))
    receiver.statuses = [500, 500]
    async with installation(settings) as here:
        person = await here.administrator()
        owner = person.principal.organization_id
        await person.ok("POST", "api-keys", {"name": "laptop"})
        async with asyncio.timeout(30):
            while (shown := await person.ok("GET", "audit-streams"))["items"][0]["behind"]:
                await asyncio.sleep(0.01)
        (one,) = shown["items"]
        assert (one["name"], one["kind"], one["failures"], one["error"]) == ("siem", "webhook", 0, "")
        assert SECRET not in str(shown)
    before = receiver.signed_lines(SECRET)
    stopped = settings_with(column, audit={"streams": {}})
    async with installation(stopped) as here:
        person = await here.administrator()
        assert (await person.ok("GET", "audit-streams")) == {"items": []}
    async with installation(settings) as here:
        expected = await chain(here.application.database, owner)
        async with asyncio.timeout(30):
            while len(receiver.signed_lines(SECRET)) < len(expected):
                receiver.came.clear()
                await receiver.came.wait()
    lines = receiver.signed_lines(SECRET)
    assert len(before) < len(expected)
    assert lines[: len(expected)] == expected


def test_the_command_line_tries_a_stream_and_shows_how_far_it_is(tmp_path: Path) -> None:
    config, data = tmp_path / "config.yaml", tmp_path / "data"
    with held_port() as port:
        config.write_text(
            f"audit:\n  streams:\n    siem:\n      kind: webhook\n      address: http://127.0.0.1:{port}/\n"
            f"      secret: {SECRET}\n"
        )
        given = ("--config", str(config), "--data", str(data))
        shown = run_command("audit", "streams", *given)
        assert "siem (webhook): " in shown.stdout
        assert "events behind" in shown.stdout
        tried = run_command("audit", "streams", "--test", "siem", *given)
        assert (tried.returncode, "(audit.stream_failed)" in tried.stderr) == (1, True)
        unknown = run_command("audit", "streams", "--test", "other", *given)
        assert "(audit.stream_unknown)" in unknown.stderr
        assert SECRET not in shown.stdout + tried.stderr
