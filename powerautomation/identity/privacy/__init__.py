"""Owns what people may ask about themselves: the register of personal data, the export of a person's data, and the
erasure of a person, all three made from what the tables say of themselves."""

from powerautomation.identity.privacy.entities import ErasedRows, Erasure, RegisterLine
from powerautomation.identity.privacy.erasures import (
    PERSON_ERASED,
    begin_erasure,
    find_erasure,
    list_erasures,
    run_erasure,
    run_unfinished,
)
from powerautomation.identity.privacy.jobs import finish_erasures, finish_erasures_for_ever
from powerautomation.identity.privacy.repository import register, row_rules
from powerautomation.identity.privacy.routes import erasure_answer, router
from powerautomation.identity.privacy.schemas import ErasureAnswer

__all__ = [
    "PERSON_ERASED",
    "ErasedRows",
    "Erasure",
    "ErasureAnswer",
    "RegisterLine",
    "begin_erasure",
    "erasure_answer",
    "find_erasure",
    "finish_erasures",
    "finish_erasures_for_ever",
    "list_erasures",
    "register",
    "router",
    "row_rules",
    "run_erasure",
    "run_unfinished",
]
