"""What every route declares: ``public``, ``signed_in`` or ``requires("api_keys:write")``, and ``confirmed`` where it is
dangerous; and the unit of work.

A declaration is a FastAPI dependency. A route without one shows up in ``declared_routes``, and a test fails.
"""

import hmac
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import HTTPConnection

from powerautomation.governance.audit import note_attempt
from powerautomation.identity.access.deciding import decide, kind_of
from powerautomation.identity.access.entities import Circumstances, Resource, SignedInUser
from powerautomation.identity.access.errors import ConfirmationNeeded, CsrfFailed, PermissionMissing, PersonNeeded
from powerautomation.identity.access.pacing import Pace
from powerautomation.identity.access.ports import KeyCheck, SessionCheck
from powerautomation.identity.access.resources import describe_resource, is_known_kind
from powerautomation.identity.access.rules import CONFIRMED_FOR, PERMISSIONS, address_of, browser_of, sentence_of
from powerautomation.infrastructure.database import ANNOUNCES
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Unauthenticated

CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

KEY_PREFIX = "pa_"

_plugged: list[SessionCheck] = []
_plugged_keys: list[KeyCheck] = []
_editions: list[Callable[[str], str]] = []


def plug_session_check(check: SessionCheck) -> None:
    """Say who finds the person behind a request. Until then nobody is signed in, so every guarded route refuses."""
    _plugged[:] = [check]


def plug_key_check(check: KeyCheck) -> None:
    """Say who finds whose key a program sends. Until then every key is refused."""
    _plugged_keys[:] = [check]


def plug_editions(edition_of: Callable[[str], str]) -> None:
    """Say who knows an organization's edition; until then everybody's is the one without a license."""
    _editions[:] = [edition_of]


def placed(user: SignedInUser, connection: HTTPConnection) -> SignedInUser:
    """Return who asks together with when, from where and how, for policies to see.

    The address is the one that the trusted proxies vouch for. Also where there is no policy: the first one is tried on
    who makes it.
    """
    organization_id = user.principal.organization_id
    client = connection.client
    return replace(
        user,
        circumstances=Circumstances(
            now(),
            time_zone=user.time_zone,
            edition=_editions[0](organization_id) if _editions else "personal",
            ip=address_of(client.host) if client is not None else None,
            browser=browser_of(connection.headers.get("user-agent", "")),
            second_factor=user.proofs.second_factor,
            passkey=user.proofs.passkey,
            confirmed_at=user.confirmed_at if user.key is None else None,
        ),
    )


async def _program(request: Request, token: str) -> SignedInUser:
    """Return who asks with a key. No page of another site can make a browser send one, so it needs no CSRF token."""
    state = request.app.state
    user = await _plugged_keys[0](state.database, state.secret_box, token) if _plugged_keys else None
    if user is None:
        raise Unauthenticated(
            "The key is unknown, has ended, or whom it belongs to is deactivated.", action="Use another key."
        )
    _admit(request, user)
    return placed(user, request)


def _admit(request: Request, user: SignedInUser) -> None:
    pace: Pace | None = getattr(request.app.state, "pace", None)
    if pace is not None:
        pace.take(f"{user.principal.kind}|{user.principal.id}")
    note_attempt(user.principal, _attempted(request), user.answers_id)
    # What a route reads and writes from here on is this organization's alone.
    request.state.database = request.app.state.database.confined_to(user.principal.organization_id)


async def current_user(request: Request) -> SignedInUser:
    """Return who is signed in, or asks with a key.

    Raises Unauthenticated without a live session or key, and CsrfFailed when an unsafe request lacks the session's CSRF
    token.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip().startswith(KEY_PREFIX):
        return await _program(request, token.strip())
    cookies = "; ".join(request.headers.getlist("cookie"))
    user = await _plugged[0](request.app.state.database, cookies) if _plugged else None
    if user is None:
        raise Unauthenticated("Nobody is signed in, or the session has ended.", action="Sign in, then try again.")
    _admit(request, user)
    if request.method not in SAFE_METHODS:
        sent = request.headers.get(CSRF_HEADER, "")
        # Compared as bytes: a header may hold any Latin-1 character.
        if not hmac.compare_digest(sent.encode(), user.csrf.encode()):
            raise CsrfFailed(
                f"The request did not carry this session's {CSRF_HEADER}, so it may not come from the console.",
                action="Reload the page and try again. Programs read csrf_token from GET /api/v1/session.",
            )
    return placed(user, request)


CurrentUser = Annotated[SignedInUser, Depends(current_user)]


def check_permission(
    user: SignedInUser, permission: str, *, or_own: str = "", resource: Resource | None = None
) -> None:
    """Raise PermissionMissing, with the reason, unless somebody has a permission or the lesser one ``or_own``."""
    told = decide(user, permission, resource)
    if told.allowed or (or_own and decide(user, or_own, resource).allowed):
        return
    raise PermissionMissing(
        f"{sentence_of(told)} It lets a person do this: {PERMISSIONS[permission]}",
        action="Ask an administrator of your organization.",
    )


async def _resource_of(request: Request, user: SignedInUser, permission: str) -> Resource | None:
    """Return what a request is about, as far as policies ask: its owner and project are looked up only then."""
    if user.policies is None:
        return None
    kind = kind_of(permission)
    named = list(request.path_params.values())
    # Of what is nested the outer one: the unit, not the person who is put into it.
    resource = Resource(kind, str(named[0]) if named else "")
    if not resource.id or not is_known_kind(kind) or not user.policies.reads(user.subject, permission):
        return resource
    async with request.state.database.read() as session:
        # One that is not there is refused by the handler, as one of another organization is.
        return await describe_resource(session, user.principal.organization_id, resource, user.subject)


@dataclass(frozen=True)
class _Requires:
    permission: str
    or_own: str = ""

    @property
    def name(self) -> str:
        return f"{self.permission} or {self.or_own}" if self.or_own else self.permission

    async def __call__(self, request: Request, user: CurrentUser) -> SignedInUser:
        resource = await _resource_of(request, user, self.permission)
        check_permission(user, self.permission, or_own=self.or_own, resource=resource)
        return user


def requires(permission: str, *, or_own: str = "") -> _Requires:
    """Declare the permission a route needs: a dependency that returns the SignedInUser.

    ``or_own`` is a lesser permission that also opens the route; who has only that one gets to the person's own things,
    which the handler sees to. Raises ValueError where the route is declared when PERMISSIONS has no such permission.
    """
    for name in (permission, or_own or permission):
        if name not in PERMISSIONS:
            raise ValueError(f"{name!r} is not in powerautomation.identity.access.PERMISSIONS")
    return _Requires(permission, or_own)


def _check_is_person(user: SignedInUser) -> None:
    if user.key is not None:
        raise PersonNeeded(
            "This concerns a person who is signed in, and a key is none.", action="Do it in the console, signed in."
        )


async def signed_in(user: CurrentUser) -> SignedInUser:
    """Declare a route that every signed-in person may use, because it concerns only that person.

    Raises PersonNeeded for a key.
    """
    _check_is_person(user)
    return user


async def public() -> None:
    """Declare a route that anybody may use."""


async def confirmed(user: CurrentUser) -> None:
    """Declare a dangerous action: who asks has proved within the last ten minutes who it is.

    Raises ConfirmationNeeded; after ``POST /api/v1/session/confirm`` the same request goes on. Raises PersonNeeded for
    a key, which proves nothing about a person.
    """
    ensure_confirmed(user)


def ensure_confirmed(user: SignedInUser) -> None:
    """Refuse a dangerous action, also one that shows only in the request's body: giving the role of an administrator.

    Raises ConfirmationNeeded, and PersonNeeded for a key.
    """
    _check_is_person(user)
    if now() >= user.confirmed_at + CONFIRMED_FOR:
        raise ConfirmationNeeded(
            "This action needs you to confirm who you are; the last time is more than 10 minutes ago.",
            action="Confirm with your password or a code, then try again. Without either, sign in anew.",
        )


async def _unit_of_work(request: Request, _user: CurrentUser) -> AsyncIterator[Any]:
    # Who asks is known before the unit opens: units do not nest, and nobody waits behind a stranger's transaction.
    async with request.state.database.unit_of_work() as session:
        yield session
    after_commit = getattr(request.app.state, "after_commit", None)
    if after_commit is not None and session.info.get(ANNOUNCES):
        # Who is told that a key was made or revoked must find it so with the very next request.
        await after_commit()


# One transaction around the handler of a signed-in person (an AsyncSession). Scope "function" commits after the handler
# and before the answer is sent, so that nobody is told of a change that then fails.
# https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#early-exit-and-scope (November 2026)
unit_of_work = Depends(_unit_of_work, scope="function")


async def _server_unit_of_work(request: Request, _user: CurrentUser) -> AsyncIterator[Any]:
    async with request.app.state.database.unit_of_work() as session:
        yield session
    after_commit = getattr(request.app.state, "after_commit", None)
    if after_commit is not None and session.info.get(ANNOUNCES):
        await after_commit()


# The same for what concerns the whole server: no wall of one organization stands around it.
server_unit_of_work = Depends(_server_unit_of_work, scope="function")


def _attempted(request: Request) -> str:
    """Return what a request is about to do, in the words of the audit log: ``api_keys.create``."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return "console.open"
    asked = next((call.permission for call in _calls(route.dependant) if isinstance(call, _Requires)), "sessions:")
    return f"{asked.partition(':')[0]}.{route.name.partition('_')[0]}"


def declared_routes(app: FastAPI) -> dict[str, str]:
    """Return what every FastAPI route of ``app`` declares: ``"DELETE /api/v1/api-keys/{key_id}"`` to ``public``,
    ``signed_in``, a permission, or nothing when it declares none (a defect)."""
    declared: dict[str, str] = {}
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute):
            continue
        names = [_name_of(call) for call in _calls(route.dependant) if _is_declaration(call)]
        for method in sorted(route.methods or ()):
            declared[f"{method} {route.path}"] = ", ".join(names)
    return declared


def confirmed_routes(app: FastAPI) -> list[str]:
    """Return every FastAPI route of ``app`` that is declared ``confirmed``: ``"DELETE /api/v1/users/{user_id}"``."""
    return sorted(
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute) and confirmed in _calls(route.dependant)
        for method in route.methods or ()
    )


def _name_of(call: Any) -> str:
    return call.name if isinstance(call, _Requires) else str(call.__name__)


def _is_declaration(call: Any) -> bool:
    return isinstance(call, _Requires) or call is public or call is signed_in


def _calls(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)
