"""Why Claude Code's settings were not changed."""

from powerautomation.kernel.errors import Conflict, InvalidInput


class SettingsUnreadable(InvalidInput):
    """The file is not what Claude Code reads as settings."""

    code = "approvals.settings_unreadable"


class SettingsChanged(Conflict):
    """The file was changed meanwhile."""

    code = "approvals.settings_changed"
