"""``powerautomation configuration`` and ``flags``: history, going back, and settings that go somewhere else."""

import json
from pathlib import Path

from tests.fixtures.server import run_command


def run(folder: Path, *arguments: str, environment: str = "production") -> str:
    done = run_command(
        *arguments, "--data", str(folder), environment={"POWERAUTOMATION_SERVER_ENVIRONMENT": environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_settings_are_listed_put_back_and_brought_to_another_installation(tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "document.json"
    limits = ("limits", "create", "--for", "organization", "--measure", "requests", "--window", "day")
    run(here, *limits, "--amount", "100", environment="staging")
    assert run(here, "flags", "off", "gateway.answer-cache", environment="staging").endswith("is off in staging.\n")
    listed = {one["key"]: one for one in json.loads(run(here, "flags", "list", "--json"))}
    states = listed["gateway.answer-cache"]["environments"]
    assert [states[one]["is_on"] for one in ("staging", "production")] == [False, True]
    flag, limit = json.loads(run(here, "configuration", "history", "--json"))
    assert (flag["kind"], flag["version"], flag["action"]) == ("flag", 1, "flags.switch_off")
    assert (limit["kind"], limit["state"]["amount"]) == ("limit", 100)
    assert "+ 100" in run(here, "configuration", "diff", "limit", limit["id"], "1")
    run(here, "limits", "delete", limit["id"])
    back = run(here, "configuration", "rollback", "limit", limit["id"], "1", "--reason", "Needed.")
    assert back == f"limit {limit['id']} is as in version 1 again.\n"
    assert json.loads(run(here, "configuration", "history", "--json"))[0]["reason"] == "Needed."
    run(here, "configuration", "export", "--file", str(file), environment="staging")
    assert json.loads(file.read_text())["environment"] == "staging"
    planned = run(there, "configuration", "import", str(file), "--dry-run")
    assert "create         limit organization requests day" in planned
    assert json.loads(run(there, "limits", "list", "--json")) == []
    run(there, "configuration", "import", str(file))
    assert [one["amount"] for one in json.loads(run(there, "limits", "list", "--json"))] == [100]
    again = run(there, "configuration", "import", str(file))
    assert "same           limit organization requests day" in again
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"format": "something else"}')
    done = run_command("configuration", "import", str(wrong), "--data", str(there))
    assert (done.returncode, "no exported configuration" in done.stderr) == (1, True)
