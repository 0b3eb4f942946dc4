"""Erasing a person: nothing of the person is left anywhere, and the audit log is whole, over HTTP on both columns."""

import secrets
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from powerautomation.governance import audit
from powerautomation.governance.audit_verifier import verify
from powerautomation.governance.encryption import SEALED, SecretUnreadable
from powerautomation.identity.groups.tables import GroupRow
from powerautomation.identity.people.service import begin_purge
from powerautomation.identity.privacy import erasing, erasures, finish_erasures, run_unfinished
from powerautomation.identity.privacy.repository import all_tables, person_columns, whose_of
from powerautomation.identity.single_sign_on.tables import SignInProviderRow
from powerautomation.identity.units.tables import UnitRow
from powerautomation.identity.users.tables import AccountRow, UserRow
from powerautomation.infrastructure.database import PERSONAL, Personal, declared_metadata
from powerautomation.kernel import clock

GRACE, ACCOUNT = "usr_grace", "acc_grace"
NAME, EMAIL, IP, AGENT = "Canary Hopper", "canary.hopper@example.org", "198.51.100.77", "canary-browser/9"
CANARIES = (NAME, EMAIL, IP, AGENT, "canary-text")
# The program makes these itself.
OWN_WAY = {"users", "accounts", "audit_events", "person_keys", "erasures", "api_keys"}


def filled(table: Table, column: Column[Any], here, key_id: str, made: dict[str, Any], row: dict[str, Any]) -> Any:
    refers = {one.column.table.name: one.column.name for one in column.foreign_keys}
    if column.name == "organization_id" or "organizations" in refers:
        return here.admin.organization_id
    if column in person_columns(table):
        return {"api_key": key_id, "account": ACCOUNT}.get(whose_of(column).found, GRACE)
    for parent, name in refers.items():
        if parent in made:
            return made[parent][name]
    if SEALED in column.info:
        owner = here.admin.organization_id if "organization_id" in table.columns else ""
        place = column.info[SEALED].place(owner, *(row[name] for name in column.info[SEALED].row))
        return here.box.encrypt(b"canary-text" if PERSONAL in column.info else b"the organization's", place)
    if isinstance(column.type, LargeBinary):
        return secrets.token_bytes(32)
    personal = PERSONAL in column.info
    if isinstance(column.type, String):
        return "canary-text" if personal else secrets.token_hex(3)[: column.type.length or 6]
    if isinstance(column.type, Integer):
        return 1
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Date):
        return clock.now().date()
    if isinstance(column.type, DateTime) or "DateTime" in type(column.type).__name__:
        return clock.now()
    return {"said": "canary-text"} if personal else {}


async def with_rows_everywhere(here):
    """Sign a person in who leaves a row in every table that says whose its rows are."""
    async with here.db.unit_of_work() as session:
        session.add(
            UserRow(
                id=GRACE,
                organization_id=here.admin.organization_id,
                email=EMAIL,
                account=AccountRow(id=ACCOUNT, email=EMAIL, created_at=clock.now()),
                name=NAME,
                role="developer",
                locale="",
                created_at=clock.now(),
                accepted_at=clock.now(),
                disabled_at=None,
                deleted_at=None,
            )
        )
    grace = here.new_browser(ip=IP)
    grace.http.headers["user-agent"] = AGENT
    assert (await grace.open_link(await here.link(EMAIL))).status_code == 200
    key = (await grace.send("POST", "api-keys", {"name": f"{NAME}'s laptop"})).json()
    assert (await grace.send("GET", "users")).status_code == 403
    admin = await here.signed_in()
    renamed = await admin.send("PATCH", f"users/{GRACE}", {"name": f"{NAME} II"})
    assert renamed.status_code == 200, renamed.text
    async with here.db.unit_of_work() as session:
        provider = SignInProviderRow(
            id="sip_1",
            organization_id=here.admin.organization_id,
            kind="oidc",
            name="Somewhere",
            enabled=True,
            options={},
            secret_ciphertext=b"",
            has_secret=False,
            rules=[],
            default_role="guest",
            email_domains=[],
            creates_people=False,
            links_by_email=False,
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        unit = UnitRow(
            id="unt_1",
            organization_id=here.admin.organization_id,
            parent_id="",
            kind="team",
            name="Harbour",
            name_key="harbour",
            settings={},
            created_at=clock.now(),
            archived_at=None,
        )
        group = GroupRow(
            id="grp_1",
            organization_id=here.admin.organization_id,
            name="Sailors",
            name_key="sailors",
            external_id="",
            unit_id="",
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        session.add_all([provider, unit, group])
        await session.flush()
        made: dict[str, dict[str, Any]] = {"sign_in_providers": {"id": "sip_1"}, "units": {"id": "unt_1"}}
        made["scim_groups"] = {"id": "grp_1"}
        for table in declared_metadata().sorted_tables:
            if person_columns(table) and table.name not in OWN_WAY:
                row: dict[str, Any] = {}
                for column in sorted(table.columns, key=lambda one: SEALED in one.info):
                    row[column.name] = filled(table, column, here, key["api_key"]["id"], made, row)
                await session.execute(insert(table).values(row))
                made[table.name] = row
    return admin, grace


async def found_anywhere(here, settings) -> list[str]:
    """Return where a canary stands: any column of any table, opened where the box can, and the files beside."""
    found = []
    async with here.db.read() as session:
        for table in all_tables():
            for row in (await session.execute(select(table))).mappings():
                for column in table.columns:
                    value = row[column]
                    if SEALED in column.info and value:
                        sealed = column.info[SEALED]
                        place = sealed.place(row.get("organization_id", ""), *(row[name] for name in sealed.row))
                        try:
                            value = here.box.decrypt(bytes(value), place)
                        except SecretUnreadable:
                            continue
                    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    found += [f"{table.name}.{column.name}: {one}" for one in CANARIES if one in text]
    for line in await exported(here):
        found += [f"audit export: {one}" for one in CANARIES if one.encode() in line]
    for path in settings.data_dir.rglob("*"):
        if path.is_file() and "powerautomation.db" not in path.name:
            found += [f"{path.name}: {one}" for one in CANARIES if one.encode() in path.read_bytes()]
    return found


async def exported(here) -> list[bytes]:
    return [audit.export_line(one) async for one in audit.export_chain(here.db, here.admin.organization_id)]


@pytest.fixture
async def whole(here, column):
    """An installation whose Grace has a row everywhere."""
    admin, grace = await with_rows_everywhere(here)
    places = await found_anywhere(here, column)
    # The search sees what is there, sealed or not.
    assert {"users.email: canary.hopper@example.org", "gateway_files.content: canary-text"} <= set(places)
    assert f"audit export: {IP}" in places
    assert f"audit export: {NAME}" in places
    return admin, grace


async def test_nothing_of_an_erased_person_is_left_and_the_audit_log_is_whole(here, column, whole):
    admin, grace = whole
    answer = await admin.send("POST", f"users/{GRACE}/erase")
    assert answer.status_code == 200, answer.text
    receipt = {f"{row['table']}.{row['column']}": (row["done"], row["rows"]) for row in answer.json()["rows"]}
    assert receipt["users.id"] == receipt["accounts.id"] == receipt["totp_factors.account_id"] == ("delete", 1)
    assert receipt["gateway_files.api_key_id"] == ("delete", 1)
    assert receipt["api_keys.created_by"] == ("blank", 1)
    assert receipt["gateway_requests.person"] == ("keep", 1)
    assert receipt["audit_events.actor_id"][0] == "shred"
    assert answer.json()["finished_at"]
    assert all(row["because"] for row in answer.json()["rows"] if row["done"] in ("keep", "shred", "blank"))

    assert await found_anywhere(here, column) == []
    log = await exported(here)
    report = verify(log)
    assert report.ok, report
    assert report.closed >= 4
    assert (await grace.send("GET", "session")).status_code == 401
    events = [one async for one in audit.export_chain(here.db, here.admin.organization_id)]
    assert [one.event.action for one in events][-1] == "personal_data.erase"
    assert {one.event.actor.id for one in events} >= {GRACE, here.admin.id}
    by_admin = [one for one in events if one.event.action == "users.update"]
    assert [one.event.actor.name for one in by_admin] == ["Administrator"], "only what was Grace's is gone"
    listed = (await admin.send("GET", "erasures")).json()["items"]
    assert [(one["user_id"], one["cause"], one["begun_by"]) for one in listed] == [(GRACE, "asked", here.admin.id)]


async def test_a_missing_part_is_tampering_unless_an_erasure_explains_it(here, whole):
    assert whole
    log = await exported(here)
    assert verify(log).closed == 0
    assert verify(log).ok
    async with here.db.unit_of_work() as session:
        await session.execute(update(declared_metadata().tables["person_keys"]).values(sealed_key=None))
    report = verify(await exported(here))
    assert not report.ok
    assert "no event says that the person was erased" in report.problem


async def test_an_erasure_killed_anywhere_is_gone_on_with(here, column, whole, monkeypatch):
    admin, _ = whole
    monkeypatch.setattr(erasures, "BATCH_ROWS", 1)
    real, left = erasing.erase_some, [3]

    async def dies(*given):
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("killed")
        return await real(*given)

    monkeypatch.setattr(erasing, "erase_some", dies)
    rounds = 0
    assert (await admin.send("POST", f"users/{GRACE}/erase")).status_code == 500
    while True:
        rounds += 1
        left[0] = 8 + rounds
        try:
            await finish_erasures(here.db, column.data_dir)
        except RuntimeError:
            continue
        break
    assert rounds > 2
    assert await found_anywhere(here, column) == []
    assert verify(await exported(here)).ok
    events = [one.event.action async for one in audit.export_chain(here.db, here.admin.organization_id)]
    assert events.count("personal_data.erase") == events.count("personal_data.begin_erasure") == 1


async def test_a_backup_does_not_bring_an_erased_person_back(here, column, whole):
    admin, _ = whole
    ids = {"accounts": ("id", ACCOUNT), "users": ("id", GRACE), "person_keys": ("user_id", GRACE)}
    tables = {declared_metadata().tables[name]: (column, value) for name, (column, value) in ids.items()}
    async with here.db.read() as session:
        kept = [
            dict((await session.execute(select(table).where(table.c[column] == value))).mappings().one())
            for table, (column, value) in tables.items()
        ]
    assert (await admin.send("POST", f"users/{GRACE}/erase")).status_code == 200
    await finish_erasures(here.db, column.data_dir)
    async with here.db.unit_of_work() as session:
        # As a backup of before has it.
        await session.execute(delete(declared_metadata().tables["erasures"]))
        keys = declared_metadata().tables["person_keys"]
        await session.execute(delete(keys).where(keys.c.user_id == GRACE))
        for table, row in zip(tables, kept, strict=True):
            await session.execute(insert(table).values(row))
    assert await found_anywhere(here, column) != []
    await finish_erasures(here.db, column.data_dir)
    assert await found_anywhere(here, column) == []
    assert verify(await exported(here)).ok
    assert [one["cause"] for one in (await admin.send("GET", "erasures")).json()["items"]] == ["restored"]


async def test_deletion_ends_in_erasure_after_thirty_days_and_not_before(here, column, frozen, whole):
    admin, _ = whole
    assert (await admin.send("DELETE", f"users/{GRACE}")).status_code == 204
    frozen.advance(days=29)
    async with here.db.unit_of_work() as session:
        assert await begin_purge(session) == 0
    frozen.advance(days=2)
    async with here.db.unit_of_work() as session:
        assert await begin_purge(session) == 1
    (done,) = await run_unfinished(here.db)
    assert (done.user_id, done.cause) == (GRACE, "deleted")
    assert await found_anywhere(here, column) == []


async def test_the_last_administrator_oneself_and_strangers_are_not_erased(here):
    admin = await here.signed_in()
    itself = await admin.send("POST", f"users/{here.admin.id}/erase")
    assert (itself.status_code, itself.json()["code"]) == (403, "users.not_yourself")
    other = await here.other_organization()
    theirs = await other.send("POST", f"users/{here.admin.id}/erase")
    assert (theirs.status_code, theirs.json()["code"]) == (404, "users.not_found")
    grace = await here.person("grace@example.org", "developer", id=GRACE)
    refused = await grace.send("POST", f"users/{here.admin.id}/erase")
    assert (refused.status_code, refused.json()["code"]) == (403, "access.permission_missing")


def test_every_column_about_people_says_what_erasing_does_to_it():
    for table in all_tables():
        rules = {column.name: whose_of(column) for column in person_columns(table)}
        for name, rule in rules.items():
            assert rule.erasure, f"{table.name}.{name}: whose() needs what becomes of the row"
            assert rule.erasure == "delete" or rule.because, f"{table.name}.{name}: what stays says why"
        for column in table.columns:
            found = column.info.get(PERSONAL)
            if isinstance(found, Personal):
                goes = "delete" in {rule.erasure for rule in rules.values()}
                assert goes or found.erasure, (
                    f"{table.name}.{column.name}: its row stays, so it says what becomes of it"
                )
                assert found.erasure != "keep" or found.because, f"{table.name}.{column.name}: what stays says why"
