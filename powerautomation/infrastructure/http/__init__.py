"""Rules of the control plane's HTTP: problem+json errors, request ids, security headers, bounded bodies."""

from powerautomation.infrastructure.http.frame import CONTENT_SECURITY_POLICY, ControlPlaneFrame
from powerautomation.infrastructure.http.installation import install_control_plane_rules
from powerautomation.infrastructure.http.problems import (
    PROBLEM_MEDIA_TYPE,
    install_problem_rendering,
    problem_body,
    problem_response,
)

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "PROBLEM_MEDIA_TYPE",
    "ControlPlaneFrame",
    "install_control_plane_rules",
    "install_problem_rendering",
    "problem_body",
    "problem_response",
]
