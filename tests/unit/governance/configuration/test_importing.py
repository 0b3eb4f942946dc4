"""What an import blames on the document, and what not."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from powerautomation.governance.configuration import DocumentInvalid, Kind, Kinds, import_settings
from powerautomation.kernel.errors import Conflict


@dataclass
class Somebody:
    principal: Any = field(default_factory=lambda: SimpleNamespace(organization_id="org_a"))

    def may(self, _permission: str, _object_id: str = "") -> bool:
        return True


async def bring(error: Exception, state: dict[str, Any], shape: dict[str, Any] | None = None) -> None:
    """Import one thing of a kind whose use case raises an error."""

    async def fail(*_given: Any) -> str:
        raise error

    async def none(*_given: Any) -> dict[str, Any]:
        return {}

    kind = Kind(
        name="thing",
        target="thing",
        reads="things:read",
        writes="things:write",
        read=none,
        list=none,
        apply=fail,
        key_of=lambda state: str(state["name"]),
        name_of=lambda state: str(state["name"]),
        shape=shape,
    )
    told = {"format": "powerautomation-configuration/1", "settings": {"thing": [state]}}
    session: Any = None
    await import_settings(session, Kinds([kind], "production"), Somebody(), told, dry_run=False)


async def test_mistake_of_the_program_is_not_blamed_on_the_document() -> None:
    with pytest.raises(ValueError, match="ours"):
        await bring(ValueError("a mistake of ours"), {"name": "one"})


async def test_refusal_of_a_use_case_keeps_its_own_code() -> None:
    with pytest.raises(Conflict) as refused:
        await bring(Conflict("There is one.", code="things.taken"), {"name": "one"})
    assert refused.value.code == "things.taken"


@pytest.mark.parametrize("state", [{"name": 5}, {}, {"name": "one", "more": 1}])
async def test_setting_of_another_shape_is_the_document_s(state: dict[str, Any]) -> None:
    with pytest.raises(DocumentInvalid):
        await bring(RuntimeError("never asked"), state, {"name": str})
