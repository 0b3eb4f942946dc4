"""The page about the ASVS names every requirement once, only tests that exist, and counts what it says."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "asvs.md"
STATES = ("met", "partly", "not yet", "does not apply")
TEST = re.compile(r"`([\w./-]+)::([^`]+)`")
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.\w+)`")


class Row(NamedTuple):
    """One requirement as the page has it; ``tests`` are pairs of a file and a name."""

    id: str
    level: int
    words: str
    state: str
    tests: tuple[tuple[str, str], ...]
    reason: str


def standard() -> list[tuple[str, int]]:
    """Ids and levels of the requirements, in the standard's order."""
    lines = (Path(__file__).parent / "asvs_requirements.csv").read_text().splitlines()
    pairs = [line.split(",") for line in lines if line.startswith("V")]
    return [(name, int(level)) for name, level in pairs]


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


@cache
def rows() -> tuple[Row, ...]:
    found = []
    for line in PAGE.read_text().splitlines():
        if re.match(r"\| V\d+\.\d+\.\d+ ", line):
            name, level, words, state, shown = cells_of(line)
            reason = TEST.sub("", shown).strip("; .")
            found.append(Row(name, int(level), words, state, tuple(TEST.findall(shown)), reason))
    return tuple(found)


@cache
def text_of(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def exists(file: str, name: str) -> bool:
    """Say whether a file has a test of this name: a function of Python, a title in quotes of TypeScript."""
    text = text_of(ROOT / file)
    if file.endswith(".py"):
        return re.search(rf"^ *(async )?def {re.escape(name)}\(", text, re.MULTILINE) is not None
    return f'"{name}"' in text


def test_every_requirement_of_levels_1_and_2_is_there_once_in_order() -> None:
    assert [(row.id, row.level) for row in rows()] == standard()
    assert Counter(level for _, level in standard()) == {1: 70, 2: 183}, "as many as version 5.0.0 has"


def test_rows_have_a_state_that_tests_or_reasons_back() -> None:
    assert [row.id for row in rows() if not row.words or row.state not in STATES] == []
    assert [row.id for row in rows() if row.state == "met" and not row.tests] == [], "met means that a test shows it"
    assert [row.id for row in rows() if row.state != "met" and not row.reason] == [], "what is not met says why"


def test_named_tests_and_files_exist() -> None:
    tests = [(row.id, file, name) for row in rows() for file, name in row.tests if not exists(file, name)]
    files = [(row.id, file) for row in rows() for file in FILE.findall(row.reason) if not (ROOT / file).is_file()]
    assert (tests, files) == ([], [])


def test_a_test_that_does_not_exist_would_be_found() -> None:
    own = Path(__file__).relative_to(ROOT).as_posix()
    journey = "web/e2e/journeys/people.spec.ts"
    assert exists(own, "test_a_test_that_does_not_exist_would_be_found")
    assert exists(journey, "another session is seen and ended")
    assert not exists(own, "test_a_test_that_does_not")
    assert not exists(journey, "another session is seen")
    assert not exists("tests/unit/test_nothing.py", "test_nothing")


def test_summary_counts_what_the_rows_say() -> None:
    said = {}
    for line in PAGE.read_text().partition("## Summary")[2].partition("\n## ")[0].splitlines():
        title, *numbers = cells_of(line)
        if numbers and all(number.isdigit() for number in numbers):
            said[title.strip("*")] = [int(number) for number in numbers]
    chapters = dict.fromkeys(row.id.partition(".")[0] for row in rows())
    counted = {
        **{chapter: [row for row in rows() if row.id.startswith(f"{chapter}.")] for chapter in chapters},
        "Level 1": [row for row in rows() if row.level == 1],
        "Level 2": [row for row in rows() if row.level == 2],
        "All": list(rows()),
    }
    expected = {
        title: [*(sum(row.state == state for row in group) for state in STATES), len(group)]
        for title, group in counted.items()
    }
    assert {title.split()[0] if title[0] == "V" else title: numbers for title, numbers in said.items()} == expected
