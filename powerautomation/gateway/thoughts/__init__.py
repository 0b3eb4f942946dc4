"""Owns what vendors want to see again and clients' formats drop: kept per organization, encrypted, for a while."""

from powerautomation.gateway.thoughts.entities import Thought
from powerautomation.gateway.thoughts.rules import Listener, is_lossy
from powerautomation.gateway.thoughts.service import ThoughtStore
from powerautomation.gateway.thoughts.sharing import NewestTurns

__all__ = ["Listener", "NewestTurns", "Thought", "ThoughtStore", "is_lossy"]
