"""Keys seen and replaced by the command line, beside servers that go on serving."""

import asyncio
import contextlib
import io
import json
import os
import re
import stat
import tarfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from powerautomation.app.cli import app
from powerautomation.app.key_events import noting_keys
from powerautomation.app.sealed_columns import sealed_columns
from powerautomation.app.snapshots import POLL_SECONDS
from powerautomation.app.terminal import print_problem
from powerautomation.governance.audit import repository as audit_log
from powerautomation.governance.encryption import report_encryption, rotate_data_key, unlock_installation
from powerautomation.infrastructure.database import Database, DatabaseFull
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import Problem
from tests.conftest import TEST_SECRET_KEY
from tests.integration.app.installation import Person, installation

LEARN_SECONDS = 5.0
PLAIN = b"a file worth keeping"


@dataclass(frozen=True, slots=True)
class Done:
    """What a command printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


def run_command(*arguments: str, environment: dict[str, str] | None = None) -> Done:
    """Run the command line in this process, as a process of its own takes long to start."""
    given = {name: None for name in os.environ if name.startswith("POWERAUTOMATION_")}
    result = CliRunner().invoke(app, arguments, env={**given, **(environment or {})})
    said = io.StringIO()
    if isinstance(result.exception, Problem):
        with contextlib.redirect_stderr(said):
            print_problem(result.exception)
    elif result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr + said.getvalue())


def status_of(data: Path, environment: dict[str, str] | None = None) -> Any:
    done = run_command("encryption", "status", "--json", "--data", str(data), environment=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that was used once."""
    folder = tmp_path / "data"
    done = run_command("keys", "create", "--name", "laptop", "--data", str(folder))
    assert done.returncode == 0, done.stderr
    (kit,) = folder.glob("recovery-kit-*.txt")
    # Said once, by whichever command made the key.
    assert str(kit) in done.stderr
    assert "recovery-kit" not in run_command("keys", "list", "--data", str(folder)).stderr
    return folder


def key_in(kit: str) -> str:
    found = re.search(r"^Secret key.*\n\n    (\S+)$", kit, re.MULTILINE)
    assert found, kit
    return found[1]


def test_the_first_command_leaves_a_recovery_kit_for_its_owner_only(data: Path) -> None:
    (kit,) = data.glob("recovery-kit-*.txt")

    assert stat.S_IMODE(kit.stat().st_mode) == 0o600
    assert key_in(kit.read_text()) == (data / "secret.key").read_text().strip()
    assert status_of(data)["master_key"] in kit.name
    printed = run_command("encryption", "recovery-kit", "--data", str(data))
    assert key_in(printed.stdout) == key_in(kit.read_text())
    other = data.parent / "kit.txt"
    assert run_command("encryption", "recovery-kit", "--data", str(data), "--output", str(other)).returncode == 0
    assert stat.S_IMODE(other.stat().st_mode) == 0o600
    again = run_command("encryption", "recovery-kit", "--data", str(data), "--output", str(other))
    assert again.returncode == 2
    assert "exists" in again.stderr


def test_a_backup_holds_no_key_and_a_restore_with_the_kit_works(data: Path, tmp_path: Path) -> None:
    kit = next(data.glob("recovery-kit-*.txt")).read_text()
    file = tmp_path / "copy.tar.gz"
    assert run_command("backup", "--data", str(data), "--output", str(file)).returncode == 0
    elsewhere = tmp_path / "elsewhere"
    done = run_command("restore", str(file), "--data", str(elsewhere))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in elsewhere.rglob("*") if re.match(r"secret\.key|recovery-kit", path.name)] == []
    assert "(encryption.key_missing)" in run_command("keys", "list", "--data", str(elsewhere)).stderr

    listed = run_command(
        "keys", "list", "--data", str(elsewhere), environment={"POWERAUTOMATION_SECRET_KEY": key_in(kit)}
    )
    assert "laptop" in listed.stdout
    (elsewhere / "secret.key").write_text(key_in(kit) + "\n")
    assert status_of(elsewhere) == status_of(data)


def test_the_data_key_is_replaced_and_the_status_shows_both(data: Path) -> None:
    before = status_of(data)

    done = run_command("encryption", "rotate-data-key", "--wait", "0", "--data", str(data), "--json")

    assert done.returncode == 0, done.stderr
    new, old = status_of(data)["data_keys"]
    assert json.loads(done.stdout)["data_key"] == new["id"] != old["id"] == before["data_keys"][0]["id"]
    assert (new["state"], old["state"], old["rows"]) == ("active", "retired", {})
    shown = run_command("encryption", "status", "--data", str(data)).stdout
    assert new["id"] in shown
    assert (data / "secret.key").read_text().strip() not in shown


def test_the_master_key_of_the_file_is_replaced_with_a_new_kit(data: Path) -> None:
    before = (data / "secret.key").read_text()
    keys = status_of(data)["data_keys"]

    done = run_command("encryption", "rotate-master-key", "--data", str(data))

    assert done.returncode == 0, done.stderr
    after = (data / "secret.key").read_text()
    assert after != before
    assert after.strip() not in done.stdout + done.stderr
    assert status_of(data)["data_keys"] == keys
    kits = {key_in(kit.read_text()) for kit in data.glob("recovery-kit-*.txt")}
    assert kits == {before.strip(), after.strip()}
    (data / "secret.key").write_text(before)
    refused = run_command("keys", "list", "--data", str(data))
    assert (refused.returncode, "(encryption.wrong_key)" in refused.stderr) == (1, True)


def test_the_master_key_of_the_environment_is_printed_before_anything_changes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    old = {"POWERAUTOMATION_SECRET_KEY": TEST_SECRET_KEY}
    status_of(data, old)
    assert list(data.glob("recovery-kit-*")) == []

    unconfirmed = run_command("encryption", "rotate-master-key", "--data", str(data), environment=old)
    assert unconfirmed.returncode == 1
    status_of(data, old)

    done = run_command("encryption", "rotate-master-key", "--yes", "--data", str(data), environment=old)
    assert done.returncode == 0, done.stderr
    new = {"POWERAUTOMATION_SECRET_KEY": done.stdout.splitlines()[1]}
    assert len(status_of(data, new)["data_keys"]) == 1
    refused = run_command("keys", "list", "--data", str(data), environment=old)
    assert "(encryption.wrong_key)" in refused.stderr


def events_of(data: Path) -> list[dict[str, Any]]:
    """Return the audit log as the command line takes it out, without the export itself."""
    done = run_command("audit", "export", "--data", str(data))
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["event"] for line in done.stdout.splitlines()]


def test_what_is_done_to_keys_is_in_the_audit_log(data: Path, tmp_path: Path) -> None:
    fingerprint = status_of(data)["master_key"]
    (old,) = status_of(data)["data_keys"]
    run_command("encryption", "rotate-data-key", "--wait", "0", "--data", str(data))
    run_command("encryption", "rotate-master-key", "--data", str(data))
    run_command("encryption", "recovery-kit", "--output", str(tmp_path / "kit.txt"), "--data", str(data))
    public_key = run_command("audit", "public-key", "--data", str(data)).stdout.strip()

    new, _ = status_of(data)["data_keys"]
    after = status_of(data)["master_key"]
    events = events_of(data)
    told = [(one["action"], one["target"]["id"]) for one in events if "key" in one["action"].split(".")[0]]
    assert [one for one in told if not one[0].startswith(("api_keys", "signing_keys"))] == [
        ("data_keys.create", new["id"]),
        ("data_keys.activate", new["id"]),
        ("data_keys.retire", old["id"]),
        ("master_keys.replace", after),
    ]
    kits = [one for one in events if one["action"] == "recovery_kits.create"]
    assert [one["target"]["id"] for one in kits] == ["", after, after]
    assert kits[2]["changes"] == [{"field": "file", "before": None, "after": str(tmp_path / "kit.txt")}]
    assert {one["actor"]["kind"] for one in kits} == {"command_line"}
    (signing,) = [one for one in events if one["action"] == "signing_keys.create"]
    assert signing["changes"] == [{"field": "public_key", "before": None, "after": public_key}]
    assert fingerprint != after
    assert (data / "secret.key").read_text().strip() not in json.dumps(events)


def test_keys_stay_as_they_are_when_the_audit_log_cannot_be_written(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, key = status_of(data), (data / "secret.key").read_text()
    fresh = tmp_path / "fresh"

    async def full(*_: Any) -> None:
        raise DatabaseFull("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(audit_log, "append", full)
        for command in (
            ("encryption", "rotate-data-key", "--wait", "0"),
            ("encryption", "rotate-master-key"),
            ("encryption", "recovery-kit"),
            ("encryption", "recovery-kit", "--output", str(tmp_path / "kit.txt")),
            ("audit", "public-key"),
        ):
            done = run_command(*command, "--data", str(data))
            assert (done.returncode, "(database.full)" in done.stderr) == (1, True), command
            assert key.strip() not in done.stdout
        assert run_command("migrate", "--data", str(fresh)).returncode == 1

    assert status_of(data) == before
    assert (data / "secret.key").read_text() == key
    assert not (tmp_path / "kit.txt").exists()
    assert not (data / "audit-signing.key").exists()
    assert list(fresh.glob("recovery-kit-*")) == []


def test_the_signing_key_is_in_no_backup_and_a_lost_one_is_followed_by_another(data: Path, tmp_path: Path) -> None:
    first = run_command("audit", "public-key", "--data", str(data)).stdout.strip()
    secret = (data / "audit-signing.key").read_bytes().strip()
    # What a process leaves behind that was killed while it made the key.
    (data / "audit-signing.key.0a1b2c3d.new").write_bytes(secret)
    run_command("audit", "export", "--data", str(data), "--output", str(tmp_path / "before.jsonl"))
    phrase, file, elsewhere = tmp_path / "phrase", tmp_path / "copy.tar.gz", tmp_path / "elsewhere"
    phrase.write_text("correct horse battery staple")
    given = ("--passphrase-file", str(phrase))
    assert run_command("backup", "--data", str(data), "--output", str(file), *given).returncode == 0
    with tarfile.open(file) as archive:
        held = {one.name: archive.extractfile(one) for one in archive if one.isfile()}
        assert [name for name in held if "audit-signing" in name] == []
        assert [name for name, content in held.items() if content is None or secret in content.read()] == []
    # The machine is gone, and with it the key; the heads were kept elsewhere.
    heads = tmp_path / "heads.jsonl"
    heads.write_bytes((data / "audit-heads.jsonl").read_bytes())
    assert run_command("restore", str(file), "--data", str(elsewhere), *given).returncode == 0

    second = run_command("audit", "public-key", "--data", str(elsewhere)).stdout.strip()

    assert second != first
    made = [one for one in events_of(elsewhere) if one["action"] == "signing_keys.create"]
    assert [one["changes"][0]["after"] for one in made] == [first, second]
    with heads.open("ab") as kept:
        kept.write((elsewhere / "audit-heads.jsonl").read_bytes().splitlines(keepends=True)[-1])
    log = tmp_path / "after.jsonl"
    run_command("audit", "export", "--data", str(elsewhere), "--output", str(log))
    checked = run_command(
        "audit", "verify", str(log), "--heads", str(heads), "--public-key", first, "--public-key", second
    )
    assert checked.returncode == 0, checked.stdout
    assert "2 signed heads" in checked.stdout


async def test_running_servers_learn_a_new_key_in_time_and_serve_throughout(column: Settings) -> None:
    """On PostgreSQL two replicas: what one writes with the new key, the other reads."""
    replicas = 1 if not column.database_url else 2
    folders = [column.model_copy(update={"data_dir": column.data_dir / str(one)}) for one in range(replicas)]
    if replicas == 1:
        folders = [column]
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(installation(settings)) for settings in folders]
        person = await servers[0].administrator()
        others = [Person(server.browser(), person.principal, person.key) for server in servers]
        for server in servers:
            await server.application.snapshots.reload()
        kept = [await upload(person)]
        database = Database(servers[0].application.database.url)
        stack.push_async_callback(database.close)
        box = await unlock_installation(column, database)
        boxes = [server.application.secret_box for server in servers]

        note = noting_keys(person.principal)
        rotating = asyncio.create_task(
            rotate_data_key(database, box, sealed_columns(), note=note, settle_seconds=LEARN_SECONDS)
        )
        while not rotating.done():
            kept.append(await upload(others[len(kept) % replicas]))
            for one in others:
                assert await content(one, kept[-1]) == await content(one, kept[0]) == PLAIN
            await asyncio.sleep(0.2)
        report = await rotating

        assert LEARN_SECONDS > POLL_SECONDS
        assert {one.active for one in boxes} == {report.data_key}
        found = await report_encryption(database, sealed_columns())
        assert [key.id for key in found.data_keys if key.rows] == [report.data_key]
        for one in others:
            assert {await content(one, file_id) for file_id in kept} == {PLAIN}
        shown = await person.ok("GET", "encryption")
        assert [(key["state"], key["rows"]) for key in shown["data_keys"]] == [
            # One more: what seals the administrator's own parts of the audit log.
            ("active", len(kept) + 1),
            ("retired", 0),
        ]
        assert (shown["rotating"], shown["unknown_rows"], shown["complete"]) == (False, 0, True)
        assert column.secret_key.get_secret_value() not in str(shown)
        assert (await servers[0].browser().get("/api/v1/encryption")).status_code == 401


async def upload(person: Person) -> str:
    answer = await person.http.post(
        "/v1/files",
        files={"file": ("a.txt", PLAIN, "text/plain")},
        data={"purpose": "user_data"},
        headers={"authorization": f"Bearer {person.key}"},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def content(person: Person, file_id: str) -> bytes:
    headers = {"authorization": f"Bearer {person.key}"}
    answer = await person.http.get(f"/v1/files/{file_id}/content", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.content
