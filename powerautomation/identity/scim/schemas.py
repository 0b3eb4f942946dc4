"""Bodies of the SCIM endpoints, as identity providers write and read them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.identity.scim.entities import ScimGroup, ScimUser
from powerautomation.identity.scim.group_rules import GROUP
from powerautomation.identity.scim.rules import USER

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimUserBody(BaseModel):
    """A User of SCIM. Understood are userName, externalId, displayName, name, emails, roles and active; names of
    attributes have no case, and what is not kept here is left alone."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)


class ScimGroupBody(BaseModel):
    """A Group of SCIM. Understood are displayName, externalId and members."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)


class ScimPatchBody(BaseModel):
    """The operations of a PATCH, in their order."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    Operations: list[dict[str, Any]] = Field(min_length=1, max_length=100)


class ScimAnswer(BaseModel):
    """Anything SCIM answers; its form is that of RFC 7643 and RFC 7644."""

    model_config = ConfigDict(extra="allow")

    schemas: list[str]


def user_answer(user: ScimUser, base: str) -> ScimAnswer:
    """Return a person as SCIM writes one. ``base`` is the address of this SCIM server."""
    more: dict[str, Any] = {"externalId": user.external_id} if user.external_id else {}
    return ScimAnswer.model_validate(
        {
            "schemas": [USER],
            "id": user.id,
            "userName": user.user_name,
            "displayName": user.name,
            "name": {"formatted": user.name},
            "emails": [{"value": user.email, "type": "work", "primary": True}] if user.email else [],
            "roles": [{"value": user.role, "primary": True}],
            "active": user.active,
            "groups": [
                {"value": group_id, "$ref": f"{base}/Groups/{group_id}", "display": name, "type": "direct"}
                for group_id, name in user.groups
            ],
            "meta": {
                "resourceType": "User",
                "created": user.created_at.isoformat(),
                "lastModified": user.updated_at.isoformat(),
                "location": f"{base}/Users/{user.id}",
            },
            **more,
        }
    )


def list_answer(resources: list[ScimAnswer], total: int, start: int = 1) -> ScimAnswer:
    """Return a page of answers."""
    return ScimAnswer.model_validate(
        {
            "schemas": [LIST],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": len(resources),
            "Resources": [one.model_dump() for one in resources],
        }
    )


def group_answer(group: ScimGroup, base: str) -> ScimAnswer:
    """Return a group as SCIM writes one; without members where those were not asked for."""
    more: dict[str, Any] = {"externalId": group.external_id} if group.external_id else {}
    if group.people is not None:
        more["members"] = [
            {"value": user_id, "$ref": f"{base}/Users/{user_id}", "display": name, "type": "User"}
            for user_id, name in group.people
        ]
    return ScimAnswer.model_validate(
        {
            "schemas": [GROUP],
            "id": group.id,
            "displayName": group.name,
            "meta": {
                "resourceType": "Group",
                "created": group.created_at.isoformat(),
                "lastModified": group.updated_at.isoformat(),
                "location": f"{base}/Groups/{group.id}",
            },
            **more,
        }
    )
