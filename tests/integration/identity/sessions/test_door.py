"""As whom somebody with an account in several organizations gets in by a password."""

import pytest

from powerautomation.identity.sign_in_policies.tables import SignInPolicyRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from tests.integration.app.installation import Installation, installation

EMAIL, PASSWORD = "ada@example.org", "an old lighthouse keeper"


@pytest.fixture
async def here(column: Settings):
    async with installation(column) as running:
        yield running


async def shut(here: Installation, organization_id: str) -> None:
    """Switch passwords off in an organization, for everybody."""
    async with here.application.database.unit_of_work() as session:
        session.add(SignInPolicyRow(organization_id=organization_id, passwords=False, break_glass=[], updated_at=now()))


async def test_who_is_shut_out_of_one_organization_gets_into_the_other_by_the_same_password(here: Installation):
    admin, stranger = await here.administrator(), await here.stranger()
    ada = here.browser()
    invited = {"name": "Ada", "email": EMAIL, "role": "developer"}
    accepted = {"token": (await admin.ok("POST", "users", invited))["token"], "new_password": PASSWORD}
    answer = await ada.post("/api/v1/session/invitation/accept", json=accepted)
    ada.headers["x-csrf-token"] = answer.json()["csrf_token"]
    token = (await stranger.ok("POST", "users", invited))["token"]
    joined = await ada.post("/api/v1/session/invitation/join", json={"token": token})
    assert joined.status_code == 200, joined.text
    ada.headers["x-csrf-token"] = joined.json()["csrf_token"]
    # The one used last is the first.
    back = await ada.post("/api/v1/session/organization", json={"organization_id": admin.principal.organization_id})
    assert back.status_code == 200, back.text

    async def enters() -> tuple[int, str]:
        answer = await here.browser().post("/api/v1/session", json={"email": EMAIL, "password": PASSWORD})
        told = answer.json()
        return answer.status_code, told["organization"]["name"] if answer.is_success else told["code"]

    assert await enters() == (200, "Default")
    await shut(here, admin.principal.organization_id)
    assert await enters() == (200, "Elsewhere")
    await shut(here, stranger.principal.organization_id)
    assert await enters() == (403, "sessions.passwords_off")
