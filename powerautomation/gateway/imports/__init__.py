"""Owns taking over what people have configured in other gateways: read, translate, and say what could not be carried
over and why. Nothing that is imported is ever executed, and no secret is shown."""

from powerautomation.gateway.imports.entities import Imported, ImportedProvider, Note
from powerautomation.gateway.imports.errors import ImportRefused
from powerautomation.gateway.imports.service import (
    as_yaml,
    read_claude_code_router,
    read_litellm,
    write_to_file,
)

__all__ = [
    "ImportRefused",
    "Imported",
    "ImportedProvider",
    "Note",
    "as_yaml",
    "read_claude_code_router",
    "read_litellm",
    "write_to_file",
]
