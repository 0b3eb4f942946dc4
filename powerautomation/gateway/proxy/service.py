"""Serves one request: plan, attempt, fail over, settle. Nothing here touches the database."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import structlog

from powerautomation.gateway.answer_cache import AnswerCache, StoredAnswer
from powerautomation.gateway.dialects import CONTINUING, Dialect, InvalidRequest, Peek, UpstreamFailure, number_on
from powerautomation.gateway.files import FileStore
from powerautomation.gateway.limits import Ask, Limiter
from powerautomation.gateway.metering import Journal, PriceTable, failed_part, why_not
from powerautomation.gateway.providers import Catalog, Deployment
from powerautomation.gateway.proxy import limiting
from powerautomation.gateway.proxy.answers import answer_from_cache
from powerautomation.gateway.proxy.attempt import Attempt
from powerautomation.gateway.proxy.continuation import Continuation, continue_stream, may_continue
from powerautomation.gateway.proxy.credentials import KeyUses, check_model
from powerautomation.gateway.proxy.draining import Drains
from powerautomation.gateway.proxy.errors import (
    AttemptFailed,
    ClientGone,
    GatewayStarting,
    NoAbleDeployment,
    ProviderNotConfigured,
    RouteRefused,
    StreamBroken,
    UnknownModel,
    UpstreamFailed,
    problem_of,
    unforeseen,
)
from powerautomation.gateway.proxy.exchange import Exchange
from powerautomation.gateway.proxy.interrupted import RunningNotes
from powerautomation.gateway.proxy.outgoing import keep_thoughts
from powerautomation.gateway.proxy.refusals import Refusals, outcome_of
from powerautomation.gateway.proxy.screening import screen_exchange
from powerautomation.gateway.proxy.settlement import Settlement
from powerautomation.gateway.proxy.sweeper import Sweeper
from powerautomation.gateway.proxy.token_ratios import TokenRatios
from powerautomation.gateway.proxy.transcript import Transcript
from powerautomation.gateway.proxy.upstream import run_attempt
from powerautomation.gateway.ratings import RatingDesk
from powerautomation.gateway.responses import ResponseStore
from powerautomation.gateway.routing import OutlierRule, Plan, Router
from powerautomation.gateway.thoughts import ThoughtStore
from powerautomation.governance.flags import FlagBoard
from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.infrastructure.telemetry import redacted
from powerautomation.kernel.errors import Problem

if TYPE_CHECKING:
    from powerautomation.infrastructure.http_client import Client

SHORTEST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
# A shorter stream comes in one piece from a buffer, and how fast it was says nothing.
LEAST_RATED_SECONDS = 0.2
_log = structlog.get_logger("gateway")
SECOND_ROUND_KINDS = frozenset({"connection", "server", "overloaded", "invalid_answer", "rate_limited"})


class Gateway:
    """The data plane's process-wide state: snapshots that are replaced as a whole, and what counts and remembers."""

    def __init__(
        self,
        *,
        client: "Client",
        journal: Journal,
        prices: PriceTable,
        hmac_secret: bytes,
        keepalive_seconds: float,
        max_attempts: int,
        max_body_bytes: int,
        outlier_rule: OutlierRule | None = None,
        answer_cache: AnswerCache | None = None,
        exchange_rates: Mapping[str, float] | None = None,
        flags: FlagBoard | None = None,
    ) -> None:
        self.flags = flags or FlagBoard()
        self.answer_cache = answer_cache
        self.client = client
        self.journal = journal
        self.settlement = Settlement(prices)
        self.hmac_secret = hmac_secret
        self.max_attempts = max_attempts
        self.max_body_bytes = max_body_bytes
        self.router = Router(outlier_rule, self.settlement.price_of, exchange_rates)
        self.refusals = Refusals(journal)
        self.sweeper = Sweeper(keepalive_seconds, self.router, self.refusals)
        self.running_notes = RunningNotes(journal, self.settlement, self.sweeper)
        self.drains = Drains()
        self.token_ratios = TokenRatios()
        self.keys: Mapping[bytes, ApiKeyRecord] = {}
        self.uses = KeyUses()
        self.catalogs: Mapping[str, Catalog] = {}
        self.default_catalog: Catalog | None = None
        self.responses: ResponseStore | None = None
        self.files: FileStore | None = None
        self.ratings: RatingDesk | None = None
        self.thoughts: ThoughtStore | None = None
        self.limiter: Limiter | None = None

    def asks_of(
        self, key: ApiKeyRecord, peek: Peek, body: bytes, dialect: Dialect, candidates: Sequence[Deployment]
    ) -> list[Ask]:
        """Return the most a request that nobody is going to send may use at each deployment."""
        return limiting.asks_of(self, limiting.Unsent(key, peek, body, dialect), candidates)

    def catalog_of(self, organization_id: str) -> Catalog:
        """Return the organization's catalog; one that stored nothing of its own uses the default."""
        catalog = self.catalogs.get(organization_id) or self.default_catalog
        if catalog is None:
            raise GatewayStarting
        return catalog

    async def serve(self, exchange: Exchange) -> None:
        """Answer one request whose body and wishes are known. Raises Problem while nothing was sent to the client;
        after that the error goes into the stream."""
        try:
            await self._serve(exchange)
        except ClientGone:
            self._finish(exchange, "cancelled", 499, None)
        except Problem as problem:
            await self._tell(exchange, problem)
        except asyncio.CancelledError:
            self._finish(exchange, "cancelled", 499, None)
            raise
        except Exception as error:
            if isinstance(error, OSError) and exchange.sending_since:
                # The client's connection broke while we were writing to it.
                self._finish(exchange, "cancelled", 499, None)
                return
            _log.exception("gateway.unexpected_error", request_id=exchange.request_id)
            if exchange.head_sent and (exchange.done or not exchange.peek.stream):
                self._finish(exchange, "failed", 500, unforeseen())
                raise
            await self._tell(exchange, unforeseen())
        finally:
            if exchange.recorder is not None:
                exchange.recorder.end()
            # However it ended: what was not settled is given back.
            limiting.settle(self, exchange, "failed")

    async def _tell(self, exchange: Exchange, problem: Problem) -> None:
        """Write down what went wrong, then say it: in the stream where one was begun, else by raising it."""
        try:
            outcome = "failed" if exchange.attempts else outcome_of(problem)
            self._finish(exchange, outcome, problem.status, problem)
        except Problem as unrecorded:
            problem = unrecorded
        if not exchange.head_sent:
            raise problem from None
        attempt = exchange.attempt
        if attempt is not None and attempt.scanner is not None and attempt.resumed is None:
            number_on(exchange.encoder, attempt.scanner)
        await exchange.send_part(exchange.encoder.problem(problem), last=True)

    async def _serve(self, exchange: Exchange) -> None:
        peek = exchange.peek
        if exchange.key.allowed_models or exchange.key.unit_models:
            check_model(exchange.key, peek.model)
        plan = self.router.plan(exchange.catalog, peek, len(exchange.body), exchange)
        exchange.plan = plan
        if plan.refusal:
            raise RouteRefused(plan.refusal, action=f"The route “{plan.route}” of this gateway says so.")
        limits = None if self.limiter is None else self.limiter.by_key.get(exchange.key.id)
        if limits is not None and plan.candidates:
            await limiting.reserve(self, exchange, limits, plan)
        if exchange.catalog.guardrails is not None:
            # Before the cache: nothing is answered to a prompt nobody looked at, and what is kept is kept masked.
            await screen_exchange(exchange, plan, self.hmac_secret)
        if plan.cache is not None:
            answered, exchange.recorder = await answer_from_cache(self, exchange, plan, plan.cache)
            if answered:
                return
        if not plan.candidates:
            raise _nothing_to_try(exchange, plan)
        if plan.continue_streams and may_continue(self, exchange, plan):
            exchange.sent = Transcript(CONTINUING[exchange.client_dialect.name].call_mark)
        last: tuple[Deployment, UpstreamFailure] | None = None
        invalid: InvalidRequest | None = None
        tried = 0
        for round_number in range(2):
            pause = None
            for deployment in plan.candidates:
                if tried >= self.max_attempts:
                    break
                rated = deployment.provider.requests_per_second is not None
                wait = await self.router.turn(deployment) if rated else 0.0
                if wait:
                    await self.pause(exchange, wait)
                if wait is None or not self.router.began(deployment):
                    failure = UpstreamFailure(
                        "rate_limited",
                        "its requests per second are used up",
                        code="provider_rate",
                        retry_after_seconds=1,
                    )
                    plan.pass_over(deployment.id, "rate")
                    last = last or (deployment, failure)
                    pause = SHORTEST_PAUSE_SECONDS
                    continue
                tried += 1
                try:
                    await self.attempt(exchange, deployment)
                    if exchange.recorder is not None and not exchange.continuations:
                        await exchange.recorder.keep()
                    return
                except InvalidRequest as error:
                    invalid = error
                    plan.pass_over(deployment.id, "request", error.message)
                except AttemptFailed as failed:
                    failure = failed.failure
                    if failure.kind == "caller" and not _another_may_fit(failure):
                        raise _refusal(exchange, deployment, failure) from None
                    last = (deployment, failure)
                    if failure.kind in SECOND_ROUND_KINDS:
                        wanted = failure.retry_after_seconds or SHORTEST_PAUSE_SECONDS
                        pause = wanted if pause is None else min(pause, wanted)
            if round_number or pause is None or pause > LONGEST_PAUSE_SECONDS or tried >= self.max_attempts:
                break
            await self.pause(exchange, max(pause, SHORTEST_PAUSE_SECONDS))
        if last is None:
            assert invalid is not None
            raise invalid
        raise _refusal(exchange, *last)

    async def attempt(self, exchange: Exchange, deployment: Deployment, resumed: Continuation | None = None) -> None:
        """Make one attempt, note how it went, and send its answer, or what was missing of the one ``resumed``. Raises
        AttemptFailed while another may be tried, Problem after that, ClientGone, InvalidRequest."""
        attempt = Attempt(deployment, resumed)
        settled = len(exchange.attempts)
        try:
            await run_attempt(self, exchange, attempt)
            ended = time.perf_counter()
            self.router.succeeded(deployment, ended - attempt.started, attempt.first_token_at - attempt.started)
            streamed = ended - attempt.first_token_at
            if streamed > LEAST_RATED_SECONDS and exchange.peek.stream:
                self.router.streamed(deployment, attempt.tokens_so_far(), streamed)
            if exchange.plan is not None and exchange.plan.conversation:
                self.router.remember(exchange.plan.conversation, deployment, attempt.usage, len(exchange.body))
        except InvalidRequest:
            self.router.released(deployment)
            raise
        except AttemptFailed as failed:
            failed.failure = _without_secrets(failed.failure)
            self.router.failed(deployment, failed.failure)
            await self._note_failure(exchange, attempt, failed.failure)
            raise
        except StreamBroken as broken:
            broken.failure = _without_secrets(broken.failure)
            self.router.failed(deployment, broken.failure)
            await self._note_failure(exchange, attempt, broken.failure)
            if exchange.peek.stream and await continue_stream(self, exchange, attempt):
                return
            raise _broken(deployment, broken.failure) from None
        except (ClientGone, asyncio.CancelledError) as gone:
            self.router.released(deployment)
            if len(exchange.attempts) == settled:
                await self._note(exchange, attempt, "cancelled", counts=isinstance(gone, ClientGone))
            raise
        except Exception:
            # Nobody foresaw it, and it may have cost something all the same.
            self.router.released(deployment)
            if len(exchange.attempts) == settled:
                exchange.attempts.append(self.settlement.attempt_record(exchange, attempt, "failed"))
            raise
        finally:
            self.router.ended(deployment)

    async def _note_failure(self, exchange: Exchange, attempt: Attempt, failure: UpstreamFailure) -> None:
        attempt.failure = failure
        if exchange.plan is not None:
            exchange.plan.note(failed_part(attempt.deployment.id, failure.kind, failure.code, failure.message))
        await self._note(exchange, attempt, "failed", counts=True)

    async def _note(self, exchange: Exchange, attempt: Attempt, outcome: str, *, counts: bool) -> None:
        """Add the row of an attempt that did not complete; its prompt is counted first where it was likely billed and
        nobody told its tokens. Raises ClientGone."""
        try:
            if counts and attempt.resumed is None and self.settlement.must_estimate(attempt):
                attempt.prompt_tokens = await self.token_ratios.prompt_tokens(exchange, attempt.deployment)
        except asyncio.CancelledError:
            raise exchange.cancelled() from None
        finally:
            exchange.attempts.append(self.settlement.attempt_record(exchange, attempt, outcome))

    async def pause(self, exchange: Exchange, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            raise exchange.cancelled() from None

    def settle(self, exchange: Exchange, attempt: Attempt) -> None:
        """Write a good answer to the ledger's journal. Called before its last byte goes to the client, so that whatever
        the client saw completed is in the ledger, also when the process dies now."""
        exchange.attempts.append(self.settlement.attempt_record(exchange, attempt, "completed"))
        if attempt.resumed is None:
            self.token_ratios.note(exchange, attempt.deployment, attempt.usage)
        if attempt.heard is not None and self.thoughts is not None:
            exchange.kept = keep_thoughts(exchange, attempt.heard, self.thoughts)
        exchange.done = True
        self.journal.append(self.settlement.request_record(exchange, "completed", 200, None))
        limiting.settle(self, exchange, "completed")

    def settle_broken(self, exchange: Exchange) -> None:
        """Write an answer to the journal that is whole although it broke off: only its end mark was missing."""
        exchange.done = True
        self.journal.append(self.settlement.request_record(exchange, "completed", 200, None))
        limiting.settle(self, exchange, "completed")

    def settle_cached(self, exchange: Exchange, answer: StoredAnswer) -> None:
        """Write an answer from the cache to the ledger's journal: no attempt, no cost, and what it would have cost."""
        exchange.done = True
        self.journal.append(self.settlement.cached_record(exchange, answer))
        limiting.settle(self, exchange, "completed")

    def _finish(self, exchange: Exchange, outcome: str, status: int, problem: Problem | None) -> None:
        if exchange.done:
            return
        exchange.done = True
        record = self.settlement.request_record(exchange, outcome, status, problem)
        if problem is None or exchange.attempts:
            self.journal.append(record)
        else:
            self.refusals.write(record)
        limiting.settle(self, exchange, outcome)


def _without_secrets(failure: UpstreamFailure) -> UpstreamFailure:
    """Vendors repeat keys in their messages: hide what looks like a secret before anything is stored or shown."""
    message = redacted(failure.message)
    return failure if message == failure.message else msgspec.structs.replace(failure, message=message)


def _another_may_fit(failure: UpstreamFailure) -> bool:
    """A prompt too long for one model may fit another, and a model one host retired may live at another; every other
    mistake of the caller is one everywhere."""
    return failure.code in ("context_length_exceeded", "model_not_found")


def _refusal(exchange: Exchange, deployment: Deployment, failure: UpstreamFailure) -> Problem:
    """Return what the client is told of the last failure: its own mistake in the upstream's own bytes, where both speak
    one dialect."""
    problem = problem_of(failure, deployment.id)
    if failure.kind == "caller" and failure.body and deployment.provider.dialect == exchange.client_dialect.name:
        return UnchangedRefusal(problem, failure.body)
    return problem


class UnchangedRefusal(Problem):
    """An upstream's refusal of the caller's own mistake, in the caller's own dialect: handed on byte for byte."""

    def __init__(self, problem: Problem, body: bytes) -> None:
        super().__init__(problem.message, code=problem.code, status=problem.status)
        self.body = body


def _broken(deployment: Deployment, failure: UpstreamFailure) -> UpstreamFailed:
    return UpstreamFailed(
        f"{deployment.id} broke off its answer: {failure.message.rstrip('.')}.",
        code=f"gateway.stream_{failure.kind}",
        status=529 if failure.kind == "overloaded" else 502,
        action="Send the request again.",
    )


def _nothing_to_try(exchange: Exchange, plan: Plan) -> Problem:
    peek = exchange.peek
    if plan.rejected:
        reasons = "; ".join(f"{deployment} {why_not(why, values)}" for deployment, why, *values in plan.rejected)
        if plan.retry_after_seconds is not None:
            return UpstreamFailed(
                f"No deployment for {peek.model} is available now: {reasons}.",
                code="gateway.no_healthy_deployment",
                status=529,
                retry_after_seconds=max(1.0, plan.retry_after_seconds),
            )
        if all(why == "no_key" for _, why, *_ in plan.rejected):
            return ProviderNotConfigured(
                f"No provider of {peek.model} is configured: {reasons}.",
                action="An administrator sets the provider's key and starts the server again.",
            )
        return NoAbleDeployment(
            f"No deployment for {peek.model} can do this: {reasons}.",
            action="Add a deployment that can to the route, or leave out what it cannot read.",
        )
    return unknown_model(exchange.catalog, peek.model)


def unknown_model(catalog: Catalog, model: str) -> UnknownModel:
    """Return what a client is told that asked for a model nobody has."""
    names = sorted(catalog.models)
    patterns = [route.pattern for route in catalog.routes]
    return UnknownModel(
        f"There is no model or route for “{model}”. Models: {', '.join(names[:20])}. "
        f"Routes: {', '.join(patterns[:20]) or 'none'}.",
        action="Ask for one of these, or add a route for the name.",
    )
