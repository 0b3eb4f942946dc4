"""What a person can do with an authenticator app and recovery codes, and what signing in asks of them."""

import io
from collections.abc import Collection

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.factors import repository, rules
from powerautomation.identity.factors.entities import Factor, FactorsView, Passkey, TotpSetup
from powerautomation.identity.factors.errors import CodeRefused, TotpExists, TotpMissing
from powerautomation.identity.factors.repository import AsyncSession
from powerautomation.identity.factors.tables import SEALED_SECRET, TotpFactorRow
from powerautomation.identity.users import User, get_user, hold_user
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal

ISSUER = "PowerAutomation"


async def list_factors(session: AsyncSession, account_id: str) -> FactorsView:
    """Return which factors an account has."""
    row = await repository.find_totp(session, account_id)
    return FactorsView(
        totp_since=None if row is None else row.confirmed_at,
        recovery_codes_left=await repository.count_recovery_codes(session, account_id),
        passkeys=tuple(
            Passkey(one.id, one.name, one.synced, one.created_at, one.last_used_at)
            for one in await repository.list_passkeys(session, account_id)
        ),
    )


async def accounts_with_factors(session: AsyncSession, account_ids: Collection[str]) -> set[str]:
    """Return which of these accounts, at most some hundreds, have an authenticator app or a passkey."""
    return await repository.list_accounts(session, account_ids)


async def needs_code(session: AsyncSession, user: User) -> bool:
    """Say whether a password or a link alone does not sign this person in."""
    row = await repository.find_totp(session, user.account_id)
    return row is not None and row.confirmed_at is not None


async def begin_totp(session: AsyncSession, box: SecretBox, principal: Principal) -> TotpSetup:
    """Make the secret of a new authenticator app. It counts once ``confirm_totp`` had a code of it, within the hour.

    Raises TotpExists.
    """
    import segno
    from pyotp import TOTP

    user = await held_owner(session, principal)
    known = await repository.find_totp(session, user.account_id)
    if known is not None and known.confirmed_at is not None:
        raise TotpExists("You have an authenticator app already.", action="Remove it first; then set up the new one.")
    secret = rules.new_secret()
    row = TotpFactorRow(
        account_id=user.account_id,
        secret=box.encrypt(secret.encode(), SEALED_SECRET.place("", user.account_id)),
        created_at=now(),
        confirmed_at=None,
        last_step=0,
    )
    await repository.replace_totp(session, row)
    audit.record(session, principal, "factors.begin_totp", audit.Target("user", user.id, user.name))
    uri = TOTP(secret).provisioning_uri(name=user.sign_in_email or user.name, issuer_name=ISSUER)
    # Black on white whatever the page looks like: cameras read nothing else as well.
    picture = io.BytesIO()
    code = segno.make(uri, error="m", micro=False)
    code.save(picture, kind="svg", dark="#000", light="#fff", border=4, omitsize=True, xmldecl=False, nl=False)
    svg = picture.getvalue().decode()
    return TotpSetup(secret, uri, svg)


async def confirm_totp(session: AsyncSession, box: SecretBox, principal: Principal, code: str) -> list[str]:
    """Let the new authenticator app count; return recovery codes, which stand nowhere else.

    Raises TotpMissing, TotpExists, CodeRefused.
    """
    user = await held_owner(session, principal)
    row = await repository.find_totp(session, user.account_id)
    if row is None or (row.confirmed_at is None and row.created_at + rules.SETUP_LIFE < now()):
        raise TotpMissing("No authenticator app is being set up, or it took too long.", action="Begin again.")
    if row.confirmed_at is not None:
        raise TotpExists("You have an authenticator app already.", action="Reload the page.")
    if not await _use_totp(session, box, row, rules.normal_code(code)):
        raise CodeRefused(
            "This is not the code that the app shows now.",
            action="Enter the six digits before they change, and see that the telephone's clock is right.",
            fields={"code": "This is not the code that the app shows now."},
        )
    await repository.confirm_totp(session, user.account_id, now())
    audit.record(session, principal, "factors.confirm_totp", audit.Target("user", principal.id, principal.name))
    return await _new_codes(session, box, user.account_id)


async def make_recovery_codes(session: AsyncSession, box: SecretBox, principal: Principal) -> list[str]:
    """Return new recovery codes, which stand nowhere else; the earlier ones stop working. Raises TotpMissing."""
    user = await held_owner(session, principal)
    row = await repository.find_totp(session, user.account_id)
    if row is None or row.confirmed_at is None:
        raise TotpMissing("Recovery codes stand in for an authenticator app.", action="Set up the app first.")
    audit.record(session, principal, "factors.make_codes", audit.Target("user", principal.id, principal.name))
    return await _new_codes(session, box, user.account_id)


async def remove_totp(session: AsyncSession, principal: Principal) -> None:
    """Take the person's authenticator app away, and the recovery codes with it. Raises TotpMissing."""
    user = await held_owner(session, principal)
    if await repository.find_totp(session, user.account_id) is None:
        raise TotpMissing("You have no authenticator app.", action="Reload the page.")
    await repository.delete_codes(session, user.account_id)
    audit.record(session, principal, "factors.remove_totp", audit.Target("user", principal.id, principal.name))


async def use_code(session: AsyncSession, box: SecretBox, user: User, code: str) -> Factor | None:
    """Use up a code of a person's authenticator app, or a recovery code; None when it is neither or was used."""
    normal = rules.normal_code(code)
    if not rules.is_totp_code(normal):
        code_hash = rules.recovery_hash(_recovery_key(box), user.account_id, normal)
        used = await repository.use_recovery_code(session, user.account_id, code_hash)
        return "recovery" if used else None
    row = await repository.find_totp(session, user.account_id)
    if row is None or row.confirmed_at is None:
        return None
    return "totp" if await _use_totp(session, box, row, normal) else None


async def forget_factors(session: AsyncSession, account_id: str) -> None:
    """Remove every factor of an account; who does it writes down why."""
    await repository.delete_factors(session, account_id)


async def held_owner(session: AsyncSession, principal: Principal) -> User:
    """Return the person who changes the own factors, locked until the unit of work ends."""
    await hold_user(session, principal.organization_id, principal.id)
    return await get_user(session, principal.organization_id, principal.id)


async def _use_totp(session: AsyncSession, box: SecretBox, row: TotpFactorRow, code: str) -> bool:
    place = SEALED_SECRET.place("", row.account_id)
    step = rules.matching_step(box.decrypt(row.secret, place).decode(), code, now(), row.last_step)
    return step is not None and await repository.use_step(session, row.account_id, step)


async def _new_codes(session: AsyncSession, box: SecretBox, account_id: str) -> list[str]:
    codes = [rules.new_recovery_code() for _ in range(rules.RECOVERY_CODES)]
    key = _recovery_key(box)
    hashes = [rules.recovery_hash(key, account_id, rules.normal_code(code)) for code in codes]
    await repository.replace_recovery_codes(session, account_id, hashes, now())
    return codes


def _recovery_key(box: SecretBox) -> bytes:
    return box.derive("recovery codes")
