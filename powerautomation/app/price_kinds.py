"""The kinds of settings about money that are no limits: imported prices, and below what a balance is low."""

from typing import Any

import msgspec

from powerautomation.gateway.balances import Wished, stated_thresholds
from powerautomation.gateway.balances import repository as balance_rows
from powerautomation.gateway.balances import service as balances
from powerautomation.gateway.metering import price_import
from powerautomation.governance.configuration import Kind, State
from powerautomation.infrastructure.settings import Settings

# A version has every imported price in it.
MOST_PRICE_VERSIONS = 50


def prices_kind() -> Kind:
    """Return the kind of the prices an organization imported: all of them are one setting."""

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        found = await price_import.read_imported(session, owner)
        return found or None

    async def listed(session: Any, owner: str) -> dict[str, State]:
        state = await read(session, owner, "")
        return {} if state is None else {"prices": state}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        await price_import.replace_imported(session, user.principal, (state or {}).values())
        return "prices"

    return Kind(
        name="prices",
        target="price_file",
        reads="prices:read",
        writes="prices:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: "prices",
        name_of=lambda state: "",
        single=True,
        most_versions=MOST_PRICE_VERSIONS,
    )


def balance_threshold_kind(settings: Settings) -> Kind:
    """Return the kind of the amounts below which somebody is told of a provider's balance."""
    default, declared = stated_thresholds(settings)

    def state_of(provider: str, wished: Wished) -> State | None:
        return None if wished == Wished() else {"provider": provider, **msgspec.to_builtins(wished)}

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        return state_of(object_id, await balance_rows.find_wished(session, owner, object_id))

    async def listed(session: Any, owner: str) -> dict[str, State]:
        rows = await balance_rows.list_questions(session, owner)
        found = {row.provider: state_of(row.provider, Wished(row.low_nanos, row.low_days)) for row in rows}
        return {provider: state for provider, state in found.items() if state is not None}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        provider = str((state or {}).get("provider") or object_id or "")
        wished = Wished()
        if state is not None:
            wished = msgspec.convert({"nanos": state["nanos"], "days": state["days"]}, Wished, strict=False)
        stated = declared.get(provider, Wished())
        await balances.set_threshold(session, user.principal, provider, wished, declared=stated, default=default)
        return provider

    return Kind(
        name="balance_threshold",
        target="balance_threshold",
        reads="balances:read",
        writes="balances:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: str(state["provider"]),
        name_of=lambda state: str(state["provider"]),
        shape={"provider": str, "nanos": int | None, "days": float | None},
    )
