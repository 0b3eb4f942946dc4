"""An organization obliges its people to have a second factor, by a policy."""

from tests.integration.identity.conftest import EMAIL, PASSWORD, Clock, Installation
from tests.integration.identity.factors.test_second_step import STEP, first_step, second_step, set_up

EVERYBODY = """forbid (principal, action, resource)
when { principal.by == "session" }
unless { context.device.second_factor };
"""


async def test_whoever_has_no_second_factor_may_only_set_one_up(here: Installation, frozen: Clock) -> None:
    admin = await here.with_password()
    app, _ = await set_up(admin)
    draft = {"name": "Second factor", "text": EVERYBODY}
    locked_out = await admin.send("POST", "policies", draft)
    assert locked_out.json()["code"] == "policies.locks_out", "this session began before there was one"
    frozen.advance(seconds=STEP)
    admin = here.new_browser()
    await second_step(admin, await first_step(admin, email=EMAIL, password=PASSWORD), app.code())
    made = await admin.send("POST", "policies", draft)
    assert made.status_code == 201, made.text
    assert (await admin.send("GET", "users")).status_code == 200

    grace = await here.person("grace@example.org", "project_manager")
    words = "a quiet lantern by the weir"
    changed = await grace.send("PUT", "session/password", {"email": "grace@example.org", "new_password": words})
    assert changed.status_code == 200
    refused = await grace.send("GET", "users")
    assert refused.status_code == 403
    assert "the policy “Second factor” forbids users:read" in refused.json()["detail"]
    theirs, _ = await set_up(grace)
    frozen.advance(seconds=STEP)
    again = here.new_browser()
    token = await first_step(again, email="grace@example.org", password=words)
    assert (await second_step(again, token, theirs.code())).status_code == 200
    assert (await again.send("GET", "users")).status_code == 200
    key = await admin.send("POST", "api-keys", {"name": "program", "scopes": ["users:read"]})
    bearer = {"authorization": f"Bearer {key.json()['token']}"}
    assert (await here.new_browser().send("GET", "users", headers=bearer)).status_code == 200
