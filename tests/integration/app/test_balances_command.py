"""``powerautomation balances``: what it prints of what servers were told."""

import json
import sqlite3
from pathlib import Path

from tests.fixtures.server import run_command

ORGANIZATION = "org_default"


def test_balances_are_printed_and_a_low_one_fails(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    none = run_command("balances", "--data", folder)
    assert (none.returncode, none.stdout.startswith("No provider was asked")) == (0, True)
    with sqlite3.connect(tmp_path / "data" / "powerautomation.db") as database:
        database.execute(
            "insert into balance_questions values (?, 'kimi', 1795000000000, '', 200, 0, null, null)", (ORGANIZATION,)
        )
        database.execute("insert into balances values (?, 'kimi', 'CNY', 1795000000000, 49588940000)", (ORGANIZATION,))
    shown = run_command("balances", "--data", folder)
    assert (shown.returncode, shown.stdout) == (0, "kimi: 49.59 CNY, told 2026-11-18 11:06 UTC\n")
    with sqlite3.connect(tmp_path / "data" / "powerautomation.db") as database:
        database.execute("update balance_questions set low = 1, code = 'refused'")
    low = run_command("balances", "--data", folder)
    assert (low.returncode, "LOW" in low.stdout, "does not tell it to this key" in low.stdout) == (1, True, True)
    (one,) = json.loads(run_command("balances", "--json", "--data", folder).stdout)
    assert one["amounts"] == [{"currency": "CNY", "available_nanos": 49_588_940_000}]
