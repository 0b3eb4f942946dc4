"""Names of tools, as each vendor takes them: one rule and the same words for all, before the upstream is called."""

from powerautomation.gateway.dialects.entities import ChatRequest, ToolCall
from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.families import Family, fits_tool_name, tool_name_rule


def check_tool_names(request: ChatRequest, family: Family, dialect: str) -> None:
    """Raise InvalidRequest when a tool, or a call of the history, has a name that the model's hosts refuse."""
    names = dict.fromkeys(tool.name for tool in request.tools)
    names |= dict.fromkeys(
        part.name for message in request.messages for part in message.parts if isinstance(part, ToolCall)
    )
    for name in names:
        check_tool_name(name, family, dialect)


def check_tool_name(name: str, family: Family, dialect: str) -> None:
    """Raise InvalidRequest when a model's hosts refuse the name of a tool where they speak ``dialect``."""
    rule = tool_name_rule(family.tool_names or dialect)
    if not fits_tool_name(name, rule):
        raise InvalidRequest(
            f"The tool name “{name[:80]}” cannot be sent to this model: {rule.told}.",
            action="Give the tool another name, or ask for a model that takes this one.",
        )
