"""Owns feature flags: what is on for whom, in which environment, and the switch that turns it off everywhere at once.

The product asks ``FlagBoard.is_on`` in memory; programs ask by OFREP, so that every OpenFeature SDK works against us.
"""

from powerautomation.governance.flags.board import FlagBoard
from powerautomation.governance.flags.built_in import ANSWER_CACHE, BUILT_IN, CONTINUED_STREAMS
from powerautomation.governance.flags.entities import ENVIRONMENTS, Context, Environment, Evaluation, Flag
from powerautomation.governance.flags.errors import FlagNotFound
from powerautomation.governance.flags.ofrep import make_ofrep_router
from powerautomation.governance.flags.ports import People, Person
from powerautomation.governance.flags.routes import Guards, make_flags_router
from powerautomation.governance.flags.rules import is_expired, state_of
from powerautomation.governance.flags.service import (
    change_flag,
    create_flag,
    delete_flag,
    ensure_built_in,
    get_flag,
    list_flags,
    load_flags,
    switch_flag,
)

__all__ = [
    "ANSWER_CACHE",
    "BUILT_IN",
    "CONTINUED_STREAMS",
    "ENVIRONMENTS",
    "Context",
    "Environment",
    "Evaluation",
    "Flag",
    "FlagBoard",
    "FlagNotFound",
    "Guards",
    "People",
    "Person",
    "change_flag",
    "create_flag",
    "delete_flag",
    "ensure_built_in",
    "get_flag",
    "is_expired",
    "list_flags",
    "load_flags",
    "make_flags_router",
    "make_ofrep_router",
    "state_of",
    "switch_flag",
]
