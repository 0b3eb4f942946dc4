"""Keeps several worker processes serving on one port: one that dies is started again, with growing pauses."""

import time
from dataclasses import dataclass, field
from socket import socket

import structlog
from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors.multiprocess import Multiprocess, Process

_log = structlog.get_logger("workers")

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# A worker that has started and lived so long was well: what ends it afterwards is a new story.
WELL_AFTER_SECONDS = 10.0
START_TRIES = 4


def pause_seconds(falls: int) -> float:
    """Return how long to wait before a worker is started again that has fallen so many times in a row.

    None for the first fall, so that ``kill -9`` costs no capacity; then doubling from half a second to half a minute.
    """
    return 0.0 if falls <= 1 else min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(falls - 2, 20))


@dataclass(slots=True)
class _Place:
    """What is known of the worker in one place. ``falls`` and ``failed_starts`` count without a well worker between."""

    born: float = field(default_factory=time.monotonic)
    falls: int = 0
    failed_starts: int = 0
    again_at: float | None = None


class Workers(Multiprocess):
    """Uvicorn's supervisor, which ends everything when one worker cannot start, with patience instead.

    It gives up, and says so in ``cannot_start``, only when the workers of all places have failed to start
    ``START_TRIES`` times in a row: then nobody serves, and it is the configuration and not bad luck.
    """

    def __init__(self, config: Config, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self.cannot_start = False
        self._places: dict[Process, _Place] = {}

    def keep_subprocess_alive(self) -> None:
        """Start again what has died, each when its pause is over. Called twice a second."""
        for index, process in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            place = self._places.setdefault(process, _Place())
            if place.again_at is not None:
                self._start_again_when_due(index, process, place)
            elif not process.is_alive(timeout=self.config.timeout_worker_healthcheck):
                self._note_fall(process, place)
            elif place.falls and time.monotonic() - place.born > WELL_AFTER_SECONDS and process.is_ready():
                place.falls = place.failed_starts = 0
        self._places = {process: self._places[process] for process in self.processes if process in self._places}
        if self.processes and all(self._failed_starts(process) >= START_TRIES for process in self.processes):
            self.cannot_start = True
            self.should_exit.set()

    def _failed_starts(self, process: Process) -> int:
        place = self._places.get(process)
        return place.failed_starts if place is not None else 0

    def _note_fall(self, process: Process, place: _Place) -> None:
        process.kill()  # It may hang instead of being dead.
        process.join()
        place.falls += 1
        place.failed_starts = place.failed_starts + 1 if process.exitcode == STARTUP_FAILURE else 0
        pause = pause_seconds(place.falls)
        place.again_at = time.monotonic() + pause
        _log.warning("workers.died", pid=process.pid, exit_code=process.exitcode, again_in_seconds=pause)

    def _start_again_when_due(self, index: int, process: Process, place: _Place) -> None:
        if place.again_at is None or time.monotonic() < place.again_at:
            return
        fresh = Process(self.config, self.sockets)
        fresh.start()
        del self._places[process]
        self._places[fresh] = _Place(falls=place.falls, failed_starts=place.failed_starts)
        self.processes[index] = fresh
        _log.info("workers.started_again", pid=fresh.pid)
