"""What this SCIM server says of itself. https://www.rfc-editor.org/rfc/rfc7643#section-7 (November 2026)"""

from typing import Any

from powerautomation.identity.scim.group_rules import GROUP
from powerautomation.identity.scim.rules import USER
from powerautomation.identity.scim.schemas import ScimAnswer
from powerautomation.kernel.errors import NotFound

CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
_KINDS = (("User", "/Users", USER, "Account"), ("Group", "/Groups", GROUP, "Group"))


class NoSuchDescription(NotFound):
    """There is no kind or schema of that name."""

    code = "scim.not_described"


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
            "etag": {"supported": True},
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


def type_answers(base: str) -> list[ScimAnswer]:
    """Return what kinds there are."""
    return [
        ScimAnswer.model_validate(
            {
                "schemas": [TYPE],
                "id": name,
                "name": name,
                "description": description,
                "endpoint": endpoint,
                "schema": schema,
                "schemaExtensions": [],
                "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{name}"},
            }
        )
        for name, endpoint, schema, description in _KINDS
    ]


def schema_answers(base: str) -> list[ScimAnswer]:
    """Return the attributes of each kind."""
    return [
        ScimAnswer.model_validate(
            {
                "schemas": [SCHEMA],
                "id": schema,
                "name": name,
                "description": description,
                "attributes": _USER_ATTRIBUTES if schema == USER else _GROUP_ATTRIBUTES,
                "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema}"},
            }
        )
        for name, _endpoint, schema, description in _KINDS
    ]


def found(answers: list[ScimAnswer], wanted: str) -> ScimAnswer:
    """Return the answer with an id. Raises NoSuchDescription."""
    for one in answers:
        if one.model_dump()["id"].lower() == wanted.lower():
            return one
    raise NoSuchDescription("There is nothing of this name here.")


def _attribute(name: str, description: str, **more: Any) -> dict[str, Any]:
    plain = {
        "name": name,
        "type": "string",
        "multiValued": False,
        "description": description,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    return {**plain, **more}


def _many(name: str, description: str, *inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = _attribute(name, description, type="complex", multiValued=True, subAttributes=list(inner), **more)
    return {key: one for key, one in made.items() if key != "caseExact"}


_PRIMARY = _attribute("primary", "Whether it is the one that counts.", type="boolean")
_REF: dict[str, Any] = {"type": "reference", "caseExact": True, "mutability": "immutable"}
_USER_ATTRIBUTES = [
    _attribute("userName", "How the provider finds the person.", required=True, uniqueness="server"),
    _attribute("displayName", "What the person is called."),
    {
        **_attribute("name", "What the person is called, where there is no displayName.", type="complex"),
        "subAttributes": [
            _attribute("formatted", "The whole name."),
            _attribute("givenName", "The given name."),
            _attribute("familyName", "The family name."),
        ],
    },
    _many(
        "emails",
        "The e-mail address; it stays as it is afterwards.",
        _attribute("value", "The address."),
        _attribute("type", "Of which kind it is.", canonicalValues=["work"]),
        _PRIMARY,
        mutability="immutable",
    ),
    _many("roles", "The id of a role here.", _attribute("value", "The id.", caseExact=True), _PRIMARY),
    _attribute("active", "Whether the person may come in.", type="boolean"),
    _many(
        "groups",
        "The groups the person is in.",
        _attribute("value", "The id of the group.", caseExact=True, mutability="readOnly"),
        _attribute("$ref", "Its address.", **{**_REF, "mutability": "readOnly"}, referenceTypes=["Group"]),
        _attribute("display", "Its name.", mutability="readOnly"),
        mutability="readOnly",
    ),
]
_GROUP_ATTRIBUTES = [
    _attribute("displayName", "What the group is called; no two share a name.", required=True, uniqueness="server"),
    _many(
        "members",
        "Who is in the group: people, and no groups.",
        _attribute("value", "The id of the person.", caseExact=True, mutability="immutable"),
        _attribute("$ref", "The person's address.", **_REF, referenceTypes=["User"]),
        _attribute("display", "What the person is called.", mutability="readOnly"),
        _attribute("type", "What it is.", canonicalValues=["User"], mutability="immutable"),
    ),
]
