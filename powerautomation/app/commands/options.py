"""Options that several commands share, and how they become settings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from powerautomation.infrastructure.settings import Settings

DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data folder [default: ./data].", show_default=False)
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Configuration file (YAML).", show_default=False)
]
OrganizationOption = Annotated[
    str,
    typer.Option("--organization", metavar="ID", help="In which organization, where several people have the address."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def settings_of(data: Path | None, config: Path | None, **overrides: object) -> "Settings":
    """Return the settings: options over environment over file. Raises StartRefused with what to mend.

    overrides: setting with ``__`` for the dot (``server__port``) to value; None means not given.
    """
    import os

    from powerautomation.infrastructure.settings import load_settings

    given = {name.replace("__", "."): value for name, value in overrides.items()}
    return load_settings(config, os.environ, {"data_dir": data, **given})
