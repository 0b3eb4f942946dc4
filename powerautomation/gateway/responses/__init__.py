"""Owns answers that clients of the Responses API may refer to later: kept per organization, encrypted, for a while."""

from powerautomation.gateway.responses.errors import PreviousResponseNotFound, ResponseNotFound
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
