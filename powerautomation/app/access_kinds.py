"""The kinds of settings about who gets in, who may what and who belongs where: sign-in policy, e-mail domains, roles,
access policies, units, what people agree to, and with whom keys are shared."""

from dataclasses import asdict
from typing import Any

from powerautomation.governance.configuration import Kind, State
from powerautomation.identity.access import Resource, RoleDraft, ensure_confirmed
from powerautomation.identity.api_keys import reaching
from powerautomation.identity.consents import TextDraft, put_text, read_text
from powerautomation.identity.email_domains import repository as domain_rows
from powerautomation.identity.email_domains import service as domains
from powerautomation.identity.policies import repository as policy_rows
from powerautomation.identity.policies import service as policies
from powerautomation.identity.roles import repository as role_rows
from powerautomation.identity.roles import service as roles
from powerautomation.identity.sharing import Grantee, list_shared_ids, list_shares
from powerautomation.identity.sign_in_policies import SignInPolicy, read_policy
from powerautomation.identity.single_sign_on import policy as sign_in_policy
from powerautomation.identity.units import repository as unit_rows
from powerautomation.identity.units import service as units

SIGN_IN_POLICY = "sign_in_policy"
CONSENT_TEXT = "consent_text"


def sign_in_policy_kind() -> Kind:
    """Return the kind of the policy about passwords; going back asks, as its own door does, whether anybody is locked
    out by it."""

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        policy = await read_policy(session, owner)
        if policy == SignInPolicy():
            return None
        return {"passwords": policy.passwords, "break_glass": list(policy.break_glass)}

    async def listed(session: Any, owner: str) -> dict[str, State]:
        state = await read(session, owner, SIGN_IN_POLICY)
        return {} if state is None else {SIGN_IN_POLICY: state}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        ensure_confirmed(user)
        wanted = SignInPolicy()
        if state is not None:
            wanted = SignInPolicy(bool(state["passwords"]), tuple(str(one) for one in state["break_glass"]))
        await sign_in_policy.set_policy(session, user, wanted)
        return SIGN_IN_POLICY

    return Kind(
        name=SIGN_IN_POLICY,
        target=SIGN_IN_POLICY,
        reads="single_sign_on:read",
        writes="single_sign_on:write",
        read=read,
        list=listed,
        apply=apply,
        # It names people.
        key_of=lambda state: None,
        name_of=lambda state: "",
        single=True,
    )


def consent_text_kind() -> Kind:
    """Return the kind of what people are to agree to; going back is a new version of the text, asked anew."""

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        text = await read_text(session, owner)
        return None if text is None else {**asdict(text.draft), "roles": list(text.draft.roles)}

    async def listed(session: Any, owner: str) -> dict[str, State]:
        state = await read(session, owner, CONSENT_TEXT)
        return {} if state is None else {CONSENT_TEXT: state}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        if state is not None:
            await put_text(session, user, TextDraft(**{**state, "roles": tuple(state["roles"])}))
        return CONSENT_TEXT

    return Kind(
        name=CONSENT_TEXT,
        target=CONSENT_TEXT,
        reads="personal_data:read",
        writes="personal_data:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: CONSENT_TEXT,
        name_of=lambda state: str(state["title"]),
        single=True,
        shape={"title": str, "text": str, "roles": list[str], "asked": bool},
    )


def email_domain_kind() -> Kind:
    """Return the kind of e-mail domains. That a domain is proven is no setting: its own web server says so."""

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        row = await domain_rows.find_domain(session, owner, object_id)
        return None if row is None else {"domain": row.domain}

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {row.id: {"domain": row.domain} for row in await domain_rows.list_domains(session, owner)}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        if state is None:
            ensure_confirmed(user)
            await domains.remove_domain(session, user, object_id or "")
            return object_id or ""
        if object_id and await read(session, user.principal.organization_id, object_id) is not None:
            # Nothing of a domain changes but that it is there.
            return object_id
        return (await domains.add_domain(session, user, str(state["domain"]))).id

    return Kind(
        name="email_domain",
        target="email_domain",
        reads="single_sign_on:read",
        writes="single_sign_on:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: str(state["domain"]),
        name_of=lambda state: str(state["domain"]),
        shape={"domain": str},
    )


def unit_kind() -> Kind:
    """Return the kind of companies, departments and teams. Who belongs to them is in the audit log."""

    def state_of(row: Any) -> State:
        return {"name": row.name, "kind": row.kind, "parent_id": row.parent_id, "settings": dict(row.settings)}

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        row = await unit_rows.find_row(session, owner, object_id)
        return None if row is None or row.archived_at is not None else state_of(row)

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {row.id: state_of(row) for row in await unit_rows.list_rows(session, owner)}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        if state is None:
            await units.archive_unit(session, user, object_id or "")
            return object_id or ""
        if not object_id or await unit_rows.find_row(session, user.principal.organization_id, object_id) is None:
            return (await units.create_unit(session, user, **state)).unit.id
        await units.restore_unit(session, user, object_id)
        await units.change_unit(session, user, object_id, **state)
        return object_id

    return Kind(
        name="unit",
        target="unit",
        reads="units:read",
        writes="units:write",
        read=read,
        list=listed,
        apply=apply,
        # The tree is of the people here, and who is above is named by id.
        key_of=lambda state: None,
        name_of=lambda state: str(state["name"]),
    )


def share_kind() -> Kind:
    """Return the kind of with whom a gateway key is shared; the object is the key. The key itself is no setting."""

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        shares = await list_shares(session, owner, Resource(reaching.KIND, object_id))
        found = [{"grantee_kind": one.grantee.kind, "grantee_id": one.grantee.id, "level": one.level} for one in shares]
        found.sort(key=lambda one: (one["grantee_kind"], one["grantee_id"]))
        return {"key": object_id, "shares": found} if found else None

    async def listed(session: Any, owner: str) -> dict[str, State]:
        found = {}
        for key_id in await list_shared_ids(session, owner, reaching.KIND):
            state = await read(session, owner, key_id)
            if state is not None:
                found[key_id] = state
        return found

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        key_id = object_id or ""
        wanted = {
            Grantee(one["grantee_kind"], one["grantee_id"]): one["level"]
            for one in ([] if state is None else state["shares"])
        }
        for share in await reaching.list_key_shares(session, user, key_id):
            if share.grantee not in wanted:
                await reaching.unshare_api_key(session, user, key_id, share.id)
        for grantee, level in wanted.items():
            await reaching.share_api_key(session, user, key_id, grantee, level)
        return key_id

    return Kind(
        name="share",
        target="api_key",
        reads="api_keys:read",
        writes="api_keys:write",
        read=read,
        list=listed,
        apply=apply,
        # Keys and people are others elsewhere.
        key_of=lambda state: None,
        name_of=lambda state: str(state["key"]),
    )


def role_kind() -> Kind:
    """Return the kind of the organization's own roles."""

    def state_of(row: Any) -> State:
        return {"name": row.name, "summary": row.summary, "base": row.base, "added": row.added, "removed": row.removed}

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        row = await role_rows.find_row(session, owner, object_id)
        return None if row is None else state_of(row)

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {row.id: state_of(row) for row in await role_rows.list_rows(session, owner)}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        known = await read(session, user.principal.organization_id, object_id) if object_id else None
        if state is None:
            await roles.delete_role(session, user, object_id or "")
            return object_id or ""
        change = {**state, "added": frozenset(state["added"]), "removed": frozenset(state["removed"])}
        if known is not None:
            await roles.change_role(session, user, object_id or "", change)
            return object_id or ""
        return (await roles.create_role(session, user, RoleDraft(**change))).role.id

    return Kind(
        name="role",
        target="role",
        reads="users:read",
        writes="roles:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: str(state["name"]).casefold(),
        name_of=lambda state: str(state["name"]),
        shape={"name": str, "summary": str, "base": str | None, "added": list[str], "removed": list[str]},
    )


def policy_kind() -> Kind:
    """Return the kind of access policies."""

    def state_of(row: Any) -> State:
        return {"name": row.name, "summary": row.summary, "text": row.text, "enabled": row.enabled}

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        row = await policy_rows.find_row(session, owner, object_id)
        return None if row is None else state_of(row)

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {row.id: state_of(row) for row in await policy_rows.list_rows(session, owner)}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        # As at its own door: who has access is changed by a person who has just proved who it is.
        ensure_confirmed(user)
        if state is None:
            await policies.delete_policy(session, user, object_id or "")
            return object_id or ""
        if object_id and await read(session, user.principal.organization_id, object_id) is not None:
            await policies.change_policy(session, user, object_id, state)
            return object_id
        return (await policies.create_policy(session, user, **state)).id

    return Kind(
        name="policy",
        target="policy",
        reads="policies:read",
        writes="policies:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: str(state["name"]).casefold(),
        name_of=lambda state: str(state["name"]),
        shape={"name": str, "summary": str, "text": str, "enabled": bool},
    )
