"""Labelled commands: what a careful engineer would ask before each of them runs."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from powerautomation.approvals.risk import Action, Level, assess, load_rules

COMMANDS = list(
    csv.DictReader((Path(__file__).parent / "commands.csv").read_text(encoding="utf-8").splitlines(keepends=True))
)
ORDER = ("SAFE", "LOW", "MEDIUM", "HIGH", "CRITICAL", "DENY")
NEEDED = 0.97


def judged(command: str) -> str:
    """Return the level of a command as text, or DENY."""
    action = Action("Bash", {"command": command}, cwd="/home/dev/shop", home="/home/dev", agent="claude-code")
    found = assess(action, load_rules())
    return "DENY" if found.denied else found.level.name


@pytest.fixture(scope="module")
def results() -> list[tuple[str, str, str]]:
    return [(row["level"], judged(row["command"]), row["command"]) for row in COMMANDS]


def test_there_are_five_hundred_different_commands_of_every_level() -> None:
    assert len({row["command"] for row in COMMANDS}) >= 500
    assert set(ORDER) == {row["level"] for row in COMMANDS}


def test_nearly_all_commands_are_judged_as_a_careful_engineer_would(
    results: list[tuple[str, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    right = sum(expected == found for expected, found, _ in results)
    table = Counter((expected, found) for expected, found, _ in results)
    with capsys.disabled():
        print(f"\nrisk: {right} of {len(results)} labelled commands as expected ({right / len(results):.1%})")
        print("expected \\ found " + " ".join(f"{name:>8}" for name in ORDER))
        for expected in ORDER:
            print(f"{expected:16} " + " ".join(f"{table[expected, found]:8}" for found in ORDER))
    wrong = [one for one in results if one[0] != one[1]]
    assert right / len(results) >= NEEDED, wrong


def test_no_dangerous_command_is_taken_for_a_harmless_one(results: list[tuple[str, str, str]]) -> None:
    dangerous = {"HIGH", "CRITICAL", "DENY"}
    assert [one for one in results if one[0] in dangerous and one[1] in ("SAFE", "LOW")] == []


def test_nothing_critical_is_less_than_high(results: list[tuple[str, str, str]]) -> None:
    assert [one for one in results if one[0] == "CRITICAL" and one[1] in ("SAFE", "LOW", "MEDIUM")] == []


def test_what_cannot_be_parsed_is_denied_and_not_merely_risky() -> None:
    found = assess(Action("Bash", {"command": 'rm -rf "'}), load_rules())
    assert found.denied
    assert found.level is Level.CRITICAL
    assert found.reasons[0].code == "unparsed"
