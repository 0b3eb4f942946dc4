"""Owns the history of settings: every change is a version with author, difference and way back; changes that wait for a
second person; and settings as a document that goes from one environment to another.

The kinds of settings are told from above (``Kind``), with how each is read and put back by its own use cases.
"""

from powerautomation.governance.configuration.documents import export_settings, import_settings
from powerautomation.governance.configuration.entities import Filters, Kind, Kinds, State, Version
from powerautomation.governance.configuration.errors import DocumentInvalid, SecretNeeded
from powerautomation.governance.configuration.recording import POLICY_KIND, policy_from, watch
from powerautomation.governance.configuration.routes import Guards, make_configuration_router
from powerautomation.governance.configuration.rules import differences
from powerautomation.governance.configuration.service import (
    ensure_first_versions,
    get_policy,
    get_version,
    list_versions,
    policy_state,
    put_policy,
    restore_version,
)

__all__ = [
    "POLICY_KIND",
    "DocumentInvalid",
    "Filters",
    "Guards",
    "Kind",
    "Kinds",
    "SecretNeeded",
    "State",
    "Version",
    "differences",
    "ensure_first_versions",
    "export_settings",
    "get_policy",
    "get_version",
    "import_settings",
    "list_versions",
    "make_configuration_router",
    "policy_from",
    "policy_state",
    "put_policy",
    "restore_version",
    "watch",
]
