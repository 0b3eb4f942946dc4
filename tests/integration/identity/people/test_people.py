"""Inviting, changing, deactivating and removing people, over HTTP on both storage columns."""

import asyncio

import pytest

from powerautomation.identity.people import jobs
from powerautomation.identity.people.service import begin_purge
from powerautomation.identity.privacy import run_unfinished

GUEST = {"name": "Grace", "email": "grace@example.org", "role": "guest"}
NEW_PASSWORD = "an old lighthouse keeper"


def problem_of(answer):
    return answer.status_code, answer.json()["code"]


async def invited(browser, **values):
    answer = await browser.send("POST", "users", {**GUEST, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def accept(browser, token, password=NEW_PASSWORD, **values):
    return await browser.send("POST", "session/invitation/accept", {"token": token, "new_password": password, **values})


async def listed(browser, query=""):
    answer = await browser.send("GET", f"users{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_invited_person_chooses_a_password_and_is_in(here):
    admin = await here.signed_in()
    link = await invited(admin)
    (person,) = await listed(admin, "?state=invited")
    assert (person["name"], person["role"], person["state"]) == ("Grace", "guest", "invited")
    assert person["invited_until"] == link["expires_at"]
    browser = here.new_browser()
    looked = await browser.send("POST", "session/invitation", {"token": link["token"]})
    assert looked.json() == {"email": GUEST["email"], "name": "Grace", "organization_name": "Default"}
    answer = await accept(browser, link["token"], name="Grace H.")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["user"]["name"], answer.json()["user"]["role"]) == ("Grace H.", "guest")
    assert answer.json()["permissions"] == ["organizations:read", "prices:read"]
    assert (await here.new_browser().sign_in(GUEST["email"], NEW_PASSWORD)).status_code == 200
    (person,) = await listed(admin, "?state=active&search=grace")
    assert person["last_seen_at"] is not None


async def test_invitation_works_once_and_weak_passwords_do_not_use_it_up(here):
    admin = await here.signed_in()
    token = (await invited(admin))["token"]
    weak = await accept(here.new_browser(), token, "password1234")
    assert problem_of(weak) == (422, "users.password_too_weak")
    tries = await asyncio.gather(*(accept(here.new_browser(), token) for _ in range(4)))
    assert sorted(answer.status_code for answer in tries) == [200, 401, 401, 401]
    assert problem_of(await accept(here.new_browser(), token)) == (401, "sessions.invitation_invalid")


async def test_new_invitation_voids_the_old_and_seven_days_end_it(here, frozen):
    admin = await here.signed_in()
    first = await invited(admin)
    second = (await admin.send("POST", f"users/{first['user_id']}/invitation")).json()
    for token in (first["token"], "unknown"):
        assert problem_of(await accept(here.new_browser(), token)) == (401, "sessions.invitation_invalid")
    frozen.advance(days=6, hours=23)
    assert (await here.new_browser().send("POST", "session/invitation", {"token": second["token"]})).status_code == 200
    frozen.advance(hours=2)
    assert problem_of(await accept(here.new_browser(), second["token"])) == (401, "sessions.invitation_invalid")
    (person,) = await listed(admin, "?state=invited")
    assert person["invited_until"] is None


async def test_invitation_signs_nobody_in_without_a_password_and_a_sign_in_link_is_no_invitation(here):
    admin = await here.signed_in()
    token = (await invited(admin))["token"]
    assert problem_of(await here.new_browser().open_link(token)) == (401, "sessions.link_invalid")
    assert problem_of(await accept(here.new_browser(), await here.link())) == (401, "sessions.invitation_invalid")


async def test_accepted_person_is_not_invited_again(here):
    admin = await here.signed_in()
    link = await invited(admin)
    await accept(here.new_browser(), link["token"])
    answer = await admin.send("POST", f"users/{link['user_id']}/invitation")
    assert problem_of(answer) == (409, "users.already_accepted")


async def test_deactivation_ends_sessions_and_invitations_at_once(here):
    admin = await here.signed_in()
    link = await invited(admin)
    waiting = await invited(admin, email="late@example.org")
    browser = here.new_browser()
    await accept(browser, link["token"])
    for user_id in (link["user_id"], waiting["user_id"]):
        answer = await admin.send("POST", f"users/{user_id}/deactivate", {})
        assert answer.json()["state"] == "inactive"
    assert (await browser.send("GET", "session")).status_code == 401
    wrong = await here.new_browser().sign_in(GUEST["email"], "not the password")
    right = await here.new_browser().sign_in(GUEST["email"], NEW_PASSWORD)
    assert problem_of(wrong) == problem_of(right) == (401, "sessions.credentials_wrong")
    assert problem_of(await accept(here.new_browser(), waiting["token"])) == (401, "sessions.invitation_invalid")
    await admin.send("POST", f"users/{link['user_id']}/activate")
    assert (await browser.send("GET", "session")).status_code == 401
    assert (await here.new_browser().sign_in(GUEST["email"], NEW_PASSWORD)).status_code == 200


@pytest.mark.parametrize("revoke_keys", [False, True])
async def test_keys_of_a_deactivated_person_end_only_when_asked(here, revoke_keys):
    admin = await here.signed_in()
    link = await invited(admin, role="developer")
    browser = here.new_browser()
    await accept(browser, link["token"])
    await browser.send("POST", "api-keys", {"name": "laptop"})
    (person,) = await listed(admin, "?search=grace")
    assert person["live_keys"] == 1
    answer = await admin.send("POST", f"users/{link['user_id']}/deactivate", {"revoke_keys": revoke_keys})
    assert answer.json()["live_keys"] == (0 if revoke_keys else 1)


async def test_changed_role_holds_for_the_next_request(here):
    admin = await here.signed_in()
    link = await invited(admin)
    browser = here.new_browser()
    await accept(browser, link["token"])
    assert (await browser.send("GET", "api-keys")).status_code == 403
    answer = await admin.send("PATCH", f"users/{link['user_id']}", {"role": "developer", "name": "Grace Hopper"})
    assert (answer.json()["role"], answer.json()["name"]) == ("developer", "Grace Hopper")
    assert (await browser.send("GET", "api-keys")).status_code == 200


async def test_nobody_changes_the_own_role_or_access(here):
    admin = await here.signed_in()
    await here.person("second@example.org", "system_admin")
    own = here.admin.id
    for method, path, body in (
        ("PATCH", f"users/{own}", {"role": "guest"}),
        ("POST", f"users/{own}/deactivate", {}),
        ("DELETE", f"users/{own}", None),
        ("DELETE", f"users/{own}/sessions", None),
    ):
        assert problem_of(await admin.send(method, path, body)) == (403, "users.not_yourself")


async def test_nobody_gives_or_touches_more_than_the_own_role(here):
    await here.signed_in()
    lesser = await here.person("lesser@example.org", "organization_admin")
    answer = await lesser.send("POST", "users", {**GUEST, "role": "system_admin"})
    assert problem_of(answer) == (403, "users.role_above_yours")
    for method, path, body in (
        ("PATCH", f"users/{here.admin.id}", {"role": "guest"}),
        ("POST", f"users/{here.admin.id}/deactivate", {}),
        ("DELETE", f"users/{here.admin.id}", None),
        ("DELETE", f"users/{here.admin.id}/sessions", None),
    ):
        assert problem_of(await lesser.send(method, path, body)) == (403, "users.role_above_yours")
    link = await invited(lesser, role="operator")
    answer = await lesser.send("PATCH", f"users/{link['user_id']}", {"role": "system_admin"})
    assert problem_of(answer) == (403, "users.role_above_yours")
    answer = await lesser.send("PATCH", f"users/{link['user_id']}", {"role": "emperor"})
    assert problem_of(answer) == (422, "users.role_unknown")


async def test_system_administrators_who_remove_each_other_at_once_do_not_both_go(here):
    one = await here.signed_in()
    two = await here.person("second@example.org", "system_admin", id="usr_second")
    answers = await asyncio.gather(
        one.send("PATCH", "users/usr_second", {"role": "guest"}),
        two.send("DELETE", f"users/{here.admin.id}"),
    )
    assert sorted(answer.is_success for answer in answers) != [True, True]
    left = [await browser.send("GET", "users?state=active") for browser in (one, two)]
    people = next(answer.json()["items"] for answer in left if answer.status_code == 200)
    assert [person["role"] for person in people].count("system_admin") == 1


async def test_deleted_person_can_be_brought_back_for_thirty_days(here, frozen):
    admin = await here.signed_in()
    link = await invited(admin)
    browser = here.new_browser()
    await accept(browser, link["token"])
    path = f"users/{link['user_id']}"
    assert (await admin.send("DELETE", path)).status_code == 204
    assert (await browser.send("GET", "session")).status_code == 401
    assert problem_of(await admin.send("GET", path)) == (404, "users.not_found")
    assert problem_of(await here.new_browser().sign_in(GUEST["email"], NEW_PASSWORD)) == (
        401,
        "sessions.credentials_wrong",
    )
    (deleted,) = (await admin.send("GET", "users/deleted")).json()["items"]
    assert deleted["id"] == link["user_id"]
    assert (await admin.send("POST", f"{path}/restore")).json()["state"] == "active"
    assert (await here.new_browser().sign_in(GUEST["email"], NEW_PASSWORD)).status_code == 200
    await admin.send("DELETE", path)
    # The administrator's session would end by idleness meanwhile.
    for _ in range(3):
        frozen.advance(days=10)
        await admin.send("GET", "session")
    frozen.advance(minutes=1)
    assert problem_of(await admin.send("POST", f"{path}/restore")) == (404, "users.not_found")
    async with here.db.unit_of_work() as session:
        assert await begin_purge(session) == 1
    assert len(await run_unfinished(here.db)) == 1
    async with here.db.unit_of_work() as session:
        assert await begin_purge(session) == 0


async def test_address_of_a_deleted_person_may_be_used_again(here):
    admin = await here.signed_in()
    first = await invited(admin)
    taken = await admin.send("POST", "users", GUEST)
    assert problem_of(taken) == (409, "users.email_taken")
    await admin.send("DELETE", f"users/{first['user_id']}")
    await invited(admin)
    answer = await admin.send("POST", f"users/{first['user_id']}/restore")
    assert problem_of(answer) == (409, "users.email_taken")


async def test_list_pages_and_searches_without_wildcards(here):
    admin = await here.signed_in()
    for number in range(5):
        await invited(admin, email=f"person{number}@example.org", name=f"Person_{number}")
    seen, after = [], ""
    while True:
        page = (await admin.send("GET", f"users?limit=2&after={after}")).json()
        seen += [person["email"] for person in page["items"]]
        after = page["next_after"]
        if after is None:
            break
    assert seen == [f"person{number}@example.org" for number in (4, 3, 2, 1, 0)] + [""]
    assert len(await listed(admin, "?search=PERSON_")) == 5
    assert await listed(admin, "?search=%25") == await listed(admin, "?search=person%25") == []


async def test_import_reports_line_by_line_and_a_trial_changes_nothing(here):
    admin = await here.signed_in()
    known = await invited(admin)
    text = (
        "\ufeffEmail;Name;Role;Team\r\n"
        "new@example.org;'=1+1;developer;x\r\n"
        "grace@example.org;Grace;operator;x\r\n"
        "\r\n"
        "broken;Nobody;guest;x\r\n"
        "other@example.org;Other;emperor;x\r\n"
        "new@example.org;=1+1;developer;x\r\n"
    )
    expected = [
        (2, "invited", ""),
        (3, "changed", ""),
        (5, "refused", "users.email_invalid"),
        (6, "refused", "users.role_unknown"),
        (7, "unchanged", ""),
    ]
    trial = (await admin.send("POST", "users/import", {"csv": text, "dry_run": True})).json()
    assert [(line["number"], line["result"], line["code"]) for line in trial["items"]] == expected
    assert not any(line["token"] for line in trial["items"])
    assert len(await listed(admin)) == 2
    report = (await admin.send("POST", "users/import", {"csv": text})).json()
    assert [(line["number"], line["result"], line["code"]) for line in report["items"]] == expected
    assert (await accept(here.new_browser(), report["items"][0]["token"])).status_code == 200
    assert (await admin.send("GET", f"users/{known['user_id']}")).json()["role"] == "operator"
    exported = await admin.send("GET", "users/export")
    assert exported.headers["content-type"].startswith("text/csv")
    assert "new@example.org,'=1+1,developer,,active," in exported.text
    again = (await admin.send("POST", "users/import", {"csv": exported.text})).json()["items"]
    assert {line["result"] for line in again if line["email"]} == {"unchanged"}


async def test_import_cannot_give_more_than_the_own_role_or_change_oneself(here):
    await here.signed_in()
    lesser = await here.person("lesser@example.org", "organization_admin")
    text = "email,name,role\nnew@example.org,New,system_admin\nlesser@example.org,Me,guest\n"
    report = (await lesser.send("POST", "users/import", {"csv": text})).json()["items"]
    assert [line["code"] for line in report] == ["users.role_above_yours", "users.not_yourself"]


@pytest.mark.parametrize("text", [" ", "name,email\n", "email,name,role,role\n", 'email,name,role\n"a', "x" * 99])
async def test_unreadable_import_is_refused_as_a_whole(here, text):
    admin = await here.signed_in()
    assert problem_of(await admin.send("POST", "users/import", {"csv": text})) == (422, "users.import_invalid")


async def test_administrator_of_another_organization_finds_nobody_here(here):
    admin = await here.signed_in()
    link = await invited(admin)
    gone = await invited(admin, email="gone@example.org")
    await admin.send("DELETE", f"users/{gone['user_id']}")
    stranger = await here.other_organization()
    assert [person["id"] for person in await listed(stranger)] == ["usr_other"]
    path = f"users/{link['user_id']}"
    for method, target, body in (
        ("GET", path, None),
        ("PATCH", path, {"role": "guest"}),
        ("DELETE", path, None),
        ("POST", f"{path}/deactivate", {}),
        ("POST", f"{path}/activate", None),
        ("POST", f"{path}/invitation", None),
        ("GET", f"{path}/sessions", None),
        ("DELETE", f"{path}/sessions", None),
        ("POST", f"users/{gone['user_id']}/restore", None),
        ("GET", f"access/explain?permission=prices:read&user_id={link['user_id']}", None),
    ):
        assert problem_of(await stranger.send(method, target, body)) == (404, "users.not_found")


async def test_purge_goes_on_after_the_database_was_away(here, monkeypatch):
    turns = []

    async def once(_seconds):
        turns.append(1)
        raise asyncio.CancelledError

    monkeypatch.setattr(jobs.asyncio, "sleep", once)
    with pytest.raises(asyncio.CancelledError):
        await jobs.purge_deleted_people_for_ever(here.db)
    assert turns == [1]
