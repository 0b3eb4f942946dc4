"""A person's sessions: seen, and ended one by one or all but one, on both storage columns."""


async def sessions_of(browser):
    answer = await browser.send("GET", "sessions")
    assert answer.status_code == 200
    return answer.json()


async def test_own_sessions_are_listed_with_this_one_marked_and_their_limits(here, frozen):
    phone = await here.signed_in()
    frozen.advance(minutes=5)
    laptop = await here.signed_in()
    found = await sessions_of(laptop)
    assert [one["is_this"] for one in found["items"]] == [True, False]
    assert (found["idle_days"], found["longest_days"]) == (14, 60)
    mine = found["items"][0]
    assert mine["method"] == "link"
    assert mine["ip"] == "203.0.113.7"
    assert mine["idle_ends_at"] < mine["expires_at"]
    assert [one["is_this"] for one in (await sessions_of(phone))["items"]] == [False, True]


async def test_one_session_or_all_others_can_be_ended(here):
    one, two, three = [await here.signed_in() for _ in range(3)]
    (second,) = [session["id"] for session in (await sessions_of(two))["items"] if session["is_this"]]
    assert (await one.send("DELETE", f"sessions/{second}")).status_code == 204
    assert (await two.send("GET", "session")).status_code == 401
    again = await one.send("DELETE", f"sessions/{second}")
    assert (again.status_code, again.json()["code"]) == (404, "sessions.not_found")
    assert (await one.send("DELETE", "sessions")).json() == {"ended": 1}
    assert (await three.send("GET", "session")).status_code == 401
    assert (await one.send("GET", "session")).status_code == 200


async def test_nobody_ends_the_session_of_somebody_else_by_its_id(here):
    admin = await here.signed_in()
    mine = (await sessions_of(admin))["items"][0]["id"]
    for other in (await here.person("colleague@example.org", "system_admin"), await here.other_organization()):
        assert (await other.send("DELETE", f"sessions/{mine}")).status_code == 404
        assert len((await sessions_of(other))["items"]) == 1
    assert (await admin.send("GET", "session")).status_code == 200


async def test_administrator_sees_and_ends_the_sessions_of_a_person(here):
    admin = await here.signed_in()
    guest = await here.person("guest@example.org", "guest", id="usr_guest")
    assert len((await admin.send("GET", "users/usr_guest/sessions")).json()["items"]) == 1
    assert (await admin.send("DELETE", "users/usr_guest/sessions")).json() == {"ended": 1}
    assert (await guest.send("GET", "session")).status_code == 401
