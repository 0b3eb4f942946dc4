"""Reading the configuration file: YAML with the line of every key, and ``${NAME}`` from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from powerautomation.kernel.errors import StartRefused

KeyPath = tuple[str | int, ...]

_LARGEST_FILE_BYTES = 1_000_000
_MOST_NODES = 100_000
_DEEPEST = 32
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(slots=True)
class Document:
    """A configuration file as plain values, with the line each key stands on (counted from 1).

    unset: (environment name, line, key) of every ``${NAME}`` that had no value and became empty text.
    """

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    unset: list[tuple[str, int, KeyPath]] = field(default_factory=list)
    substituted: set[KeyPath] = field(default_factory=set)

    def line_of(self, path: KeyPath) -> int:
        """Return the line of a key, or of the nearest key around it; 0 when the file has none of them."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read_document(path: Path, environ: Mapping[str, str]) -> Document:
    """Read a YAML file; raises StartRefused with file and line when it cannot be read or is not a mapping."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise StartRefused(
            f"The configuration file {path} cannot be read: {error.strerror}.",
            action="Check the path given by --config or POWERAUTOMATION_CONFIG.",
            code="settings.unreadable",
        ) from error
    if len(content) > _LARGEST_FILE_BYTES:
        raise refused(str(path), 0, "the file is larger than 1 MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(str(path), content[: error.start].count(b"\n") + 1, "the file is not UTF-8 text") from None
    return parse_document(text, str(path), environ)


def parse_document(text: str, file: str, environ: Mapping[str, str]) -> Document:
    """Turn YAML text into values; ``file`` is only named in errors. Raises StartRefused."""
    import yaml

    document = Document(file)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise refused(file, mark.line + 1 if mark else 0, f"this is not valid YAML: {what}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise refused(file, 0, f"this is not valid YAML: {type(error).__name__}") from None
    if root is None:
        return document
    if not isinstance(root, yaml.MappingNode):
        raise refused(file, root.start_mark.line + 1, "the file must be a mapping of settings, such as 'providers:'")
    document.values = _Reader(document, environ).mapping(root, (), 0)
    return document


def refused(file: str, line: int, what: str) -> StartRefused:
    """Return the refusal of a configuration file, naming the line."""
    where = f"{file}, line {line}" if line else file
    return StartRefused(f"{where}: {what}.", action="Correct the file and start again.", code="settings.invalid")


class _Reader:
    """Turns YAML nodes into values, bounded in number and depth (aliases can otherwise multiply without end)."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self._document = document
        self._environ = environ
        self._nodes = 0

    def mapping(self, node: Any, path: KeyPath, depth: int) -> dict[str, Any]:
        import yaml

        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == "tag:yaml.org,2002:merge":
                raise refused(self._document.file, line, "merge keys (<<) are not supported; write the keys out")
            if not isinstance(key_node, yaml.ScalarNode):
                raise refused(self._document.file, line, "a key must be plain text")
            key = key_node.value
            if key in values:
                first = self._document.lines[(*path, key)]
                raise refused(self._document.file, line, f"'{key}' stands here twice, first on line {first}")
            self._document.lines[(*path, key)] = line
            values[key] = self._value(value_node, (*path, key), depth + 1)
        return values

    def _value(self, node: Any, path: KeyPath, depth: int) -> Any:
        import yaml

        self._nodes += 1
        line = node.start_mark.line + 1
        if self._nodes > _MOST_NODES or depth > _DEEPEST:
            raise refused(self._document.file, line, "the file is nested too deeply or repeats itself by aliases")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self._document.lines[(*path, index)] = item.start_mark.line + 1
                items.append(self._value(item, (*path, index), depth + 1))
            return items
        return self._scalar(node, path, line)

    def _scalar(self, node: Any, path: KeyPath, line: int) -> Any:
        import yaml

        if _REFERENCE.search(node.value):
            self._document.substituted.add(path)
            return _REFERENCE.sub(lambda found: self._look_up(found.group(1), line, path), node.value)
        if node.tag not in _PLAIN_TAGS:
            return str(node.value)
        try:
            # Only the safe constructors of null, booleans and numbers; everything else stays text.
            return yaml.constructor.SafeConstructor().construct_object(node)
        except (ValueError, yaml.YAMLError):
            return str(node.value)

    def _look_up(self, name: str, line: int, path: KeyPath) -> str:
        value = self._environ.get(name, "")
        if not value:
            self._document.unset.append((name, line, path))
        return value


_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float")}
