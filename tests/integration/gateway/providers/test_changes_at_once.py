"""Whoever is told of a change finds it so with the very next request, not some milliseconds later."""

from tests.fixtures.simulators import Simulator, say
from tests.integration.app.installation import Person


async def test_new_key_works_and_revoked_key_is_refused_with_the_next_request(admin: Person, sim: Simulator) -> None:
    sim.moonshot.always(say("Hello."))
    for number in range(10):
        created = await admin.ok("POST", "api-keys", {"name": f"key {number}"})
        fresh = Person(admin.http, admin.principal, created["token"])
        assert (await fresh.ask("filed-kimi")).status_code == 200
        await admin.ok("DELETE", f"api-keys/{created['api_key']['id']}")
        assert (await fresh.ask("filed-kimi")).status_code == 401


async def test_new_provider_serves_and_deleted_provider_is_unknown_with_the_next_request(
    admin: Person, sim: Simulator
) -> None:
    sim.moonshot.always(say("Hello."))
    for number in range(5):
        given = {
            "name": f"fresh-{number}",
            "dialect": "openai-chat",
            "base_url": sim.moonshot.base_url,
            "api_key": "sk-fresh",
            "models": [{"public_model": f"fresh-{number}", "model": "kimi-k2.6"}],
        }
        created = await admin.ok("POST", "providers", given)
        assert (await admin.ask(f"fresh-{number}")).status_code == 200
        await admin.ok("DELETE", f"providers/{created['id']}")
        assert (await admin.ask(f"fresh-{number}")).status_code == 404
