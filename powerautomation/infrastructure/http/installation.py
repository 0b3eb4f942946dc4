"""All rules of the control plane, put on an application at once."""

from collections.abc import Mapping

from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from powerautomation.infrastructure.http.frame import ControlPlaneFrame
from powerautomation.infrastructure.http.problems import install_problem_rendering
from powerautomation.infrastructure.settings import Settings


def install_control_plane_rules(app: FastAPI, settings: Settings, file_bytes: Mapping[str, int] | None = None) -> None:
    """Give an application problem+json errors, request ids, security headers, bounded bodies, and the true caller.

    Behind a proxy of ``server.trusted_proxies`` the caller's address and https come from ``X-Forwarded-For`` and
    ``X-Forwarded-Proto``; from anybody else these headers are ignored. file_bytes: paths that take files to the most
    bytes of one.
    """
    install_problem_rendering(app)
    # The last one added is the outermost: the frame must see https to ask browsers to stay with it.
    app.add_middleware(ControlPlaneFrame, file_bytes=file_bytes)
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.server.trusted_proxies)
