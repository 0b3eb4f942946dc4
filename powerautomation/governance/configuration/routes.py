"""Endpoints of the history of settings. Who may use them is decided above: permissions are of the floor over this one.

What of a kind is shown, put back or approved takes the kind's own permission too.
"""

from typing import Annotated, Any, NamedTuple, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from powerautomation.governance.configuration import documents, rules, schemas, service
from powerautomation.governance.configuration.entities import Difference, Filters, Kinds, Policy, Proposal, Version
from powerautomation.governance.configuration.ports import Reader

APPROVE = "configuration:approve"
Word = Annotated[str | None, Query(min_length=1, max_length=200)]
KindName = Annotated[str, Path(min_length=1, max_length=40)]
ObjectId = Annotated[str, Path(min_length=1, max_length=200)]
Number = Annotated[int, Path(ge=1, le=1_000_000_000)]
ProposalId = Annotated[str, Path(min_length=1, max_length=40)]


class Guards(NamedTuple):
    """What lets people through: dependencies that return a Reader or raise, and the unit of work."""

    reads: Any
    writes: Any
    approves: Any
    unit: Any


def make_configuration_router(guards: Guards) -> APIRouter:
    """Return the endpoints."""
    router = APIRouter(prefix="/api/v1/configuration", tags=["configuration"])
    reader, unit = Depends(guards.reads), guards.unit
    writer, approver = Depends(guards.writes), Depends(guards.approves)
    one_version = "/versions/{setting_kind}/{setting_id}/{version_number}"

    @router.get("/versions")
    async def list_configuration_versions(
        request: Request,
        user: Annotated[Reader, reader],
        kind: Word = None,
        object_id: Word = None,
        author_id: Word = None,
        cursor: Word = None,
        limit: Annotated[int, Query(ge=1, le=service.MOST_LISTED)] = 50,
    ) -> schemas.ConfigurationVersionList:
        """Return who changed which setting, newest first, with what changed."""
        kinds = _kinds(request)
        seen = [one.name for one in kinds.by_name.values() if one.reads in user.permissions]
        wanted = tuple(one for one in seen if kind in (None, one))
        async with request.state.database.read() as session:
            found, following = await service.list_versions(
                session, user.principal.organization_id, Filters(wanted, object_id, author_id), cursor, limit
            )
        return schemas.ConfigurationVersionList(
            environment=cast("Any", kinds.environment),
            kinds=seen,
            items=[schemas.ConfigurationVersion(**_told(one, kinds, user)) for one in found],
            next_cursor=following,
        )

    @router.get(one_version)
    async def get_configuration_version(
        setting_kind: KindName,
        setting_id: ObjectId,
        version_number: Number,
        request: Request,
        user: Annotated[Reader, reader],
    ) -> schemas.ConfigurationVersionDetail:
        """Return one version with the whole state, and what differs between now and then."""
        kinds = _kinds(request)
        kind = service.kind_of(kinds, setting_kind)
        service.check_reads(kind, user)
        owner = user.principal.organization_id
        async with request.state.database.read() as session:
            version = await service.get_version(session, owner, setting_kind, setting_id, version_number)
            current = rules.plain(await kind.read(session, owner, setting_id))
        since = _differences(rules.differences(current, version.state))
        return schemas.ConfigurationVersionDetail(**_told(version, kinds, user), state=version.state, since=since)

    @router.post(f"{one_version}/restore")
    async def restore_configuration_version(
        setting_kind: KindName,
        setting_id: ObjectId,
        version_number: Number,
        body: schemas.RestoreBody,
        request: Request,
        user: Annotated[Reader, writer],
        session: Annotated[Any, unit],
    ) -> schemas.RestoreAnswer:
        """Put a setting back to what it was in this version. Secrets stay as they are now."""
        object_id = await service.restore_version(
            session, _kinds(request), user, setting_kind, setting_id, version_number, body.reason or ""
        )
        return schemas.RestoreAnswer(kind=setting_kind, object_id=object_id)

    @router.get("/policy")
    async def get_approval_policy(request: Request, user: Annotated[Reader, reader]) -> schemas.ApprovalPolicy:
        """Return for which kinds of settings a change needs a second person."""
        async with request.state.database.read() as session:
            policy = await service.get_policy(session, user.principal.organization_id)
        return schemas.ApprovalPolicy(kinds=sorted(policy.kinds), only_in_production=policy.only_in_production)

    @router.put("/policy")
    async def put_approval_policy(
        body: schemas.ApprovalPolicy,
        request: Request,
        user: Annotated[Reader, approver],
        session: Annotated[Any, unit],
    ) -> schemas.ApprovalPolicy:
        """Say for which kinds of settings a change needs a second person. While there are any, this does too."""
        policy = Policy(frozenset(body.kinds), body.only_in_production)
        for name in policy.kinds:
            service.kind_of(_kinds(request), name)
        await service.put_policy(session, user, policy)
        return schemas.ApprovalPolicy(kinds=sorted(policy.kinds), only_in_production=policy.only_in_production)

    @router.get("/proposals")
    async def list_configuration_proposals(
        request: Request, user: Annotated[Reader, reader]
    ) -> schemas.ConfigurationProposalList:
        """Return changes that wait for a second person, and those that were decided."""
        kinds = _kinds(request)
        async with request.state.database.read() as session:
            found = await service.list_proposals(session, user.principal.organization_id)
        may_see = [
            one for one in found if all(kinds.by_name[step.kind].reads in user.permissions for step in one.steps)
        ]
        return schemas.ConfigurationProposalList(items=[_proposal(one, user) for one in may_see])

    @router.post("/proposals/{proposal_id}/approve")
    async def approve_configuration_proposal(
        proposal_id: ProposalId,
        body: schemas.DecisionBody,
        request: Request,
        user: Annotated[Reader, approver],
        session: Annotated[Any, unit],
    ) -> schemas.ConfigurationProposal:
        """Make a proposed change. Nobody approves what they proposed themselves."""
        done = await service.approve_proposal(session, _kinds(request), user, proposal_id, body.words or "")
        return _proposal(done, user)

    @router.post("/proposals/{proposal_id}/reject")
    async def reject_configuration_proposal(
        proposal_id: ProposalId,
        body: schemas.DecisionBody,
        user: Annotated[Reader, approver],
        session: Annotated[Any, unit],
    ) -> schemas.ConfigurationProposal:
        """Turn a proposed change down."""
        return _proposal(await service.reject_proposal(session, user, proposal_id, body.words or ""), user)

    @router.post("/proposals/{proposal_id}/withdraw")
    async def withdraw_configuration_proposal(
        proposal_id: ProposalId, user: Annotated[Reader, reader], session: Annotated[Any, unit]
    ) -> schemas.ConfigurationProposal:
        """Take one's own proposal back."""
        return _proposal(await service.withdraw_proposal(session, user, proposal_id), user)

    @router.get("/export")
    async def export_configuration(request: Request, user: Annotated[Reader, reader]) -> schemas.ConfigurationDocument:
        """Return the settings that make sense in another installation, without secrets."""
        async with request.state.database.read() as session:
            document = await documents.export_settings(session, _kinds(request), user)
        return schemas.ConfigurationDocument.model_validate(document)

    @router.post("/import")
    async def import_configuration(
        body: schemas.ImportBody, request: Request, user: Annotated[Reader, writer], session: Annotated[Any, unit]
    ) -> schemas.ImportAnswer:
        """Bring an exported document here, all or nothing; with ``dry_run`` only say what that would change."""
        planned = await documents.import_settings(
            session,
            _kinds(request),
            user,
            body.document.model_dump(),
            dry_run=body.dry_run,
            reason=body.reason or "",
        )
        items = [
            schemas.ImportedSetting(
                kind=one.kind, name=one.name, effect=one.effect, differences=_differences(one.differences)
            )
            for one in planned
        ]
        return schemas.ImportAnswer(dry_run=body.dry_run, items=items)

    return router


def _kinds(request: Request) -> Kinds:
    kinds: Kinds = request.app.state.configuration_kinds
    return kinds


def _differences(found: Any) -> list[schemas.ConfigurationDifference]:
    return [_difference(one) for one in found]


def _difference(one: Difference) -> schemas.ConfigurationDifference:
    return schemas.ConfigurationDifference(path=one.path, before=one.before, after=one.after)


def _told(version: Version, kinds: Kinds, user: Reader) -> dict[str, Any]:
    return {
        "id": version.id,
        "kind": version.kind,
        "object_id": version.object_id,
        "object_name": version.object_name,
        "number": version.number,
        "exists": version.state is not None,
        "author_kind": version.author.kind,
        "author_id": version.author.id,
        "author_name": version.author.name,
        "action": version.action,
        "event_id": version.event_id,
        "reason": version.reason,
        "approved_by": version.approved_by,
        "restored_from": version.restored_from,
        "restorable": "configuration:write" in user.permissions
        and kinds.by_name[version.kind].writes in user.permissions,
        "at": version.at,
        "differences": _differences(rules.differences(version.before, version.state)),
    }


def _proposal(one: Proposal, user: Reader) -> schemas.ConfigurationProposal:
    own = one.person_id == user.owner_id
    return schemas.ConfigurationProposal(
        id=one.id,
        state=cast("Any", one.state),
        author_name=one.author.name,
        action=one.action,
        reason=one.reason,
        at=one.at,
        expires_at=one.expires_at,
        decided_by=one.decided_by,
        decided_at=one.decided_at,
        decision=one.decision,
        own=own,
        decidable=one.state == "open" and APPROVE in user.permissions,
        steps=[
            schemas.ProposalStep(
                kind=step.kind,
                object_id=step.object_id,
                name=step.name,
                differences=_differences(rules.differences(step.before, step.after)),
            )
            for step in one.steps
        ],
    )
