"""Endpoints of sign-in providers: for who sets them up, and for browsers nobody is signed in with yet."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Query, Request, Response, status
from fastapi.responses import HTMLResponse, RedirectResponse

from powerautomation.identity.access import SignedInUser, confirmed, public, requires, unit_of_work
from powerautomation.identity.sessions import (
    PendingStep,
    SessionAnswer,
    StepAnswer,
    client_of,
    host_prefix,
    is_secure,
    keep_session,
    refuse_other_sites,
    second_step,
)
from powerautomation.identity.sign_in_policies import SignInPolicy
from powerautomation.identity.single_sign_on import passwords, policy, posting, providers, rules, service
from powerautomation.identity.single_sign_on.answers import policy_answer, provider_answer, test_answer
from powerautomation.identity.single_sign_on.entities import Begun, Kind, RoleRule
from powerautomation.identity.single_sign_on.errors import ProviderInvalid
from powerautomation.identity.single_sign_on.options import (
    LdapBody,
    OidcBody,
    SamlBody,
)
from powerautomation.identity.single_sign_on.own_metadata import own_metadata
from powerautomation.identity.single_sign_on.providers import Draft, ProviderView
from powerautomation.identity.single_sign_on.schemas import (
    DirectorySignInBody,
    OfferedProvider,
    OfferedProviderList,
    SignInPolicyAnswer,
    SignInPolicyBody,
    SignInProviderAnswer,
    SignInProviderBody,
    SignInProviderList,
    SignInTestAnswer,
    StartAnswer,
    StartBody,
)
from powerautomation.identity.single_sign_on.service import Desk
from powerautomation.kernel.errors import Problem

CALLBACK_PATH = "/api/v1/session/callback"
METADATA_PATH = "/api/v1/session/metadata"
door = APIRouter(prefix="/api/v1/session", tags=["session"])
router = APIRouter(prefix="/api/v1/sign-in-providers", tags=["single sign-on"])
policy_router = APIRouter(prefix="/api/v1/sign-in-policy", tags=["single sign-on"])
Reader = Annotated[SignedInUser, Depends(requires("single_sign_on:read"))]
Writer = Annotated[SignedInUser, Depends(requires("single_sign_on:write"))]
Unit = Annotated[Any, unit_of_work]


@door.get("/providers", dependencies=[Depends(public)])
async def list_offered_providers(
    request: Request,
    domain: Annotated[str, Query(max_length=253)] = "",
    provider: Annotated[str, Query(max_length=64)] = "",
) -> OfferedProviderList:
    """Return by which providers somebody can sign in: with several organizations those of an e-mail domain, or the one
    with an id. Where a domain is needed ``by_domain`` says so."""
    async with request.app.state.database.read() as session:
        offer = await providers.list_offered(session, domain.strip().lower(), provider)
    items = [OfferedProvider(id=one.id, kind=one.kind, name=one.name) for one in offer.providers]
    return OfferedProviderList(items=items, by_domain=offer.by_domain)


@door.post("/providers/{provider_id}/start", dependencies=[Depends(public), Depends(refuse_other_sites)])
async def start_provider_sign_in(
    request: Request, response: Response, provider_id: str, body: StartBody
) -> StartAnswer:
    """Begin to sign in by a provider: the browser gets a cookie and the address to go to."""
    begun = await service.begin(
        _desk(request),
        client_of(request),
        provider_id[:64],
        redirect_uri=_redirect_uri(request),
        wanted=body.return_to or "/",
    )
    return _send(request, response, begun)


@door.post(
    "/providers/{provider_id}/password",
    dependencies=[Depends(public), Depends(refuse_other_sites)],
    response_model=SessionAnswer,
    responses={202: {"model": StepAnswer, "description": "It was right; the second step is needed."}},
)
async def sign_in_by_directory(
    request: Request, response: Response, provider_id: str, body: DirectorySignInBody
) -> SessionAnswer | Response:
    """Sign in with the name and password of a directory."""
    new = await passwords.sign_in(
        _desk(request), client_of(request), provider_id[:64], body.username, body.password.get_secret_value()
    )
    return second_step(new) if isinstance(new, PendingStep) else keep_session(request, response, new)


@door.get("/callback", dependencies=[Depends(public)], status_code=303, response_class=RedirectResponse)
async def arrive_from_provider(request: Request) -> Response:
    """Where providers send browsers back to. Goes on to the console, signed in or with the code of a problem."""
    query = request.query_params
    answer = {name: query[name] for name in ("state", "code", "iss", "error", "error_description") if name in query}
    return await _arrive(request, answer)


@door.post("/callback", dependencies=[Depends(public)], response_class=HTMLResponse, openapi_extra=posting.FORM)
async def pass_answer_on(request: Request) -> Response:
    """Where SAML providers have browsers post their answer (the assertion consumer service).

    A page of another site posts it, so the browser's cookie does not come along. Nothing is read or kept here: a page
    of this server posts the same words once more, and then it does.
    """
    answer = await posting.posted(request)
    state, text = answer.get("state", ""), "".join(answer.get("SAMLResponse", "").split())
    page = posting.page(state, text)
    if page is None:
        # Begun at the provider, or nothing of a provider's at all.
        return await _arrive(request, {})
    return HTMLResponse(page, headers={"content-security-policy": posting.PAGE_POLICY})


@door.post(
    "/answer",
    dependencies=[Depends(public), Depends(refuse_other_sites)],
    status_code=303,
    response_class=RedirectResponse,
    openapi_extra=posting.FORM,
)
async def take_answer(request: Request) -> Response:
    """Take what a SAML provider said from the page of this server that passes it on."""
    return await _arrive(request, await posting.posted(request))


@door.get("/metadata", dependencies=[Depends(public)], response_class=Response, responses=posting.METADATA)
async def show_metadata(request: Request) -> Response:
    """Return what this server is to a SAML provider, for setting one up."""
    return _metadata(own_metadata(_metadata_address(request), _redirect_uri(request), ""))


@door.get(
    "/metadata/{provider_id}", dependencies=[Depends(public)], response_class=Response, responses=posting.METADATA
)
async def show_provider_metadata(request: Request, provider_id: str) -> Response:
    """Return what this server is to one SAML provider: its name there, and the certificate of its key."""
    async with request.app.state.database.read() as session:
        found = await providers.saml_provider(session, provider_id[:64])
    told = found.options
    return _metadata(_of_provider(request, told))


def _of_provider(request: Request, told: Mapping[str, Any]) -> str:
    return own_metadata(
        told["service_entity_id"],
        _redirect_uri(request),
        told["own_certificate"],
        signs_requests=told["sign_requests"],
        decrypts=bool(told.get("decrypts")),
    )


async def _arrive(request: Request, answer: dict[str, str]) -> Response:
    secure, prefix_of = is_secure(request), host_prefix(request)
    prefix = urlsplit(request.app.state.settings.server.public_url).path.rstrip("/")
    try:
        arrival = await service.arrive(_desk(request), client_of(request), answer)
    except Problem as problem:
        response: Response = RedirectResponse(f"{prefix}/sign-in?problem={quote(problem.code)}", 303)
        _drop_cookie(response, prefix_of + rules.cookie_name(answer.get("state", "")), secure=secure)
        return response
    where = f"/single-sign-on?test={arrival.test_id}" if arrival.test_id else arrival.return_path
    response = RedirectResponse(prefix + where, 303)
    if arrival.new is not None:
        keep_session(request, response, arrival.new)
    _drop_cookie(response, prefix_of + arrival.cookie, secure=secure)
    return response


@router.get("")
async def list_sign_in_providers(request: Request, user: Reader) -> SignInProviderList:
    """Return the organization's sign-in providers."""
    async with request.state.database.read() as session:
        found = await providers.list_providers(session, user)
    return SignInProviderList(items=[provider_answer(one) for one in found], redirect_uri=_redirect_uri(request))


@router.post("", dependencies=[Depends(confirmed)], status_code=status.HTTP_201_CREATED)
async def create_sign_in_provider(request: Request, user: Writer, body: SignInProviderBody) -> SignInProviderAnswer:
    """Add a provider. It is asked who it is first; what it cannot answer is refused."""
    box = request.app.state.secret_box
    secret = body.secret.get_secret_value() if body.secret is not None else ""
    draft = await _completed(request, user, body, secret)
    async with request.state.database.unit_of_work() as session:
        return provider_answer(await providers.add_provider(session, box, user, draft))


@router.get("/tests/{test_id}")
async def get_sign_in_test(request: Request, test_id: str, user: Reader) -> SignInTestAnswer:
    """Return what one's own test sign-in showed; for ten minutes."""
    async with request.state.database.read() as session:
        return test_answer(await service.get_test(session, user, test_id[:64]))


@router.get("/{sign_in_provider_id}")
async def get_sign_in_provider(request: Request, sign_in_provider_id: str, user: Reader) -> SignInProviderAnswer:
    """Return one provider."""
    async with request.state.database.read() as session:
        return provider_answer(await providers.get_provider(session, user, sign_in_provider_id[:64]))


@router.put("/{sign_in_provider_id}", dependencies=[Depends(confirmed)])
async def update_sign_in_provider(
    request: Request, sign_in_provider_id: str, user: Writer, body: SignInProviderBody
) -> SignInProviderAnswer:
    """Replace what a provider says; without a secret the stored one stays."""
    state = request.app.state
    async with request.state.database.read() as session:
        known = await providers.get_provider(session, user, sign_in_provider_id[:64])
        secret = await providers.stored_secret(session, state.secret_box, user, sign_in_provider_id[:64])
    if body.secret is not None:
        secret = body.secret.get_secret_value()
    draft = await _completed(request, user, body, secret, known)
    adapter = _desk(request).adapter(draft.kind)
    async with request.state.database.unit_of_work() as session:
        changed = await providers.change_provider(
            session, state.secret_box, user, sign_in_provider_id[:64], draft, adapter
        )
        return provider_answer(changed)


@router.delete("/{sign_in_provider_id}", dependencies=[Depends(confirmed)], status_code=status.HTTP_204_NO_CONTENT)
async def delete_sign_in_provider(request: Request, sign_in_provider_id: str, user: Writer, session: Unit) -> None:
    """Remove a provider. The people who came by it stay, and sign in another way."""
    await providers.remove_provider(session, request.app.state.secret_box, user, sign_in_provider_id[:64])


@router.post("/{sign_in_provider_id}/test")
async def test_sign_in_provider(
    request: Request, response: Response, sign_in_provider_id: str, user: Writer
) -> StartAnswer:
    """Begin a test sign-in: the whole way, without a session, a person or a binding at its end."""
    begun = await service.begin_test(
        _desk(request), user, sign_in_provider_id[:64], redirect_uri=_redirect_uri(request)
    )
    return _send(request, response, begun)


@router.post("/{sign_in_provider_id}/test/password")
async def test_directory_sign_in(
    request: Request, sign_in_provider_id: str, user: Writer, body: DirectorySignInBody
) -> SignInTestAnswer:
    """Try a name and a password at a directory: what it tells and what that leads to, or the exact error."""
    report = await passwords.test(
        _desk(request),
        user,
        client_of(request),
        sign_in_provider_id[:64],
        body.username,
        body.password.get_secret_value(),
    )
    return test_answer(report)


@policy_router.get("")
async def get_sign_in_policy(request: Request, user: Reader) -> SignInPolicyAnswer:
    """Return whether passwords sign people of the organization in."""
    async with request.state.database.read() as session:
        return policy_answer(await policy.get_policy(session, user))


@policy_router.put("", dependencies=[Depends(confirmed)])
async def set_sign_in_policy(user: Writer, session: Unit, body: SignInPolicyBody) -> SignInPolicyAnswer:
    """Switch passwords on or off. Off is refused where it would lock everybody out."""
    wanted = SignInPolicy(body.passwords, tuple(one[:64] for one in body.break_glass or ()))
    return policy_answer(await policy.set_policy(session, user, wanted))


async def _completed(
    request: Request, user: SignedInUser, body: SignInProviderBody, secret: str, known: ProviderView | None = None
) -> Draft:
    """Return what was entered, checked, with what the provider itself told. No transaction is open meanwhile."""
    kind, entered = _entered(body)
    if known is not None:
        providers.check_kind(known.provider.kind, kind)
    draft = Draft(
        kind=kind,
        name=body.name,
        enabled=body.enabled if body.enabled is not None else known is None or known.provider.enabled,
        options=entered.model_dump(exclude_none=True),
        secret=secret,
        rules=tuple(RoleRule(one.claim, one.value, one.role) for one in body.rules or ()),
        default_role=body.default_role or "",
        email_domains=tuple(body.email_domains or ()),
        creates_people=bool(body.creates_people),
        links_by_email=bool(body.links_by_email),
    )
    draft = providers.checked(draft)
    hours = {"session_hours": body.session_hours} if body.session_hours and draft.kind != "ldap" else {}
    if draft.kind == "saml":
        draft.options.setdefault("service_entity_id", _metadata_address(request))
    if known is not None and not draft.enabled and body.secret is None and _is_same(known, draft):
        # Switching off works also while the provider is away.
        stored = {key: one for key, one in known.provider.options.items() if key != "session_hours"}
        return providers.with_options(draft, {**stored, **hours})
    options = await _desk(request).adapter(draft.kind).complete(draft.options, secret)
    return providers.with_options(draft, {**options, **hours})


def _is_same(known: ProviderView, draft: Draft) -> bool:
    """Say whether a draft says of its protocol nothing but what is stored."""
    options = known.provider.options
    entered = {key: one.strip() if isinstance(one, str) else one for key, one in draft.options.items()}
    return known.provider.kind == draft.kind and all(options.get(key) == one for key, one in entered.items())


def _entered(body: SignInProviderBody) -> tuple[Kind, OidcBody | LdapBody | SamlBody]:
    """Return of which protocol a provider is, and what belongs to that protocol."""
    entered: dict[Kind, OidcBody | LdapBody | SamlBody | None] = {
        "oidc": body.oidc,
        "ldap": body.ldap,
        "saml": body.saml,
    }
    given = [(kind, options) for kind, options in entered.items() if options is not None]
    if len(given) != 1:
        raise ProviderInvalid("A provider speaks one protocol.", action=f"Give exactly one of {', '.join(entered)}.")
    return given[0]


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.sign_in_desk
    return desk


def _redirect_uri(request: Request) -> str:
    """Return where providers send browsers back to: under the public address, or the one this browser uses."""
    base = request.app.state.settings.server.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
    if len(base) > 400:
        raise ProviderInvalid("The address of this server is too long.", action="Set server.public_url.")
    return base + CALLBACK_PATH


def _metadata_address(request: Request) -> str:
    """Return what this server is called at SAML providers that are not told another name."""
    return _redirect_uri(request).removesuffix(CALLBACK_PATH) + METADATA_PATH


def _metadata(text: str) -> Response:
    return Response(
        text,
        media_type="application/samlmetadata+xml",
        headers={"content-disposition": 'attachment; filename="powerautomation-metadata.xml"'},
    )


def _send(request: Request, response: Response, begun: Begun) -> StartAnswer:
    response.set_cookie(
        host_prefix(request) + begun.cookie,
        begun.secret,
        max_age=int(rules.START_LIFE.total_seconds()),
        path="/",
        httponly=True,
        # Sent along when the provider sends the browser back, and by no form or picture of another site.
        samesite="lax",
        secure=is_secure(request),
    )
    return StartAnswer(url=begun.url)


def _drop_cookie(response: Response, name: str, *, secure: bool) -> None:
    response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=secure)
