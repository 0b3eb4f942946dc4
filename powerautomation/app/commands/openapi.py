"""``powerautomation openapi``."""

import json

import typer


def openapi() -> None:
    """Print the control API's OpenAPI description, the same for the same version. Starts nothing."""
    from powerautomation.app.asgi import create_control_app
    from powerautomation.infrastructure.settings import Settings

    # Nothing of this machine may show in it, so the settings are the defaults.
    description = create_control_app(Settings()).openapi()
    typer.echo(json.dumps(description, indent=2, sort_keys=True, ensure_ascii=False))
