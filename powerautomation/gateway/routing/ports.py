"""What choosing a deployment needs to know of whoever asks."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Protocol

from powerautomation.gateway.metering import Price
from powerautomation.gateway.providers import Deployment

# (deployment, the model that was asked for, organization id) -> its price today, None when nobody knows.
PriceOf = Callable[[Deployment, str, str], Price | None]

Edition = Literal["personal", "professional", "team", "enterprise"]
# organization id -> the edition its license says. Asked while a request waits, so it must answer from memory.
EditionOf = Callable[[str], Edition]


def without_license(organization_id: str) -> Edition:
    """Return the edition of whoever has no license."""
    return "personal"


class Caller(Protocol):
    """Who a gateway key stands for."""

    @property
    def id(self) -> str: ...
    @property
    def organization_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def created_by(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


class Asked(Protocol):
    """A request as far as routing looks at it."""

    @property
    def key(self) -> Caller: ...
    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]: ...
    @property
    def body(self) -> bytes: ...


class RequestFacts(NamedTuple):
    """A request nobody is going to send: for counting tokens and for dry runs."""

    key: Caller
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
