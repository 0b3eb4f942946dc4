"""``powerautomation organizations show`` and ``quota``: what an organization has and may have."""

import json
from pathlib import Path

from tests.fixtures.server import run_command


def test_quota_is_set_shown_and_kept_to_at_the_command_line(tmp_path: Path) -> None:
    folder = ["--data", str(tmp_path / "data")]
    set_now = run_command(
        "organizations", "quota", "Default", "people=1", "api_keys=0", "files=200MB", "--json", *folder
    )
    assert set_now.returncode == 0, set_now.stderr
    quotas = {one["resource"]: one for one in json.loads(set_now.stdout)["quotas"]}
    assert (quotas["people"]["amount"], quotas["people"]["percent"]) == (1, 100)
    assert quotas["files"]["amount"] == 200 * 1024 * 1024
    refused = run_command("keys", "create", "--name", "mine", *folder)
    assert refused.returncode != 0
    assert "quota of api keys is 0" in refused.stderr
    looked_at = run_command("doctor", *folder)
    assert "Default: people 100 %" in looked_at.stdout
    given_back = run_command("organizations", "quota", "Default", "people=default", *folder)
    assert given_back.returncode == 0, given_back.stderr
    shown = run_command("organizations", "show", "Default", *folder)
    assert "10,000" in shown.stdout
    assert "200.0 MB" in shown.stdout
    wrong = run_command("organizations", "quota", "Default", "people=many", *folder)
    assert "RESOURCE=NUMBER" in wrong.stderr
