"""The settings of one installation: one typed schema for file, environment and command line.

``load_settings`` merges them (command line over environment over file over default) and refuses what it does not
understand with file, line and the allowed values; ``setting_sources`` says where each value comes from.
"""

from powerautomation.infrastructure.settings.audit import AuditStreamSettings
from powerautomation.infrastructure.settings.loading import (
    SettingSource,
    environment_names,
    load_settings,
    setting_place,
    setting_sources,
    setting_warnings,
    unset_variable,
    without_password,
)
from powerautomation.infrastructure.settings.models import (
    KEY_FILE_NAME,
    DeploymentSettings,
    DialectName,
    ExchangeRateSettings,
    GatewaySettings,
    GuardrailSettings,
    LogSettings,
    MetricsSettings,
    ModelSettings,
    Origin,
    PriceSettings,
    ProviderSettings,
    RouteMatch,
    RouteSettings,
    ServerSettings,
    Settings,
    StartWarning,
)
from powerautomation.infrastructure.settings.pkcs11 import Pkcs11Settings

__all__ = [
    "KEY_FILE_NAME",
    "AuditStreamSettings",
    "DeploymentSettings",
    "DialectName",
    "ExchangeRateSettings",
    "GatewaySettings",
    "GuardrailSettings",
    "LogSettings",
    "MetricsSettings",
    "ModelSettings",
    "Origin",
    "Pkcs11Settings",
    "PriceSettings",
    "ProviderSettings",
    "RouteMatch",
    "RouteSettings",
    "ServerSettings",
    "SettingSource",
    "Settings",
    "StartWarning",
    "environment_names",
    "load_settings",
    "setting_place",
    "setting_sources",
    "setting_warnings",
    "unset_variable",
    "without_password",
]
