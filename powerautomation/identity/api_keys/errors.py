"""What can go wrong with gateway keys."""

from powerautomation.kernel.errors import Conflict, InvalidInput, NotFound


class ApiKeyNotFound(NotFound):
    """There is no such gateway key in this organization."""

    code = "api_keys.not_found"


class ApiKeyInvalid(InvalidInput):
    """A gateway key cannot be made as asked: its name or its end."""

    code = "api_keys.invalid"


class TooManyApiKeys(Conflict):
    """The organization has as many live gateway keys as the gateway keeps in memory."""

    code = "api_keys.too_many"
