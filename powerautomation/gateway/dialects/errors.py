"""What a client is told when its request cannot be understood or carried over."""

from powerautomation.kernel.errors import InvalidInput


class InvalidRequest(InvalidInput):
    """The body is malformed, or asks for something the chosen upstream cannot do. Nothing was sent upstream."""

    code = "gateway.invalid_request"
    status = 400
