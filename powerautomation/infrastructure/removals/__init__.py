"""Notes what jobs remove by age: when each ran last, how many rows it took away, and whether it failed."""

from powerautomation.infrastructure.removals.noting import Tally, list_removals, removing
from powerautomation.infrastructure.removals.tables import Removal, Rule

__all__ = ["Removal", "Rule", "Tally", "list_removals", "removing"]
