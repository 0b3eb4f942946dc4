"""Endpoints of signing in and of the session a browser has."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response, status
from fastapi.responses import JSONResponse

from powerautomation.identity.access import (
    SignedInUser,
    allowed_now,
    placed,
    plug_session_check,
    public,
    signed_in,
    unit_of_work,
)
from powerautomation.identity.factors import PasskeyOptions, relying_party, sign_in_options
from powerautomation.identity.sessions import invitations, listing, memberships, rules, service, steps
from powerautomation.identity.sessions.entities import Client
from powerautomation.identity.sessions.errors import CrossSiteRefused
from powerautomation.identity.sessions.opening import NewSession, OpenSession, get_open_session
from powerautomation.identity.sessions.origins import is_cross_site, needs_secure_cookie
from powerautomation.identity.sessions.schemas import (
    AcceptBody,
    ConfirmBody,
    EndedSessions,
    InvitationAnswer,
    InvitationBody,
    LinkBody,
    LiveSessionAnswer,
    LiveSessionList,
    MembershipAnswer,
    MembershipList,
    OrganizationAnswer,
    PasskeySignInBody,
    PasswordBody,
    ProfileBody,
    SessionAnswer,
    SignInBody,
    StepAnswer,
    StepBody,
    SwitchBody,
    UserAnswer,
)

router = APIRouter(prefix="/api/v1/session", tags=["session"])
sessions_router = APIRouter(prefix="/api/v1/sessions", tags=["session"])
SignedIn = Annotated[SignedInUser, Depends(signed_in)]

_SECOND_STEP: dict[int | str, dict[str, Any]] = {
    202: {"model": StepAnswer, "description": "It was right; the second step is needed before anybody is signed in."}
}

# Whoever mounts these routes has sessions; every guarded route of the application then finds who is signed in by them.
plug_session_check(service.check_session)


def refuse_other_sites(request: Request) -> None:
    """Refuse what a page of another site sent: nobody is signed in yet, so no CSRF token can prove where it is from."""
    headers = request.headers
    if is_cross_site(
        sec_fetch_site=headers.get("sec-fetch-site", ""),
        origin=headers.get("origin", ""),
        host=headers.get("host", ""),
        public_url=request.app.state.settings.server.public_url,
    ):
        raise CrossSiteRefused(
            "A page of another site sent this request, so nobody was signed in.",
            action="Open the console itself. Behind a reverse proxy, let it pass the Host header on, or set "
            "server.public_url to the address people use.",
        )


@router.post(
    "/link",
    dependencies=[Depends(public), Depends(refuse_other_sites)],
    response_model=SessionAnswer,
    responses=_SECOND_STEP,
)
async def redeem_sign_in_link(request: Request, response: Response, body: LinkBody) -> SessionAnswer | Response:
    """Sign in with a one-time link; it works once."""
    state = request.app.state
    new = await service.redeem_link(state.database, state.secret_box, client_of(request), body.token.get_secret_value())
    return second_step(new) if isinstance(new, steps.PendingStep) else keep_session(request, response, new)


@router.post("/invitation", dependencies=[Depends(public), Depends(refuse_other_sites)])
async def look_at_invitation(request: Request, body: InvitationBody) -> InvitationAnswer:
    """Return whom an invitation is for. It is not used up."""
    found = await invitations.find_invitation(request.app.state.database, body.token.get_secret_value())
    return InvitationAnswer(email=found.user.email, name=found.user.name, organization_name=found.organization_name)


@router.post("/invitation/accept", dependencies=[Depends(public), Depends(refuse_other_sites)])
async def accept_invitation(request: Request, response: Response, body: AcceptBody) -> SessionAnswer:
    """Accept an invitation by choosing a password, and sign in; it works once."""
    state = request.app.state
    new = await invitations.accept_invitation(
        state.database,
        state.secret_box,
        client_of(request),
        body.token.get_secret_value(),
        body.new_password.get_secret_value(),
        body.name,
    )
    return keep_session(request, response, new)


@router.post(
    "",
    dependencies=[Depends(public), Depends(refuse_other_sites)],
    response_model=SessionAnswer,
    responses=_SECOND_STEP,
)
async def create_session(request: Request, response: Response, body: SignInBody) -> SessionAnswer | Response:
    """Sign in with e-mail address and password."""
    state = request.app.state
    new = await service.sign_in(
        state.database, state.secret_box, client_of(request), body.email, body.password.get_secret_value()
    )
    return second_step(new) if isinstance(new, steps.PendingStep) else keep_session(request, response, new)


@router.post("/second-step", dependencies=[Depends(public), Depends(refuse_other_sites)])
async def finish_session(request: Request, response: Response, body: StepBody) -> SessionAnswer:
    """Sign in with the second step, after a password or link was answered with 202."""
    state = request.app.state
    token, code = body.token.get_secret_value(), body.code.get_secret_value()
    new = await steps.finish_sign_in(state.database, state.secret_box, client_of(request), token, code)
    return keep_session(request, response, new)


@router.post("/passkey/options", dependencies=[Depends(public), Depends(refuse_other_sites)])
async def begin_passkey_session(request: Request) -> PasskeyOptions:
    """Return what the browser needs to ask for a passkey, within five minutes. Nothing is kept."""
    return PasskeyOptions(options=sign_in_options(request.app.state.secret_box, relying_party(request)))


@router.post("/passkey", dependencies=[Depends(public), Depends(refuse_other_sites)])
async def create_passkey_session(request: Request, response: Response, body: PasskeySignInBody) -> SessionAnswer:
    """Sign in with a passkey alone."""
    state = request.app.state
    new = await steps.sign_in_by_passkey(
        state.database, state.secret_box, relying_party(request), client_of(request), body.credential
    )
    return keep_session(request, response, new)


@router.post("/confirm")
async def confirm_session(request: Request, response: Response, body: ConfirmBody, user: SignedIn) -> SessionAnswer:
    """Prove anew who one is; for ten minutes dangerous actions go on. The session's cookie and CSRF token are new."""
    state = request.app.state
    if body.credential is not None:
        box, party = request.app.state.secret_box, relying_party(request)
        proved = await steps.confirm_by_passkey(request.state.database, box, party, user, body.credential)
        return keep_session(request, response, proved)
    new = await steps.confirm(
        state.database,
        state.secret_box,
        user,
        password=body.password.get_secret_value() if body.password is not None else None,
        code=body.code.get_secret_value() if body.code is not None else None,
    )
    return keep_session(request, response, new)


@router.get("")
async def get_session(request: Request, response: Response, user: SignedIn) -> SessionAnswer:
    """Return who is signed in. A session cookie from before the server spoke TLS gets its better name."""
    _rename_cookie(request, response)
    async with request.state.database.read() as session:
        return _answer(request, await get_open_session(session, user))


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
async def delete_session(
    request: Request, response: Response, user: SignedIn, session: Annotated[Any, unit_of_work]
) -> None:
    """Sign out: the session ends at once, on every replica."""
    await service.sign_out(session, user)
    for prefix in {"", host_prefix(request)}:
        response.delete_cookie(
            prefix + rules.SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=is_secure(request)
        )


@router.put("/password")
async def set_password(request: Request, body: PasswordBody, user: SignedIn) -> SessionAnswer:
    """Set one's password; every other session of the person ends."""
    state = request.app.state
    current = body.current_password
    opened = await service.set_password(
        state.database,
        state.secret_box,
        user,
        new_password=body.new_password.get_secret_value(),
        current_password=current.get_secret_value() if current is not None else None,
        email=body.email,
        name=body.name,
    )
    return _answer(request, opened)


@router.patch("")
async def update_session(
    request: Request, body: ProfileBody, user: SignedIn, session: Annotated[Any, unit_of_work]
) -> SessionAnswer:
    """Change one's name or language."""
    return _answer(request, await service.change_profile(session, user, name=body.name, locale=body.locale))


@router.get("/organizations")
async def list_memberships(request: Request, user: SignedIn) -> MembershipList:
    """Return the organizations one can go to with the same account, the present one too."""
    async with request.app.state.database.read() as session:
        found = await memberships.memberships_of(session, user)
    return MembershipList(
        items=[
            MembershipAnswer(
                organization=OrganizationAnswer(id=one.organization.id, name=one.organization.name),
                is_this=one.user.id == user.principal.id,
            )
            for one in found
        ]
    )


@router.post("/organization")
async def switch_organization(request: Request, response: Response, body: SwitchBody, user: SignedIn) -> SessionAnswer:
    """Go to another organization of the same account: this session ends, with a new cookie another begins there."""
    database, client = request.app.state.database, client_of(request)
    return keep_session(request, response, await memberships.switch(database, user, client, body.organization_id))


@router.post("/invitation/join", dependencies=[Depends(refuse_other_sites)])
async def join_organization(
    request: Request, response: Response, body: InvitationBody, user: SignedIn
) -> SessionAnswer:
    """Accept an invitation as who is signed in, and go to its organization; it works once."""
    database, client = request.app.state.database, client_of(request)
    return keep_session(
        request, response, await memberships.join(database, user, client, body.token.get_secret_value())
    )


# One's own sessions are those of the account: in every organization, so behind no wall of one.
@sessions_router.get("")
async def list_sessions(request: Request, user: SignedIn) -> LiveSessionList:
    """Return one's own live sessions in every organization, the one used last first."""
    async with request.app.state.database.read() as session:
        found = await memberships.sessions_of_account(session, user)
    places = {one.id: organization.name for one, organization in found}
    newest = sorted((one for one, _ in found), key=lambda one: one.last_seen_at, reverse=True)
    return session_list(newest, this=user.session_id, places=places)


@sessions_router.delete("")
async def end_other_sessions(request: Request, user: SignedIn) -> EndedSessions:
    """End one's own sessions in every organization but the one that asks."""
    async with request.app.state.database.unit_of_work() as session:
        return EndedSessions(ended=await memberships.end_other_sessions(session, user))


@sessions_router.delete("/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_session(request: Request, session_id: str, user: SignedIn) -> None:
    """End one of one's own sessions; it is refused everywhere with its next request."""
    async with request.app.state.database.unit_of_work() as session:
        await memberships.end_session(session, user, session_id)


def session_list(
    found: list[listing.LiveSession], *, this: str = "", places: Mapping[str, str] | None = None
) -> LiveSessionList:
    """Return sessions as the API shows them; ``this`` is the id of the one that asks, ``places`` says in which
    organization each is."""
    return LiveSessionList(
        items=[
            LiveSessionAnswer(
                id=one.id,
                is_this=one.id == this,
                organization=(places or {}).get(one.id, ""),
                method=one.method,
                factor=one.factor,
                ip=one.ip,
                user_agent=one.user_agent,
                created_at=one.created_at,
                last_seen_at=one.last_seen_at,
                idle_ends_at=one.idle_ends_at,
                expires_at=one.expires_at,
            )
            for one in found
        ],
        idle_days=rules.SESSION_IDLE_LIFE.days,
        longest_days=rules.SESSION_LIFE.days,
    )


def client_of(request: Request) -> Client:
    """Return from where a request comes."""
    return Client(
        ip=request.client.host if request.client else "",
        user_agent="".join(c for c in request.headers.get("user-agent", "") if c.isprintable()),
        cookies=_cookies(request),
    )


def _cookies(request: Request) -> str:
    return "; ".join(request.headers.getlist("cookie"))


def is_secure(request: Request) -> bool:
    """Say whether cookies given to this browser carry Secure."""
    server = request.app.state.settings.server
    return needs_secure_cookie(
        server.secure_cookies,
        https=request.url.scheme == "https" or server.public_url.startswith("https://"),
        host=request.headers.get("host", ""),
        user_agent=request.headers.get("user-agent", ""),
    )


def host_prefix(request: Request) -> str:
    """Return how the name of a cookie for this whole host begins: over TLS so that no other host can give it."""
    server = request.app.state.settings.server
    https = request.url.scheme == "https" or server.public_url.startswith("https://")
    return rules.HOST_PREFIX if https and is_secure(request) else ""


def _rename_cookie(request: Request, response: Response) -> None:
    prefix, cookies = host_prefix(request), _cookies(request)
    if not prefix or rules.cookie_values(cookies, prefix + rules.SESSION_COOKIE):
        return
    for token in rules.cookie_values(cookies, rules.SESSION_COOKIE)[:1]:
        _set_session_cookie(request, response, token)
        response.delete_cookie(rules.SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=True)


def _set_session_cookie(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        host_prefix(request) + rules.SESSION_COOKIE,
        token,
        max_age=int(rules.SESSION_LIFE.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )


def second_step(step: steps.PendingStep) -> JSONResponse:
    """Answer that the second step is needed. No cookie is set: nobody is signed in."""
    answer = StepAnswer(token=step.token, expires_at=step.expires_at, recovery_codes_left=step.recovery_codes_left)
    return JSONResponse(answer.model_dump(mode="json"), status.HTTP_202_ACCEPTED)


def keep_session(request: Request, response: Response, new: NewSession) -> SessionAnswer:
    """Give the browser its cookies, readable by no script and sent by no other site's form."""
    secure = is_secure(request)
    _set_session_cookie(request, response, new.token)
    if new.device_token:
        response.set_cookie(
            (rules.SECURE_PREFIX if host_prefix(request) else "") + rules.DEVICE_COOKIE,
            new.device_token,
            max_age=int(rules.DEVICE_LIFE.total_seconds()),
            path="/api/v1/session",
            httponly=True,
            samesite="strict",
            secure=secure,
        )
    return _answer(request, new.opened)


def _answer(request: Request, opened: OpenSession) -> SessionAnswer:
    user = opened.user
    return SessionAnswer(
        user=UserAnswer(
            id=user.id,
            email=user.email,
            name=user.name,
            locale=user.locale,
            role=user.role,
            has_password=user.has_password,
        ),
        organization=OrganizationAnswer(id=opened.organization.id, name=opened.organization.name),
        permissions=sorted(allowed_now(placed(opened.signed_in, request))),
        csrf_token=opened.signed_in.csrf,
        expires_at=opened.signed_in.expires_at,
        environment=request.app.state.settings.server.environment,
    )
