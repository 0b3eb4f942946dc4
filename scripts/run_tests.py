"""Runs every test suite, one after the other, and closes with one line that sums them up.

Usage: ``run_tests.py [python] [web] [browser]``; all three without arguments. Exit code 1 when anything failed, or when
a suite ran no test at all.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".cache" / "test-reports"
sys.path.insert(0, str(ROOT / "scripts"))

from setup import find_chromium, say  # noqa: E402 - the folder of this script is not a package


@dataclass
class Outcome:
    """How one suite ended; ``failed`` counts errors too."""

    suite: str
    exit_code: int
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def good(self) -> bool:
        """Whether the suite ran and nothing failed."""
        return self.exit_code == 0 and self.failed == 0 and self.passed > 0


def commands() -> dict[str, tuple[str, list[str], dict[str, str]]]:
    """Return each suite: its title, its command, and what its environment needs."""
    # One more than there are cores: much of the time is spent waiting for real programs and for time limits.
    workers = str(min((os.cpu_count() or 2) + 1, 5))
    reports = {name: REPORTS / f"{name}.xml" for name in ("python", "web", "browser")}
    pytest = [str(ROOT / ".venv" / "bin" / "pytest"), "-n", workers, f"--junitxml={reports['python']}"]
    vitest = ["npx", "vitest", "run", "--root", "web", "--reporter=default", "--reporter=junit"]
    chromium = find_chromium()
    return {
        "python": ("Python", pytest, {}),
        "web": ("Web", [*vitest, f"--outputFile.junit={reports['web']}"], {}),
        "browser": (
            "Browser",
            ["npm", "run", "--silent", "e2e", "-w", "@powerautomation/e2e", "--", "--reporter=list,junit"],
            {"PLAYWRIGHT_JUNIT_OUTPUT_FILE": str(reports["browser"])} | ({"CHROMIUM": chromium} if chromium else {}),
        ),
    }


def run_suite(name: str, title: str, command: list[str], environment: dict[str, str]) -> Outcome:
    """Run one suite, showing what it prints, and read its report."""
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    say(f"\n── {title} tests ──")
    began = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL).returncode
    outcome = Outcome(title, code, time.monotonic() - began)
    if report.exists():
        root = ElementTree.parse(report).getroot()
        suites = [root] if root.get("tests") else list(root)
        counts = {key: sum(int(float(one.get(key) or 0)) for one in suites) for key in ("tests", "failures", "errors")}
        outcome.skipped = sum(int(float(one.get("skipped") or 0)) for one in suites)
        outcome.failed = counts["failures"] + counts["errors"]
        outcome.passed = counts["tests"] - outcome.failed - outcome.skipped
    return outcome


def main() -> int:
    """Run the suites named on the command line; returns the exit code."""
    suites = commands()
    chosen = sys.argv[1:] or list(suites)
    if unknown := [name for name in chosen if name not in suites]:
        print(f"unknown suite {unknown[0]}; there are {', '.join(suites)}", file=sys.stderr)
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    outcomes = [run_suite(name, *suites[name]) for name in chosen]
    say("\n── Summary ──")
    for one in outcomes:
        verdict = "ok" if one.good else "FAILED" if one.passed or one.failed else "FAILED: no test ran"
        print(
            f"{one.suite:8} {one.passed:5} passed, {one.failed:3} failed, {one.skipped:3} skipped "
            f"in {one.seconds:4.0f} s   {verdict}"
        )
    # A suite that broke without naming a test still counts as one failure.
    failed = sum(max(one.failed, 0 if one.good else 1) for one in outcomes)
    skipped = sum(one.skipped for one in outcomes)
    closing = f"{sum(one.passed for one in outcomes)} passed, {failed} failed"
    print(f"\n{closing}, {skipped} skipped" if skipped else f"\n{closing}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
