"""Addresses of Google's API: there the model, the method and the form of the answer stand, not in the body."""

from typing import Literal, NamedTuple

from powerautomation.gateway.dialects import InvalidRequest
from powerautomation.kernel.errors import Problem

Method = Literal["generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents"]
_METHODS: dict[str, Method] = {
    "generateContent": "generateContent",
    "streamGenerateContent": "streamGenerateContent",
    "countTokens": "countTokens",
    "embedContent": "embedContent",
    "batchEmbedContents": "batchEmbedContents",
}
_PREFIXES = ("/v1beta/models", "/v1/models")


class Address(NamedTuple):
    """What an address says. ``method`` empty: the list of models, or one of them. ``array``: a stream that is one JSON
    array, as it comes without ``alt=sse``."""

    model: str
    method: Method | Literal[""] = ""
    array: bool = False

    @property
    def stream(self) -> bool:
        """Whether the answer is to come bit by bit."""
        return self.method == "streamGenerateContent"


def is_gemini_path(path: str, method: str) -> bool:
    """Say whether a path belongs to Google's API. ``/v1/models`` is shared with others, who never post there."""
    return path.startswith("/v1beta/") or (method == "POST" and path.startswith("/v1/models/"))


def address_of(path: str, query: bytes) -> Address:
    """Return what an address of Google's API says. Raises Problem for one nobody knows, and InvalidRequest for a form
    of answer that is not made."""
    prefix = next((prefix for prefix in _PREFIXES if path == prefix or path.startswith(f"{prefix}/")), "")
    if not prefix:
        raise _unknown(path)
    rest = path[len(prefix) + 1 :]
    model, colon, word = rest.rpartition(":")
    if not colon or word not in _METHODS:
        if colon and word.isalpha() and word[:1].islower() and word != word.lower():
            # Looks like a method: predict, batchGenerateContent ...
            raise _unknown(path)
        return Address(rest)
    if not model:
        raise _unknown(path)
    method = _METHODS[word]
    form = next((part[4:] for part in query.split(b"&") if part.startswith(b"alt=")), b"json")
    if form not in (b"json", b"sse"):
        raise InvalidRequest("alt must be json or sse.")
    return Address(model, method, array=method == "streamGenerateContent" and form == b"json")


def _unknown(path: str) -> Problem:
    return Problem(
        f"{path[:200]} is not an address of this gateway.",
        code="gateway.unknown_path",
        status=404,
        action=f"Google's API is served for {', '.join(_METHODS)} and the list of models.",
    )
