"""``powerautomation demo``: a server with something to look at, that leaves nothing behind."""

from typing import Annotated

import typer

from powerautomation.app.commands.options import settings_of


def demo(
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="PORT", min=0, max=65535, help="Port [default: 8080].", show_default=False),
    ] = None,
) -> None:
    """Serve on a temporary data folder with the built-in demo model and a few requests; removed on Ctrl+C.

    No provider is called, whatever keys the environment holds.
    """
    import os
    import tempfile
    from pathlib import Path

    from powerautomation.gateway.providers import list_presets

    for name in [*os.environ]:
        kept = name.startswith(("POWERAUTOMATION_LOG_", "POWERAUTOMATION_SERVER_"))
        if (name.startswith("POWERAUTOMATION_") and not kept) or name in {one.key_env for one in list_presets()}:
            del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="powerautomation-demo-") as folder:
        settings = settings_of(Path(folder), None, server__port=port, server__workers=1)
        from powerautomation.app import serving
        from powerautomation.app.address import base_url
        from powerautomation.app.commands.demo_traffic import send_in_background
        from powerautomation.gateway.connect import connect_snippets
        from powerautomation.operations.backups import hold_data_folder

        with hold_data_folder(settings.data_dir), send_in_background(settings) as key:
            typer.echo("A demo: everything is removed when it stops. Point Claude Code at it:")
            address = base_url(settings, settings.server.port)
            typer.echo(next(one.snippet for one in connect_snippets(address, key) if one.id == "claude-code"))
            serving.serve(settings)
    typer.echo("The demo's data is removed.")
