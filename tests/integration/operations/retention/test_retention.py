"""The page of retention: every rule with its days, its last and next run, how many rows went, and what failed."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from powerautomation.infrastructure.database import declared_metadata
from powerautomation.infrastructure.removals import Rule, removing
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import Conflict
from powerautomation.operations.retention.rules import rules_of
from tests.integration.app.installation import Installation, Person, installation, settings_with


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(settings_with(column, audit={"kept_days": 0})) as running:
        yield running


async def told(person: Person, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in (await person.ok("GET", "retention"))["items"] if one["name"] == name)
    return found


async def test_a_run_says_how_many_rows_went_and_when_it_runs_next(here: Installation) -> None:
    admin, stranger = await here.administrator(), await here.stranger()
    before = (await told(admin, "files"))["total"]
    for rows in (3, 4):
        async with removing(here.application.database, "files", 600) as tally:
            tally.rows = rows
    found = await told(admin, "files")
    assert (found["days"], found["removed"], found["total"], found["failure"]) == (30, 4, before + 7, "")
    ran, following = (datetime.fromisoformat(found[one]) for one in ("ran_at", "next_at"))
    assert following - ran == timedelta(seconds=600)
    theirs = await told(stranger, "files")
    assert (theirs["removed"], theirs["total"]) == (None, None), "how much the whole server removed is not theirs"


async def test_a_failure_is_shown_until_a_run_goes_well(here: Installation) -> None:
    admin = await here.administrator()

    async def fail() -> None:
        async with removing(here.application.database, "thoughts", 600):
            raise Conflict("It is held.", code="thoughts.held")

    with pytest.raises(Conflict):
        await fail()
    found = await told(admin, "thoughts")
    assert (found["failure"], found["failed_at"] is not None) == ("thoughts.held", True)
    async with removing(here.application.database, "thoughts", 600):
        pass
    found = await told(admin, "thoughts")
    assert (found["failure"], found["removed"], found["failed_at"] is not None) == ("", 0, True)


async def test_what_is_kept_for_ever_says_so(here: Installation) -> None:
    admin = await here.administrator()
    for name in ("audit", "ledger"):
        found = await told(admin, name)
        assert (found["ends"], found["days"]) == ("never", None)


def test_every_rule_of_a_job_is_on_the_page_and_names_real_tables() -> None:
    rules = rules_of(Settings())
    assert {one.name for one in rules if one.ends == "job"} == set(get_args(Rule))
    assert {table for one in rules for table in one.tables} <= set(declared_metadata().tables)
