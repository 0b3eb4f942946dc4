"""Adding sections to a YAML file as text, so that comments and the order of what is there stay."""

from typing import Any

from powerautomation.gateway.imports.entities import Imported
from powerautomation.gateway.imports.errors import ImportRefused


def added_to(old: str, imported: Imported, file: str) -> str:
    """Return the file with the imported settings added. What is there already under the same name stays as it is and is
    noted. Raises ImportRefused for a file that cannot be added to."""
    import yaml

    try:
        root = yaml.compose(old, Loader=yaml.SafeLoader)
        there = yaml.safe_load(old) or {}
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ImportRefused(f"{file} is not valid YAML: correct it first.") from None
    if not isinstance(there, dict):
        raise ImportRefused(f"{file} holds no settings.")
    nodes = {key.value: value for key, value in root.value} if root is not None else {}
    new = _without_known(imported, there)
    text = old if old.endswith("\n") or not old else f"{old}\n"
    insertions: list[tuple[int, str]] = []
    for section, value in new.items():
        node = nodes.get(section)
        if not value:
            continue
        if node is None or not node.value:
            if node is not None:
                raise ImportRefused(f"{file}: “{section}” is there and empty: remove it, then import again.")
            text += _dumped({section: value}, 0)
            continue
        if node.flow_style:
            raise ImportRefused(
                f"{file}: “{section}” is written in braces, which cannot be added to as text.",
                action="Write it over several lines, or copy what the import shows without --write.",
            )
        first = node.value[0][0] if isinstance(node, yaml.MappingNode) else node.value[0]
        column = first.start_mark.column - (0 if isinstance(node, yaml.MappingNode) else 2)
        insertions.append((_end_of(old, node), _dumped(value, column)))
    lines = text.splitlines(keepends=True)
    for line, block in sorted(insertions, reverse=True):
        lines.insert(line, block)
    return "".join(lines)


def _end_of(text: str, node: Any) -> int:
    """Return the line after the last one of a block, not counting what stands between it and the next."""
    lines = text.splitlines()
    line: int = node.end_mark.line + (1 if node.end_mark.column else 0)
    while line > 0 and (line > len(lines) or not lines[line - 1].strip() or lines[line - 1].lstrip().startswith("#")):
        line -= 1
    return line


def _dumped(value: Any, indent: int) -> str:
    import yaml

    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
    return "".join(f"{' ' * indent}{line}" for line in text.splitlines(keepends=True))


def _without_known(imported: Imported, there: dict[str, Any]) -> dict[str, Any]:
    """Return the imported settings without what the file has already."""
    new = imported.as_settings()
    for section in ("gateway", "providers", "models"):
        have = there.get(section)
        for name in [name for name in new.get(section, {}) if isinstance(have, dict) and name in have]:
            del new[section][name]
            imported.note("left_out", f"{section}.{name}", "is in the file already and stays as it is.")
    have_routes = {route.get("name") for route in there.get("routes") or () if isinstance(route, dict)}
    for route in [route for route in new.get("routes", []) if route["name"] in have_routes]:
        new["routes"].remove(route)
        imported.note("left_out", f"route {route['name']}", "is in the file already and stays as it is.")
    if new.get("routes") and have_routes:
        imported.note("changed", "routes", "come after those of the file: the first that matches wins.")
    return new
