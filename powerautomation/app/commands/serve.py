"""``powerautomation serve``."""

from typing import Annotated

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, settings_of


def serve(
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="HOST", help="Address to listen on [default: 127.0.0.1].", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="PORT", min=0, max=65535, help="Port [default: 8080].", show_default=False),
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            max=64,
            help="Processes; more than one needs PostgreSQL and Redis [default: 1].",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve the gateway and the console until Ctrl+C."""
    from powerautomation.app import serving
    from powerautomation.app.terminal import print_warning
    from powerautomation.infrastructure.settings import setting_warnings
    from powerautomation.operations.backups import hold_data_folder

    settings = settings_of(data, config, server__host=host, server__port=port, server__workers=workers)
    for warning in setting_warnings(settings):
        print_warning(warning.message, warning.action)
    with hold_data_folder(settings.data_dir):
        serving.serve(settings)
