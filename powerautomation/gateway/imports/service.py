"""What a person does with a foreign configuration: read it, look at it, add it to the file."""

import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from powerautomation.gateway.imports import claude_code_router, litellm
from powerautomation.gateway.imports.entities import Imported
from powerautomation.gateway.imports.errors import ImportRefused
from powerautomation.gateway.imports.yaml_text import added_to
from powerautomation.infrastructure.settings import load_settings
from powerautomation.kernel.errors import StartRefused

LARGEST_FILE_BYTES = 4_000_000
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def read_litellm(path: Path) -> Imported:
    """Read a LiteLLM ``config.yaml``. Raises ImportRefused for what is none."""
    import yaml

    text = _text_of(path)
    try:
        # Events first: aliases may multiply a small file into a huge one.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise ImportRefused(f"{path} uses YAML aliases, which are not read.", action="Write the parts out.")
        values = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ImportRefused(f"{path}{where} is not valid YAML.") from None
    return litellm.read(_mapping(values, path), str(path))


def read_claude_code_router(path: Path) -> Imported:
    """Read claude-code-router's ``config.json``. Raises ImportRefused for what is none."""
    try:
        values = json.loads(claude_code_router.without_comments(_text_of(path)))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise ImportRefused(f"{path}{f', line {line}' if line else ''} is not valid JSON.") from None
    return claude_code_router.read(_mapping(values, path), str(path))


def _mapping(values: object, path: Path) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise ImportRefused(f"{path} holds no settings.")
    return values


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            raise ImportRefused(f"{path} is larger than 4 MB.")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ImportRefused(f"{path} is not UTF-8 text.") from None


def as_yaml(imported: Imported) -> str:
    """Return what was understood as a configuration file; keys only as ``${NAME}``."""
    import yaml

    return str(yaml.safe_dump(imported.as_settings(), sort_keys=False, allow_unicode=True, width=100))


def write_to_file(imported: Imported, path: Path) -> Path | None:
    """Add what was imported to a configuration file and return where the old one was copied, None for a new file.

    Comments and what stood there stay. Names that are there already are not touched. The new file is read as the server
    would read it before it takes the old one's place. Raises ImportRefused; nothing is changed then.
    """
    old = _text_of(path) if path.exists() else ""
    text = added_to(old, imported, str(path))
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.write_text(text, encoding="utf-8")
    try:
        load_settings(fresh, _pretended(text), {})
        backup = None
        if old:
            fresh.chmod(path.stat().st_mode & 0o777)
            moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
            backup = path.with_name(f"{path.name}.before-import-{moment}")
            shutil.copy2(path, backup)
        fresh.replace(path)
    except StartRefused as refused:
        said = refused.message.replace(str(fresh), str(path))
        raise ImportRefused(f"What was imported does not fit: {said}", action=refused.action) from None
    finally:
        fresh.unlink(missing_ok=True)
    return backup


def _pretended(text: str) -> dict[str, str]:
    """Values for variables that may only be set where the server runs: addresses must look like addresses."""
    named = set(_REFERENCE.findall(text))
    return {name: os.environ.get(name) or "http://127.0.0.1:1" for name in named}
