"""Signed heads leave the database for a file and a webhook; the command line takes the log out and checks it."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from powerautomation.governance import audit
from powerautomation.governance.audit.adapters.webhook import HeadsWebhook
from powerautomation.governance.audit_verifier import verify
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.principal import Principal
from tests.fixtures.server import run_command

ADA = Principal("user", "usr_1", "org_a", "Ada")


async def write(db: Database) -> None:
    async with db.unit_of_work() as session:
        audit.record(session, ADA, "things.update", audit.Target("thing", "thg_1"))


async def lines_of(db: Database) -> list[bytes]:
    return [audit.export_line(one) async for one in audit.export_chain(db, "org_a")]


class Receiver:
    """A webhook's other end."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.status = 204
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        self.bodies.append(await reader.readexactly(length))
        writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    async with server:
        receiver.port = server.sockets[0].getsockname()[1]
        yield receiver


async def test_heads_are_in_a_file_and_at_the_webhook_once_for_each_change(
    column: Settings, db: Database, receiver: Receiver, tmp_path: Path
) -> None:
    signer = audit.Signer(b"k" * 32)
    path = tmp_path / "heads.jsonl"
    webhook = HeadsWebhook(f"http://127.0.0.1:{receiver.port}/heads")
    keeper = audit.HeadKeeper(db, signer, path, every_seconds=3600, send=webhook.send)
    await write(db)
    await write(db)
    assert await keeper.write_now()
    assert await keeper.write_now()
    await write(db)
    receiver.status = 500
    assert not await keeper.write_now()
    receiver.status = 200
    assert await keeper.write_now()
    await webhook.close()

    key = base64.b64decode(signer.public_key)
    heads = path.read_bytes().splitlines(keepends=True)
    assert [json.loads(line)["head"]["sequence"] for line in heads] == [2, 3]
    assert [json.loads(body)["head"]["sequence"] for body in receiver.bodies] == [2, 3, 3]
    lines = await lines_of(db)
    report = verify(lines, heads, [key])
    assert (report.problem, report.attested) == ("", {"org_a": 3})
    assert verify(lines, [receiver.bodies[-1]], [key]).ok
    assert verify(lines[:2], heads, [key]).sequence == 3


async def test_signing_key_stays_the_same_and_is_for_its_owner_alone(column: Settings, db: Database) -> None:
    first = await audit.open_signer(column, db, ADA)
    assert (await audit.open_signer(column, db, ADA)).public_key == first.public_key
    path = column.data_dir / "audit-signing.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (column.data_dir / "audit-signing.pub").read_text().strip() == first.public_key
    assert path.read_text().strip() not in repr(first)
    path.write_text("not a key")
    with pytest.raises(audit.SigningKeyInvalid, match="32 bytes"):
        await audit.open_signer(column, db, ADA)


def test_command_line_exports_and_verifies_and_finds_what_was_done_by_whom(tmp_path: Path) -> None:
    data = tmp_path / "data"

    def run(*arguments: str, code: int = 0) -> str:
        where = () if arguments[:2] == ("audit", "verify") else ("--data", str(data))
        done = run_command(*arguments, *where)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    run("keys", "create", "--name", "laptop")
    run("sign-in-link")
    log = tmp_path / "log.jsonl"
    run("audit", "export", "--output", str(log))
    key = run("audit", "public-key").strip()
    heads = data / "audit-heads.jsonl"
    checking = ("--heads", str(heads), "--public-key", key)
    assert "attested by a signed head" in run("audit", "verify", str(log), *checking)

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    events = [line["event"] for line in lines]
    assert {"users.create", "api_keys.create", "sessions.create_link", "audit.export"} <= {
        one["action"] for one in events
    }
    made = next(one for one in events if one["action"] == "api_keys.create")
    assert made["actor"]["kind"] == "command_line"
    # The command line worked in somebody's name: what it is called is that person's, and stands beside the event.
    assert lines[events.index(made)]["opened"]["actor"]["actor"]
    assert made["on_behalf_of"]["kind"] == "user"

    log.write_text(log.read_text().replace("laptop", "laptob"))
    assert "NOT INTACT: event" in run("audit", "verify", str(log), *checking, code=1)
    run("audit", "verify", str(log), "--heads", str(heads), code=2)
    run("audit", "verify", str(tmp_path / "nothing"), code=2)
