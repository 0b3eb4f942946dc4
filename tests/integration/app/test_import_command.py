"""``powerautomation import`` as people type it."""

import json
from pathlib import Path

import pytest

from tests.fixtures.server import run_command

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "imports"
ROUTER = str(SAMPLES / "claude-code-router.json")
LITELLM = str(SAMPLES / "litellm.yaml")


@pytest.mark.parametrize(("kind", "file"), [("litellm", LITELLM), ("claude-code-router", ROUTER)])
def test_a_dry_run_shows_the_configuration_and_the_report_and_changes_nothing(
    tmp_path: Path, kind: str, file: str
) -> None:
    done = run_command("import", kind, file, "--data", str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    assert "providers:" in done.stdout
    assert "Not carried over" in done.stderr
    assert "Nothing was changed" in done.stderr
    assert "in-clear" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_report_for_scripts_is_one_document(tmp_path: Path) -> None:
    done = run_command("import", "litellm", LITELLM, "--json", "--write", "--config", str(tmp_path / "pa.yaml"))
    told = json.loads(done.stdout)
    assert told["written"] == str(tmp_path / "pa.yaml")
    assert told["backup"] is None
    assert {note["kind"] for note in told["notes"]} == {"left_out", "changed", "to_do"}
    assert "gpt-4o" in told["configuration"]["models"]
    again = run_command("import", "litellm", LITELLM, "--json", "--write", "--config", str(tmp_path / "pa.yaml"))
    assert again.returncode == 0, again.stderr
    assert Path(json.loads(again.stdout)["backup"]).exists()


def test_providers_go_to_the_database_with_their_keys_encrypted(tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = run_command(
        "import", "claude-code-router", ROUTER, "--to-database", "--json", "--data", str(data),
        environment={"DEEPSEEK_API_KEY": "sk-deep-0123456789", "KIMI_API_KEY": "sk-kimi-0123456789"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["stored"] == ["openrouter", "deepseek", "ollama", "kimi"]
    missing = [note for note in told["notes"] if note["place"] == "provider gemini"]
    assert "API key is missing" in missing[0]["text"]
    stored = b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file())
    assert b"sk-deep-0123456789" not in stored
    assert b"in-clear" not in stored
    assert b"deepseek-reasoner" in stored


def test_what_is_no_such_file_fails_in_words(tmp_path: Path) -> None:
    done = run_command("import", "litellm", str(tmp_path / "nothing.yaml"))
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
    assert "(imports.refused)" in done.stderr
