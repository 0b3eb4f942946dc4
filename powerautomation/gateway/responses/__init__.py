"""Owns answers that clients of the Responses API may refer to later: kept for the key that asked, encrypted, in time
forgotten."""

from powerautomation.gateway.responses.errors import PreviousResponseNotFound, ResponseNotFound
from powerautomation.gateway.responses.repository import Owner
from powerautomation.gateway.responses.rules import (
    Wishes,
    continued_body,
    finished_response,
    naming_previous,
    own_input,
    page_of_items,
    wishes_of,
)
from powerautomation.gateway.responses.service import ResponseStore

__all__ = [
    "Owner",
    "PreviousResponseNotFound",
    "ResponseNotFound",
    "ResponseStore",
    "Wishes",
    "continued_body",
    "finished_response",
    "naming_previous",
    "own_input",
    "page_of_items",
    "wishes_of",
]
