"""Where people and clients reach this server."""

from powerautomation.infrastructure.settings import Settings


def base_url(settings: Settings, port: int) -> str:
    """Return the address people and clients use."""
    if settings.server.public_url:
        return settings.server.public_url
    host = settings.server.host
    if host in ("0.0.0.0", "::", ""):  # noqa: S104
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
