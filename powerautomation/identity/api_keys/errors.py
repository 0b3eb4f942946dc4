"""What can go wrong with gateway keys."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class ApiKeyNotFound(NotFound):
    """There is no such gateway key in this organization."""

    code = "api_keys.not_found"


class ApiKeyInvalid(InvalidInput):
    """A gateway key cannot be made as asked: its name or its end."""

    code = "api_keys.invalid"


class KeyAboveYours(Forbidden):
    """The key may, or would, do something that who asks may not, or belongs to somebody who may do more."""

    code = "api_keys.above_yours"


class TooManyApiKeys(Conflict):
    """The organization has as many live gateway keys as the gateway keeps in memory."""

    code = "api_keys.too_many"
