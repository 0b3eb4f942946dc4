"""Why an outgoing request got no answer."""


class HttpClientError(Exception):
    """An outgoing request failed before its answer was complete. The text says why, in words for an operator."""


class ConnectFailed(HttpClientError):
    """No connection could be made: name, route, TLS or proxy."""


class ConnectTimeout(ConnectFailed):
    """No connection was made in time."""


class ConnectionBroken(HttpClientError):
    """The connection ended, or what came was not HTTP, before the answer was complete."""


class AnswerTooLarge(HttpClientError):
    """The answer is longer than the reader allows."""
