"""Commands beside a running server."""

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from powerautomation.operations.backups import announce_address, hold_data_folder
from tests.fixtures.ports import free_port
from tests.fixtures.server import Server, create_key, run_command, running_server

pytestmark = pytest.mark.usefixtures("cold_starts")

QUESTION = {"model": "claude-sonnet-4-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on which only the demo model answers."""
    with running_server(tmp_path_factory.mktemp("server"), "") as running:
        yield running


def ask(server: Server, key: str) -> int:
    request = urllib.request.Request(
        f"{server.url}/v1/messages",
        json.dumps(QUESTION).encode(),
        {"x-api-key": key, "content-type": "application/json", "anthropic-version": "2023-06-01"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_key_works_the_moment_it_is_printed_and_not_any_more_when_it_is_revoked(server: Server) -> None:
    key = create_key(server.data_dir, "at once")
    assert ask(server, key) == 200
    listed = json.loads(run_command("keys", "list", "--data", str(server.data_dir), "--json").stdout)
    (entry,) = [one for one in listed if one["name"] == "at once"]
    assert run_command("keys", "revoke", entry["id"], "--data", str(server.data_dir)).returncode == 0
    assert ask(server, key) == 401


def test_backup_is_taken_while_the_server_runs_and_restores_elsewhere(server: Server, tmp_path: Path) -> None:
    assert ask(server, server.key) == 200
    file = tmp_path / "copy.tar.gz"
    made = run_command("backup", "--data", str(server.data_dir), "--output", str(file))
    assert made.returncode == 0, made.stderr
    restored = run_command("restore", str(file), "--data", str(tmp_path / "elsewhere"))
    assert restored.returncode == 0, restored.stderr
    with sqlite3.connect(tmp_path / "elsewhere" / "powerautomation.db") as connection:
        assert connection.execute("SELECT count(*) FROM api_keys").fetchone()[0] >= 1
    connection.close()


def test_restore_into_the_running_server_is_refused(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "copy.tar.gz"
    assert run_command("backup", "--data", str(server.data_dir), "--output", str(file)).returncode == 0
    refused = run_command("restore", str(file), "--data", str(server.data_dir), "--force")
    assert refused.returncode == 1
    assert "A server is running" in refused.stderr
    assert ask(server, server.key) == 200


def test_doctor_beside_a_running_server_tells_what_it_says_of_itself(server: Server) -> None:
    """Also when the command knows nothing of the server's port."""
    for environment in ({"POWERAUTOMATION_SERVER_PORT": str(server.port)}, {}):
        done = run_command("doctor", "--data", str(server.data_dir), "--json", environment=environment)
        checks = {check["id"]: check for check in json.loads(done.stdout)["checks"]}
        port = checks["port"]
        assert (port["state"], port["code"], port["title"]) == ("ok", "server_ready", f"Port {server.port}")
        assert f"A server runs on this data folder at {server.url}, and is ready (" in port["detail"]
        assert "database: ok" in port["detail"]
        assert checks["database"]["state"] == "ok"
        assert checks["secret_key"]["state"] == "ok"


def test_doctor_knows_a_server_of_another_folder_by_its_port(server: Server, tmp_path: Path) -> None:
    environment = {"POWERAUTOMATION_SERVER_PORT": str(server.port)}
    done = run_command("doctor", "--data", str(tmp_path / "data"), "--json", environment=environment)
    (port,) = [check for check in json.loads(done.stdout)["checks"] if check["id"] == "port"]
    assert (port["code"], port["values"]) == ("port_running", {"address": server.url})


def test_doctor_says_when_the_server_that_holds_the_folder_does_not_answer(tmp_path: Path) -> None:
    with hold_data_folder(tmp_path), announce_address(tmp_path, f"http://127.0.0.1:{free_port()}"):
        done = run_command("doctor", "--data", str(tmp_path), "--json")
    (port,) = [check for check in json.loads(done.stdout)["checks"] if check["id"] == "port"]
    assert (port["state"], port["code"]) == ("failed", "server_silent")
    assert done.returncode == 1


def test_second_server_on_the_same_port_says_so(server: Server, tmp_path: Path) -> None:
    done = run_command("serve", "--port", str(server.port), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "(server.port_taken)" in done.stderr


def test_sign_in_link_leads_to_the_running_server_whatever_its_port(server: Server) -> None:
    done = run_command("sign-in-link", "--data", str(server.data_dir))
    assert done.stdout.splitlines()[-1].startswith(f"{server.url}/sign-in#token=")
    public = {"POWERAUTOMATION_SERVER_PUBLIC_URL": "https://ai.example.org"}
    done = run_command("sign-in-link", "--data", str(server.data_dir), environment=public)
    assert done.stdout.splitlines()[-1].startswith("https://ai.example.org/sign-in#token=")


def test_address_a_server_left_behind_is_removed_at_the_stop_and_believed_only_while_it_runs(tmp_path: Path) -> None:
    with running_server(tmp_path, "") as server:
        left = server.data_dir / "server.address"
        assert server.url in left.read_text()
        server.kill()
        assert left.exists()
        done = run_command("sign-in-link", "--data", str(server.data_dir))
        assert done.stdout.splitlines()[-1].startswith("http://127.0.0.1:8080/sign-in#token=")
        server.start()
        assert server.url in left.read_text()
    assert not left.exists()
