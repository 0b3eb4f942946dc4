"""``powerautomation doctor``."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json, styled

if TYPE_CHECKING:
    from powerautomation.operations.health import Check

_SIGNS: dict[str, tuple[str, str]] = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}
_State = Literal["ok", "warning", "failed"]


def doctor(data: DataOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Examine everything the server stands on and say how to mend what is wrong. Exit code 1 when something failed."""
    import asyncio
    import os

    settings = settings_of(data, config)
    from powerautomation.gateway.providers import configured_deployments, environment_deployments
    from powerautomation.operations.health import Installation, examine

    deployments = configured_deployments(settings) or environment_deployments(settings, os.environ)
    providers = {deployment.provider.id: deployment.provider for deployment in deployments}
    checks = asyncio.run(examine(Installation(settings, list(providers.values()))))
    if json:
        print_json({"checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            _print_check(check)
    if any(check.state == "failed" for check in checks):
        raise typer.Exit(1)


def _print_check(check: "Check") -> None:
    sign, colour = _SIGNS[check.state]
    typer.echo(f"{styled(sign, fg=colour, bold=True)} {styled(check.title, bold=True)}: {check.detail}")
    if check.action:
        typer.echo(f"  → {check.action}")
