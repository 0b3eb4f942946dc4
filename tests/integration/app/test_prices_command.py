"""``powerautomation prices import``: what it reports, keeps and refuses."""

import json
from pathlib import Path

from tests.fixtures.server import run_command

PRICES = "vendor,model,input,output\nacme,rock,1,2\n"


def test_price_file_is_tried_then_imported_then_known(tmp_path: Path) -> None:
    file, folder = tmp_path / "prices.csv", str(tmp_path / "data")
    file.write_text(PRICES)
    tried = run_command("prices", "import", str(file), "--dry-run", "--data", folder)
    assert (tried.returncode, tried.stdout.splitlines()[-1]) == (0, "Would be: 1 added, 0 changed, 0 unchanged.")
    done = run_command("prices", "import", str(file), "--data", folder)
    assert done.stdout.splitlines() == ["added    acme/rock USD", "Prices: 1 added, 0 changed, 0 unchanged."]
    file.write_text(PRICES.replace(",2", ",3"))
    again = run_command("prices", "import", str(file), "--json", "--data", folder)
    (change,) = json.loads(again.stdout)["changes"]
    assert (change["kind"], change["before"]["output"], change["price"]["output"]) == ("changed", "2", "3")


def test_price_file_that_cannot_be_read_changes_nothing_and_says_why(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(PRICES.replace("1", "much"))
    refused = run_command("prices", "import", str(file), "--data", str(tmp_path / "data"))
    assert refused.returncode == 1
    assert "Line 2" in refused.stderr
    assert "prices.file_invalid" in refused.stderr
