"""Watches all running requests at once: time limits, keep-alives and clients that went away.

One sweep over the requests in flight every fifth of a second costs less than a timer for each read of each stream.
"""

import asyncio
import time
from contextlib import suppress

from powerautomation.gateway.metering import JournalFull
from powerautomation.gateway.providers import Timeouts
from powerautomation.gateway.proxy.exchange import Abort, Exchange
from powerautomation.gateway.proxy.refusals import Refusals
from powerautomation.gateway.routing import Router

INTERVAL_SECONDS = 0.2


class Sweeper:
    """Holds the requests in flight. ``add`` and ``discard`` are on the request path: a set operation each."""

    def __init__(self, keepalive_seconds: float, router: Router, refusals: Refusals) -> None:
        self.in_flight: set[Exchange] = set()
        self._keepalive_seconds = keepalive_seconds
        self._router = router
        self._refusals = refusals
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to sweep on the running event loop."""
        self._task = asyncio.create_task(self._run(), name="gateway sweeper")

    async def stop(self) -> None:
        """Stop sweeping; write what was only counted."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with suppress(JournalFull):
            self._refusals.write_held()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            self._refusals.sweep()
            now = time.perf_counter()
            for exchange in tuple(self.in_flight):
                self._look_after(exchange, now)

    def _look_after(self, exchange: Exchange, now: float) -> None:
        if exchange.done:
            self._look_after_the_last_send(exchange, now)
            return
        if exchange.watcher is None:
            exchange.watcher = asyncio.create_task(self._watch_client(exchange))
        overdue = self._overdue(exchange, now)
        if overdue:
            _abort(exchange, overdue)
        elif (
            exchange.peek.stream
            and now - exchange.last_sent_at >= self._keepalive_seconds
            and exchange.keepalive_task is None
        ):
            exchange.keepalive_task = asyncio.create_task(_keep_alive(exchange))

    @staticmethod
    def _look_after_the_last_send(exchange: Exchange, now: float) -> None:
        """End a request that is settled when its client does not take the rest of the answer."""
        deployment = exchange.current
        if (
            deployment is not None
            and exchange.sending_since
            and now - exchange.sending_since > deployment.provider.timeouts.idle
        ):
            _abort(exchange, "client_gone")

    def _overdue(self, exchange: Exchange, now: float) -> Abort:
        deployment = exchange.current
        if deployment is None or not exchange.abort_armed:
            return ""
        limits = deployment.provider.timeouts
        if now - exchange.started > limits.total:
            return "total_timeout"
        if not exchange.streaming_answer:
            return ""
        if exchange.sending_since:
            # The client does not read: that is no failure of the upstream.
            if exchange.attempt is not None:
                exchange.attempt.window_at = 0.0
            return "client_gone" if now - exchange.sending_since > limits.idle else ""
        waited = now - exchange.last_read_at
        if not exchange.first_token_at:
            return "first_token_timeout" if waited > limits.first_token else ""
        if waited > limits.idle:
            return "idle_timeout"
        return "slow_stream" if limits.least_tokens_per_second and self._is_too_slow(exchange, limits, now) else ""

    def _is_too_slow(self, exchange: Exchange, limits: Timeouts, now: float) -> bool:
        """Say whether a stream stayed under its least rate for a whole window although another deployment does better:
        slow is better than nothing."""
        attempt, plan = exchange.attempt, exchange.plan
        if attempt is None or plan is None:
            return False
        tokens = attempt.tokens_so_far()
        if not attempt.window_at:
            attempt.window_at, attempt.window_tokens = now, tokens
        passed = now - attempt.window_at
        if passed < limits.slow:
            return False
        rate = (tokens - attempt.window_tokens) / passed
        attempt.window_at, attempt.window_tokens = now, tokens
        return rate < limits.least_tokens_per_second and self._router.does_another_better(
            plan, attempt.deployment, rate
        )

    @staticmethod
    async def _watch_client(exchange: Exchange) -> None:
        while not exchange.done:
            message = await exchange.receive()
            if message["type"] == "http.disconnect":
                if not exchange.done:
                    _abort(exchange, "client_gone")
                return


def _abort(exchange: Exchange, why: Abort) -> None:
    if exchange.abort or exchange.task is None:
        return
    exchange.abort = why
    exchange.task.cancel()


async def _keep_alive(exchange: Exchange) -> None:
    # A transport that is being closed must not turn into an unobserved task failure.
    try:
        await exchange.send_keepalive()
    except OSError:
        return
    finally:
        if exchange.keepalive_task is asyncio.current_task():
            exchange.keepalive_task = None
