"""Outgoing HTTP/1.1, on the event loop: what calls providers, and everything else that is asked over the web."""

from powerautomation.infrastructure.http_client.client import Client, Headers
from powerautomation.infrastructure.http_client.connection import Response
from powerautomation.infrastructure.http_client.destinations import Server
from powerautomation.infrastructure.http_client.errors import (
    AnswerTooLarge,
    ConnectFailed,
    ConnectionBroken,
    ConnectTimeout,
    HttpClientError,
)
from powerautomation.infrastructure.http_client.policy import OutgoingPolicy

__all__ = [
    "AnswerTooLarge",
    "Client",
    "ConnectFailed",
    "ConnectTimeout",
    "ConnectionBroken",
    "Headers",
    "HttpClientError",
    "OutgoingPolicy",
    "Response",
    "Server",
]
