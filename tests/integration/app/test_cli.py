"""The command line as people and scripts use it: what it prints where, and its exit codes."""

import contextlib
import json
import shutil
import signal
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from powerautomation import __version__
from powerautomation.identity.access import read_policy
from powerautomation.operations.backups import hold_data_folder
from tests.fixtures.ports import free_port
from tests.fixtures.server import COMMAND, clean_environment, run_command

pytestmark = pytest.mark.usefixtures("cold_starts")

HELP_SECONDS = 1.0


@pytest.fixture(scope="module")
def used_installation(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with one gateway key, and that key."""
    folder = tmp_path_factory.mktemp("installation") / "data"
    done = run_command("keys", "create", "--name", "laptop", "--data", str(folder))
    assert done.returncode == 0, done.stderr
    return folder, done.stdout.splitlines()[-1]


@pytest.fixture
def installation(used_installation: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of the installation that a test may change."""
    return Path(shutil.copytree(used_installation[0], tmp_path / "data"))


def test_help_lists_every_command_quickly() -> None:
    began = time.perf_counter()
    done = run_command("--help")
    seconds = time.perf_counter() - began
    assert done.returncode == 0
    commands = ("serve", "demo", "keys", "sign-in-link", "doctor", "migrate", "backup", "restore", "openapi", "version")
    assert [name for name in commands if f"\n  {name} " not in done.stdout] == []
    assert seconds < HELP_SECONDS


def test_help_loads_nothing_that_the_server_needs() -> None:
    script = "import sys; import powerautomation.app.cli; print(*sys.modules)"
    python = str(Path(COMMAND).with_name("python"))
    loaded = subprocess.run(
        [python, "-c", script], capture_output=True, text=True, check=True, timeout=30
    ).stdout.split()
    assert {"sqlalchemy", "fastapi", "pydantic", "uvicorn", "cryptography", "msgspec"} & set(loaded) == set()


@pytest.mark.parametrize("arguments", [("version",), ("--version",)])
def test_version_is_printed_alone(arguments: tuple[str, ...]) -> None:
    assert run_command(*arguments).stdout == f"{__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("keys", "create"),
        ("serve", "--port", "99999"),
        ("serve", "--nonsense"),
        ("restore",),
        ("backup", "--passphrase-file", "/nonexistent"),
        ("backup", "--passphrase"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why_on_standard_error(arguments: tuple[str, ...]) -> None:
    done = run_command(*arguments)
    assert done.returncode == 2
    assert "Error" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_new_key_stands_alone_on_the_last_line_and_only_its_end_is_listed(
    used_installation: tuple[Path, str],
) -> None:
    folder, key = used_installation
    assert key.startswith("pa_")
    assert " " not in key
    listed = run_command("keys", "list", "--data", str(folder), "--json")
    (entry,) = json.loads(listed.stdout)
    assert (entry["name"], entry["hint"], entry["revoked_at"]) == ("laptop", key[-4:], None)
    assert key not in listed.stdout
    assert "laptop" in run_command("keys", "list", "--data", str(folder)).stdout


def test_data_folder_and_secret_key_are_closed_to_others(used_installation: tuple[Path, str]) -> None:
    folder, _ = used_installation
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600


def test_revoked_key_is_listed_as_revoked(installation: Path) -> None:
    (entry,) = json.loads(run_command("keys", "list", "--data", str(installation), "--json").stdout)
    assert run_command("keys", "revoke", entry["id"], "--data", str(installation)).returncode == 0
    (entry,) = json.loads(run_command("keys", "list", "--data", str(installation), "--json").stdout)
    assert entry["revoked_at"] is not None


def test_failure_is_a_sentence_an_action_and_a_code_without_traceback(installation: Path) -> None:
    done = run_command("keys", "revoke", "key_unknown", "--data", str(installation))
    assert done.returncode == 1
    assert "What to do:" in done.stderr
    assert "(api_keys.not_found)" in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_setting_is_refused_with_file_and_line(tmp_path: Path) -> None:
    config = tmp_path / "powerautomation.yaml"
    config.write_text("server:\n  prot: 8081\n")
    done = run_command("serve", "--config", str(config), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert f"{config}, line 2" in done.stderr
    assert "port" in done.stderr


def test_wrong_secret_key_stops_with_words_and_changes_nothing(installation: Path) -> None:
    before = (installation / "secret.key").read_bytes()
    other = {"POWERAUTOMATION_SECRET_KEY": "another-key-that-is-long-enough-0123456789"}
    done = run_command("keys", "list", "--data", str(installation), environment=other)
    assert done.returncode == 1
    assert "(encryption.wrong_key)" in done.stderr
    assert (installation / "secret.key").read_bytes() == before


def test_database_newer_than_the_code_is_refused(installation: Path) -> None:
    with sqlite3.connect(installation / "powerautomation.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_future'")
    connection.close()
    done = run_command("migrate", "--data", str(installation))
    assert done.returncode == 1
    assert "(database.too_new)" in done.stderr


def test_migrate_says_what_it_did_and_has_nothing_to_do_the_second_time(tmp_path: Path) -> None:
    first = json.loads(run_command("migrate", "--data", str(tmp_path / "data"), "--json").stdout)
    assert first["before"] is None
    assert first["applied"]
    second = json.loads(run_command("migrate", "--data", str(tmp_path / "data"), "--json").stdout)
    assert second == {**first, "before": first["after"], "applied": []}


def test_sign_in_link_is_alone_on_the_last_line_and_uses_the_public_address(installation: Path) -> None:
    public = {"POWERAUTOMATION_SERVER_PUBLIC_URL": "https://ai.example.org"}
    done = run_command("sign-in-link", "--data", str(installation), environment=public)
    assert done.stdout.splitlines()[-1].startswith("https://ai.example.org/sign-in#token=")


def test_doctor_finds_a_fresh_machine_in_order_and_warns_that_only_the_demo_model_answers(tmp_path: Path) -> None:
    done = run_command("doctor", "--data", str(tmp_path / "data"), "--json", environment=_port())
    checks = {check["id"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0, done.stdout
    assert checks["provider_keys"]["state"] == "warning"
    assert "demo model" in checks["provider_keys"]["detail"]
    assert {checks[name]["state"] for name in ("port", "data_folder", "database", "secret_key")} == {"ok"}
    assert not (tmp_path / "data").exists()


def test_doctor_names_what_failed_and_how_to_mend_it(installation: Path) -> None:
    (installation / "secret.key").chmod(0o644)
    done = run_command("doctor", "--data", str(installation), environment=_port())
    assert done.returncode == 1
    assert f"→ Run: chmod 600 {installation / 'secret.key'}" in done.stdout


def test_backup_and_restore_bring_everything_back_elsewhere(installation: Path, tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    file = tmp_path / "copy.tar.gz"
    options = ("--passphrase-file", str(passphrase), "--json")
    made = run_command("backup", "--data", str(installation), "--output", str(file), *options)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["has_wrapped_key"] is True
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    elsewhere = tmp_path / "elsewhere"
    back = run_command("restore", str(file), "--data", str(elsewhere), *options)
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["key"] == "from backup"
    assert (elsewhere / "secret.key").read_bytes() == (installation / "secret.key").read_bytes()
    assert _key_names(elsewhere) == ["laptop"]


def test_restore_refuses_an_installation_that_is_there_unless_forced_and_keeps_it_then(
    installation: Path, tmp_path: Path
) -> None:
    file = tmp_path / "copy.tar.gz"
    assert run_command("backup", "--data", str(installation), "--output", str(file)).returncode == 0
    assert run_command("keys", "create", "--name", "later", "--data", str(installation)).returncode == 0
    refused = run_command("restore", str(file), "--data", str(installation))
    assert refused.returncode == 1
    assert "(backups.restore_refused)" in refused.stderr
    assert _key_names(installation) == ["laptop", "later"]
    forced = run_command("restore", str(file), "--data", str(installation), "--force", "--json")
    assert forced.returncode == 0, forced.stderr
    report = json.loads(forced.stdout)
    assert report["key"] == "already here"
    assert _key_names(installation) == ["laptop"]
    assert _key_names(Path(report["kept_aside"])) == ["laptop", "later"]


def test_restore_refuses_while_a_server_uses_the_data_folder(installation: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.tar.gz"
    assert run_command("backup", "--data", str(installation), "--output", str(file)).returncode == 0
    with hold_data_folder(installation):
        refused = run_command("restore", str(file), "--data", str(installation), "--force")
    assert refused.returncode == 1
    assert "A server is running" in refused.stderr


def test_openapi_is_the_same_each_time_and_starts_nothing(tmp_path: Path) -> None:
    first, second = (
        subprocess.run(
            [COMMAND, "openapi"],
            env=clean_environment({"POWERAUTOMATION_SERVER_PORT": str(port)}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            stdin=subprocess.DEVNULL,
        ).stdout
        for port in (1, 2)
    )
    assert first == second
    assert "/api/v1/connect" in json.loads(first)["paths"]
    assert list(tmp_path.iterdir()) == []


def test_taken_port_is_named_with_another_to_choose(tmp_path: Path) -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = run_command("serve", "--port", str(port), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "(server.port_taken)" in done.stderr


def test_demo_shows_requests_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    environment = clean_environment({"TMPDIR": str(tmp_path), "ANTHROPIC_API_KEY": "sk-must-not-be-used"})
    process = subprocess.Popen(
        [COMMAND, "demo", "--port", str(port)],
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        (folder,) = _until(lambda: list(tmp_path.glob("powerautomation-demo-*/powerautomation.db")))
        requests = _until(lambda: [count for count in [_count_requests(folder)] if count >= 5])
        assert requests[0] >= 5
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=40)
    assert process.returncode == 0, output
    assert "export ANTHROPIC_AUTH_TOKEN=pa_" in output
    assert "sk-must-not-be-used" not in output
    assert list(tmp_path.iterdir()) == []


def _port() -> dict[str, str]:
    return {"POWERAUTOMATION_SERVER_PORT": str(free_port())}


def _key_names(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "powerautomation.db") as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM api_keys ORDER BY created_at")]
    connection.close()
    return names


def _count_requests(database: Path) -> int:
    try:
        with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM gateway_requests").fetchone()
    except sqlite3.Error:
        return 0
    return int(count)


def _until(found: Callable[[], list[Any]], seconds: float = 60.0) -> list[Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.1)
    raise AssertionError(f"nothing was found within {seconds:.0f} s")


def test_users_are_listed_helped_with_a_link_and_let_try_again(installation: Path) -> None:
    email = "ada@example.org"
    with contextlib.closing(sqlite3.connect(installation / "powerautomation.db")) as database, database:
        database.execute("UPDATE users SET email = ?", (email,))
    listed = run_command("users", "list", "--json", "--data", str(installation))
    (person,) = json.loads(listed.stdout)
    assert (person["email"], person["role"], person["state"]) == (email, "system_admin", "active")
    reset = run_command("users", "reset-password", email, "--data", str(installation))
    assert "/sign-in#token=" in reset.stdout.splitlines()[-1]
    assert run_command("users", "unlock", email, "--data", str(installation)).returncode == 0
    for command in ("reset-password", "unlock"):
        unknown = run_command("users", command, "nobody@example.org", "--data", str(installation))
        assert unknown.returncode == 1
        assert "nobody@example.org" in unknown.stderr


def test_policy_is_tried_and_switched_off_when_it_shuts_people_out(installation: Path) -> None:
    email, at, folder = "ada@example.org", "2026-11-21T20:00:00+00:00", str(installation)
    text = "forbid (principal, action, resource) when { context.time.hour >= 20 };"
    statement = json.dumps(dict(read_policy(text).compiled))
    with contextlib.closing(sqlite3.connect(installation / "powerautomation.db")) as database, database:
        database.execute("UPDATE users SET email = ?", (email,))
        (owner,) = database.execute("SELECT organization_id FROM users").fetchone()
        database.execute(
            "INSERT INTO policies VALUES ('pol_1', ?, 'No nights', 'no nights', '', ?, ?, 1, 1, '', ?, ?)",
            (owner, text, statement, at, at),
        )
        database.execute("INSERT INTO policy_revisions VALUES (?, 'rev_1')", (owner,))
    night = ("policies", "test", email, "providers:write", "--at", "2026-11-21T22:00", "--data", folder)
    refused = run_command(*night)
    assert (refused.returncode, refused.stdout) == (
        1,
        "Refused: the policy “No nights” forbids providers:write here.\n",
    )
    assert run_command("policies", "disable", "No nights", "--data", folder).returncode == 0
    (policy,) = json.loads(run_command("policies", "list", "--json", "--data", folder).stdout)
    assert (policy["name"], policy["enabled"], policy["version"]) == ("No nights", False, 2)
    told = json.loads(run_command(*night, "--json").stdout)
    assert (told["allowed"], told["reason"]) == (True, "role_includes")
    with contextlib.closing(sqlite3.connect(installation / "powerautomation.db")) as database:
        (actor,) = database.execute("SELECT actor_kind FROM audit_events WHERE action = 'policies.update'").fetchone()
    assert actor == "command_line"
    assert run_command("policies", "disable", "No days", "--data", folder).returncode == 1
