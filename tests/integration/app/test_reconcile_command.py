"""``powerautomation reconcile``: what it reports and how it ends."""

import json
from pathlib import Path

from tests.fixtures.server import run_command


def test_bill_nobody_made_requests_for_differs_and_the_command_says_so(tmp_path: Path) -> None:
    file, folder = tmp_path / "bill.csv", str(tmp_path / "data")
    file.write_text("date,model,output_tokens,amount,currency\n2026-10-01,rock,5,0.25,USD\n")
    arguments = ("reconcile", str(file), "--provider", "acme", "--month", "2026-10", "--data", folder)
    done = run_command(*arguments)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "2026-10-01 rock: missing_here; tokens None and 5; unknown and 0.25",
        "USD: 0 in the ledger, 0.25 on the bill: differs.",
        "Tokens: 0 in the ledger, 5 on the bill.",
        "acme 2026-10: the bill differs (1 lines differ).",
    ]
    shown = json.loads(run_command(*arguments, "--dry-run", "--json").stdout)
    assert shown["comparison"]["lines"][0]["finding"] == "missing_here"


def test_file_that_is_no_bill_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bill.csv"
    file.write_text("what is this")
    refused = run_command(
        "reconcile", str(file), "--provider", "a", "--month", "2026-10", "--data", str(tmp_path / "d")
    )
    assert refused.returncode == 1
    assert "reconciliations.bill_invalid" in refused.stderr
