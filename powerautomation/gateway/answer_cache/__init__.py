"""Owns answers that are kept to be given again: which, for whom, for how long, and what that saved."""

from powerautomation.gateway.answer_cache.entities import CachePolicy, CacheState, Found, Question, StoredAnswer
from powerautomation.gateway.answer_cache.routes import router
from powerautomation.gateway.answer_cache.rules import (
    bypasses,
    kept_events,
    masked_events,
    may_be_cached,
    question_of,
    replayed_events,
)
from powerautomation.gateway.answer_cache.service import AnswerCache

__all__ = [
    "AnswerCache",
    "CachePolicy",
    "CacheState",
    "Found",
    "Question",
    "StoredAnswer",
    "bypasses",
    "kept_events",
    "masked_events",
    "may_be_cached",
    "question_of",
    "replayed_events",
    "router",
]
