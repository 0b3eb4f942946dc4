"""Endpoints of flags. Who may use them is decided above: permissions are of the floor over this one."""

from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Path, Request, status

from powerautomation.governance.flags import rules, service
from powerautomation.governance.flags.entities import Context, Flag
from powerautomation.governance.flags.errors import FlagInvalid
from powerautomation.governance.flags.ports import People, Reader
from powerautomation.governance.flags.schemas import (
    FlagAnswer,
    FlagBody,
    FlagChange,
    FlagEvaluation,
    FlagList,
    FlagQuestion,
    FlagSwitch,
    FlagTargeting,
)
from powerautomation.kernel.clock import now

SHARE = "flags:share"
FlagKey = Annotated[str, Path(min_length=1, max_length=100)]


class Guards(NamedTuple):
    """What lets people through: dependencies that return a Reader or raise, and the unit of work."""

    reads: Any
    writes: Any
    unit: Any


def make_flags_router(guards: Guards, people: People) -> APIRouter:
    """Return the endpoints."""
    router = APIRouter(prefix="/api/v1/flags", tags=["flags"])
    unit = guards.unit

    @router.get("")
    async def list_flags(request: Request, user: Annotated[Reader, Depends(guards.reads)]) -> FlagList:
        """Return the organization's flags."""
        owner = user.principal.organization_id
        async with request.state.database.read() as session:
            flags = await service.list_flags(session, owner)
            names = await people.names(session, owner, {one.owner_id for one in flags})
        return FlagList(
            environment=request.app.state.settings.server.environment,
            may_share=_may_share(user, people),
            items=[_answer(one, names) for one in flags],
        )

    @router.post("", status_code=status.HTTP_201_CREATED)
    async def create_flag(
        body: FlagBody, user: Annotated[Reader, Depends(guards.writes)], session: Annotated[Any, unit]
    ) -> FlagAnswer:
        """Make a flag. It is served within five seconds by every replica."""
        state = body.model_dump()
        state["owner_id"] = body.owner_id or user.principal.id
        state["environments"] = state["environments"] or {}
        flag = await service.create_flag(
            session, user.principal, state, may_share=_may_share(user, people), is_person=_is_person(people)
        )
        return await _named(session, flag, people)

    @router.patch("/{flag_key}")
    async def update_flag(
        flag_key: FlagKey,
        body: FlagChange,
        user: Annotated[Reader, Depends(guards.writes)],
        session: Annotated[Any, unit],
    ) -> FlagAnswer:
        """Change a flag."""
        change = {name: value for name, value in body.model_dump().items() if value is not None}
        if body.expires_on == "":
            change["expires_on"] = None
        flag = await service.change_flag(
            session,
            user.principal,
            flag_key,
            change,
            may_share=_may_share(user, people),
            is_person=_is_person(people),
            revision=body.revision,
        )
        return await _named(session, flag, people)

    @router.post("/{flag_key}/switch")
    async def switch_flag(
        flag_key: FlagKey,
        body: FlagSwitch,
        request: Request,
        user: Annotated[Reader, Depends(guards.writes)],
        session: Annotated[Any, unit],
    ) -> FlagAnswer:
        """Switch a flag off in an environment, so that everybody gets its off variant, or on again. Every replica knows
        within five seconds."""
        environment = body.environment or request.app.state.settings.server.environment
        flag = await service.switch_flag(session, user.principal, flag_key, environment, body.is_on)
        return await _named(session, flag, people)

    @router.delete("/{flag_key}", status_code=status.HTTP_204_NO_CONTENT)
    async def delete_flag(
        flag_key: FlagKey, user: Annotated[Reader, Depends(guards.writes)], session: Annotated[Any, unit]
    ) -> None:
        """Take a flag away: programs that evaluate it get their own default."""
        await service.delete_flag(session, user.principal, flag_key)

    @router.post("/{flag_key}/evaluation")
    async def try_flag(
        flag_key: FlagKey,
        body: FlagQuestion,
        request: Request,
        user: Annotated[Reader, Depends(guards.reads)],
    ) -> FlagEvaluation:
        """Return what somebody gets, and why. Changes nothing."""
        owner = user.principal.organization_id
        environment = body.environment or request.app.state.settings.server.environment
        attributes = {
            "organization": owner,
            "edition": request.app.state.flags.edition_of(owner),
            **(body.attributes or {}),
        }
        targeting_key = body.targeting_key or ""
        async with request.state.database.read() as session:
            flag = await service.get_flag(session, owner, flag_key)
            if body.person_id:
                person = await people.find(session, owner, body.person_id)
                if person is None:
                    raise FlagInvalid("There is no such person.", fields={"person_id": "Not in this organization."})
                attributes |= {"person": person.id, "email": person.email, "role": person.role}
                targeting_key = targeting_key or person.id
        found = rules.evaluate(flag, environment, Context(targeting_key, attributes))
        return FlagEvaluation(
            key=found.key,
            value=found.value,
            variant=found.variant,
            reason=found.reason,
            error_code=found.error_code,
            error_details=found.error_details,
            rule=found.rule,
            environment=environment,
        )

    return router


def _may_share(user: Reader, people: People) -> bool:
    return SHARE in user.permissions and people.runs_installation(user.principal.organization_id)


def _is_person(people: People) -> service.IsPerson:
    async def is_person(session: Any, organization_id: str, user_id: str) -> bool:
        return await people.find(session, organization_id, user_id) is not None

    return is_person


async def _named(session: Any, flag: Flag, people: People) -> FlagAnswer:
    return _answer(flag, await people.names(session, flag.organization_id, {flag.owner_id}))


def _answer(flag: Flag, names: dict[str, str]) -> FlagAnswer:
    return FlagAnswer(
        key=flag.key,
        description=flag.description,
        kind=flag.kind,
        variants=dict(flag.variants),
        off_variant=flag.off_variant,
        salt=flag.salt,
        owner_id=flag.owner_id,
        owner_name=names.get(flag.owner_id, ""),
        expires_on=flag.expires_on,
        expired=rules.is_expired(flag, now().date()),
        shared=flag.shared,
        built_in=flag.built_in,
        environments={
            name: FlagTargeting.model_validate(rules.targeting_state(one)) for name, one in flag.environments.items()
        },
        revision=flag.revision,
        updated_at=flag.updated_at,
    )
