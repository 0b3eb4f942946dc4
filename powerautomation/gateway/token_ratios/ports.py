"""What learns, seen from what keeps."""

from collections.abc import Sequence
from typing import Protocol

from powerautomation.gateway.token_ratios.entities import LearnedRatio


class Learner(Protocol):
    """The ratios of one process."""

    def take_changed(self, most: int) -> list[LearnedRatio]:
        """Return at most ``most`` ratios that changed here, each once."""

    def give_back(self, ratios: Sequence[LearnedRatio]) -> None:
        """Take back what could not be kept; it has changed still."""

    def take_over(self, ratios: Sequence[LearnedRatio]) -> None:
        """Learn from others what is not known better here."""
