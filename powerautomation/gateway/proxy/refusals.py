"""Requests that reached no deployment: a row each in the ledger, but never more than a bounded number a minute."""

import time
from contextlib import suppress

import msgspec
import structlog

from powerautomation.gateway.dialects import Dialect
from powerautomation.gateway.metering import Journal, JournalFull, RequestRecord
from powerautomation.gateway.proxy.errors import ClientLeft, KeyRefused, UpstreamFailed
from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.infrastructure.telemetry import redacted
from powerautomation.infrastructure.telemetry.metrics import refusals
from powerautomation.kernel.errors import Problem

# Of one key and error code: the rest of a minute is one row more that says how many there were.
ROWS_PER_MINUTE = 20
SECONDS_BETWEEN_LOG_LINES = 60.0
_MINUTE_NANOS = 60_000_000_000
_LONGEST_MESSAGE = 1000
_log = structlog.get_logger("gateway")


class Refusals:
    """Writes requests that reached no deployment to the journal, and counts those of callers without a valid key.

    Held in memory are at most one record for each key and error code; a process that dies loses these counts.
    """

    def __init__(self, journal: Journal, *, rows_per_minute: int = ROWS_PER_MINUTE) -> None:
        self._journal = journal
        self._rows_per_minute = rows_per_minute
        self._minute = 0
        self._rows: dict[tuple[str, str], int] = {}
        self._held: dict[tuple[str, str], RequestRecord] = {}
        self._strangers = 0
        self._logged_at = float("-inf")

    def write(self, record: RequestRecord) -> None:
        """Write a request to the journal, or count it with others like it in this minute. Raises JournalFull."""
        self.turn_over()
        refusals.labels(record.error_code).inc()
        like = (record.api_key_id, record.error_code)
        rows = self._rows.get(like, 0)
        if rows < self._rows_per_minute:
            self._journal.append(record)
            self._rows[like] = rows + 1
        elif (held := self._held.get(like)) is not None:
            held.repeats += 1
        else:
            self._held[like] = record

    def turn_over(self) -> None:
        """Write what was only counted in the minute before, once that has passed. Raises JournalFull; it is kept then,
        and counted on."""
        minute = time.time_ns() // _MINUTE_NANOS
        if minute == self._minute:
            return
        self.write_held()
        self._rows.clear()
        self._minute = minute

    def write_held(self) -> None:
        """Write what was only counted so far. Raises JournalFull; it is kept then."""
        for like, record in tuple(self._held.items()):
            self._journal.append(record)
            del self._held[like]

    def sweep(self) -> None:
        """Do what time has come for; called several times a second."""
        with suppress(JournalFull):
            self.turn_over()
        self._log_strangers("")

    def note_stranger(self, problem: KeyRefused) -> None:
        """Count a request without a valid key. It belongs to no organization, so it has no row: a metric, and a line in
        the log at most once a minute."""
        refusals.labels(problem.code).inc()
        self._strangers += 1
        self._log_strangers(problem.message)

    def _log_strangers(self, latest: str) -> None:
        now = time.monotonic()
        if not self._strangers or now - self._logged_at < SECONDS_BETWEEN_LOG_LINES:
            return
        _log.warning("gateway.keys_refused", requests=self._strangers, latest=latest)
        self._strangers, self._logged_at = 0, now


def outcome_of(problem: Problem) -> str:
    """Return how a request ended that reached no deployment: refused for what it was, or failed for what we lack."""
    if isinstance(problem, ClientLeft):
        return "cancelled"
    return "failed" if problem.status >= 500 or isinstance(problem, UpstreamFailed) else "refused"


def early_record(
    request_id: str, key: ApiKeyRecord, dialect: Dialect, started: float, body: bytes, model: str, problem: Problem
) -> RequestRecord:
    """Return the ledger record of a request that ended before it was understood. ``started`` is of
    ``time.perf_counter``; ``model`` what its address asked for, else it is looked for in the body."""
    duration_us = int((time.perf_counter() - started) * 1_000_000)
    asked = _asked(body)
    outcome = outcome_of(problem)
    return RequestRecord(
        request_id=request_id,
        organization_id=key.organization_id,
        api_key_id=key.id,
        dialect=dialect.name,
        requested_model=model or asked.model,
        route="",
        reason="",
        session="",
        stream=asked.stream,
        started_ms=time.time_ns() // 1_000_000 - duration_us // 1000,
        duration_us=duration_us,
        first_token_us=None,
        overhead_us=duration_us,
        outcome=outcome,
        status=499 if outcome == "cancelled" else problem.status,
        error_code="" if outcome == "cancelled" else problem.code,
        error_message="" if outcome == "cancelled" else redacted(problem.message)[:_LONGEST_MESSAGE],
        attempts=[],
        baseline_nanos=None,
        baseline_model="",
        baseline_currency="",
        cost_nanos=0,
        currency="USD",
        demo=False,
        body_bytes=len(body),
        person=key.created_by,
        project=key.project,
        tags=key.tags,
    )


class _Asked(msgspec.Struct):
    model: str = ""
    stream: bool = False


_asked_decoder = msgspec.json.Decoder(_Asked)


def _asked(body: bytes) -> _Asked:
    """Return what can be known of a request that could not be understood."""
    try:
        return _asked_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Asked()
