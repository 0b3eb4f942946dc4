"""What can be done with consents: set the text, be asked, agree, take back, look who did."""

from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.consents import repository
from powerautomation.identity.consents.entities import Consent, ConsentText, OwnConsent, TextDraft
from powerautomation.identity.consents.errors import ConsentNotFound, TextChanged, TextInvalid
from powerautomation.identity.consents.repository import AsyncSession
from powerautomation.identity.consents.tables import ConsentRow, ConsentTextRow
from powerautomation.identity.roles import load_roles
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id

MOST_OWN = 100
MOST_LISTED = 1_000
MOST_TEXTS = 100


async def read_text(session: AsyncSession, organization_id: str) -> ConsentText | None:
    """Return the newest version of what people are to agree to; None while nobody wrote any."""
    row = await repository.find_text(session, organization_id)
    return None if row is None else _text_of(row)


async def list_texts(session: AsyncSession, organization_id: str) -> list[ConsentText]:
    """Return the versions of the text, the newest first, at most 100."""
    return [_text_of(row) for row in await repository.list_texts(session, organization_id, MOST_TEXTS)]


async def put_text(session: AsyncSession, actor: SignedInUser, draft: TextDraft) -> ConsentText:
    """Say what people are to agree to. Another title or text is a new version, to which everybody is asked anew; who is
    asked, and whether, changes without one. Raises TextInvalid, TextChanged when somebody else was faster."""
    owner = actor.principal.organization_id
    draft = await _checked(session, owner, draft)
    row = await repository.find_text(session, owner, hold=True)
    before = None if row is None else _text_of(row)
    if before is not None and row is not None and (row.title, row.text) == (draft.title, draft.text):
        row.roles, row.asked = list(draft.roles), draft.asked
        await session.flush()
    else:
        row = ConsentTextRow(
            organization_id=owner,
            version=1 if row is None else row.version + 1,
            title=draft.title,
            text=draft.text,
            roles=list(draft.roles),
            asked=draft.asked,
            created_at=now(),
        )
        if not await repository.insert_row(session, row):
            raise TextChanged("Somebody else changed the text just now.", action="Reload the page.")
    after = _text_of(row)
    if before != after:
        target = audit.Target("consent_text", "")
        known = None if before is None else _state(before)
        audit.record(session, actor.principal, "consents.set_text", target, before=known, after=_state(after))
    return after


async def own_consent(session: AsyncSession, user: SignedInUser) -> OwnConsent:
    """Return what somebody is to agree to, and agreed to."""
    owner = user.principal.organization_id
    text = await read_text(session, owner)
    rows = await repository.list_of(session, owner, user.principal.id, MOST_OWN)
    given = tuple(_consent_of(row) for row in rows)
    return OwnConsent(text, text is not None and _is_due(text, user, given), given)


async def give_consent(session: AsyncSession, user: SignedInUser, version: int) -> Consent:
    """Note that somebody agrees to a version, which is the one that is asked now. Raises TextChanged."""
    owner = user.principal.organization_id
    text = await read_text(session, owner)
    if text is None or text.version != version:
        raise TextChanged("The text was changed meanwhile.", action="Read the new one.")
    row = ConsentRow(
        id=new_id("cns"),
        organization_id=owner,
        user_id=user.principal.id,
        version=version,
        given_at=now(),
        withdrawn_at=None,
    )
    if not await repository.insert_row(session, row):
        rows = await repository.list_of(session, owner, user.principal.id, MOST_OWN)
        return next(_consent_of(one) for one in rows if one.version == version and one.withdrawn_at is None)
    audit.record(session, user.principal, "consents.give", _target(user), after={"version": version})
    return _consent_of(row)


async def withdraw_consent(session: AsyncSession, user: SignedInUser) -> None:
    """Take back what somebody agreed to; whom the text is for is asked again. Raises ConsentNotFound."""
    ended = await repository.withdraw(session, user.principal.organization_id, user.principal.id, now())
    if not ended:
        raise ConsentNotFound("There is nothing to take back.", action="Reload the page.")
    audit.record(session, user.principal, "consents.withdraw", _target(user), before={"versions": ended})


async def list_consents(session: AsyncSession, organization_id: str) -> tuple[list[Consent], dict[int, int]]:
    """Return who agreed to what, newest first, at most 1,000, and by version how many consents hold."""
    rows = await repository.list_all(session, organization_id, MOST_LISTED)
    return [_consent_of(row) for row in rows], await repository.count_live(session, organization_id)


def _is_due(text: ConsentText, user: SignedInUser, given: tuple[Consent, ...]) -> bool:
    if not text.draft.asked:
        return False
    if text.draft.roles and not {role.id for role in user.role.chain} & set(text.draft.roles):
        return False
    return not any(one.version == text.version and one.withdrawn_at is None for one in given)


async def _checked(session: AsyncSession, owner: str, draft: TextDraft) -> TextDraft:
    title, text = " ".join(draft.title.split()), draft.text.strip()
    if not title or not title.isprintable():
        raise _invalid("title", "It needs a title that can be shown.")
    if not text:
        raise _invalid("text", "There is nothing to agree to.")
    roles = tuple(sorted(set(draft.roles)))
    if unknown := set(roles) - set(await load_roles(session, owner)):
        raise _invalid("roles", f"There is no such role: {', '.join(sorted(unknown))[:200]}.")
    return TextDraft(title, text, roles, draft.asked)


def _invalid(field: str, message: str) -> TextInvalid:
    return TextInvalid(message, action="Correct it and save again.", fields={field: message})


def _target(user: SignedInUser) -> audit.Target:
    return audit.Target("user", user.principal.id, user.principal.name)


def _state(text: ConsentText) -> dict[str, object]:
    draft = text.draft
    return {
        "version": text.version,
        "title": draft.title,
        "text": draft.text,
        "roles": list(draft.roles),
        "asked": draft.asked,
    }


def _text_of(row: ConsentTextRow) -> ConsentText:
    return ConsentText(row.version, TextDraft(row.title, row.text, tuple(row.roles), row.asked), row.created_at)


def _consent_of(row: ConsentRow) -> Consent:
    return Consent(row.id, row.user_id, row.version, row.given_at, row.withdrawn_at)
