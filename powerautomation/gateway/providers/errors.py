"""What can go wrong with providers."""

from powerautomation.kernel.errors import Conflict, InvalidInput, NotFound


class ProviderNotFound(NotFound):
    """No provider of that id in this organization."""

    code = "providers.not_found"


class ProviderNameTaken(Conflict):
    """Another provider already has the name."""

    code = "providers.name_taken"


class ProviderReadOnly(Conflict):
    """The provider is declared in the configuration, so it cannot be changed in the console."""

    code = "providers.read_only"


class HostNotAllowed(InvalidInput):
    """The base URL points to a host that is not on the outgoing allow-list."""

    code = "providers.host_not_allowed"
