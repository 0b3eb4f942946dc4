"""Bodies of the SCIM endpoints, as identity providers write and read them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from powerautomation.identity.scim.entities import ScimUser
from powerautomation.identity.scim.rules import USER

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"


class ScimUserBody(BaseModel):
    """A User of SCIM. Understood are userName, externalId, displayName, name, emails, roles and active; names of
    attributes have no case, and what is not kept here is left alone."""

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


def config_answer(base: str) -> ScimAnswer:
    """Return what this server can do."""
    no = {"supported": False}
    return ScimAnswer.model_validate(
        {
            "schemas": [CONFIG],
            "patch": {"supported": True},
            "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": 100},
            "changePassword": no,
            "sort": no,
            "etag": no,
            "authenticationSchemes": [
                {
                    "type": "oauthbearertoken",
                    "name": "Key of a service account",
                    "description": "A key with the scopes users:read and users:write.",
                    "primary": True,
                }
            ],
            "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
        }
    )


def type_answer(base: str) -> ScimAnswer:
    """Return what a User is."""
    return ScimAnswer.model_validate(
        {
            "schemas": [TYPE],
            "id": "User",
            "name": "User",
            "endpoint": "/Users",
            "schema": USER,
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/User"},
        }
    )
