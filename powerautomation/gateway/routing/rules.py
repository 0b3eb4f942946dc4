"""Route choice and circuit breaker: decisions without input or output."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from powerautomation.gateway.answer_cache import CachePolicy
from powerautomation.gateway.dialects import Peek
from powerautomation.gateway.metering import reason_part
from powerautomation.gateway.providers import Catalog, Deployment, Route

FAILURES_TO_OPEN = 5
OPEN_MS = 15_000
LONGEST_OPEN_MS = 120_000
MOST_BYTES_PER_TOKEN = 8
# Vendors that speak these have embeddings beside them, under the same base URL.
EMBEDDING_DIALECTS = frozenset({"openai-chat", "openai-responses"})

# Why a deployment rests: failures in a row, the upstream asked for it, its siblings are far better, another replica
# found it broken.
RestReason = Literal["", "failures", "asked", "errors", "latency", "replica"]


class Circuit:
    """The health of one deployment as attempts show it: closed, open until a time, or half open with one probe.

    Only failures of the upstream count; a caller's mistake or a wrong key says nothing about health. Times are
    milliseconds on one clock of the caller's choice.
    """

    __slots__ = ("consecutive_failures", "open_for_ms", "open_until_ms", "opened_at_ms", "probing_until_ms", "why")

    def __init__(self) -> None:
        self.why: RestReason = ""
        self.consecutive_failures = 0
        self.open_until_ms = 0
        self.opened_at_ms = 0
        self.open_for_ms = 0
        self.probing_until_ms = 0

    def state(self, now_ms: int) -> str:
        """Return ``closed``, ``open`` or ``half_open``."""
        if not self.open_until_ms:
            return "closed"
        return "open" if now_ms < self.open_until_ms else "half_open"

    def admits(self, now_ms: int) -> bool:
        """Say whether an attempt may be made now. Half open admits one probe at a time."""
        if not self.open_until_ms:
            return True
        return now_ms >= self.open_until_ms and now_ms >= self.probing_until_ms

    def began(self, now_ms: int) -> None:
        """Note that an attempt starts; while half open it is the probe, and others wait for it at most ``OPEN_MS``."""
        if self.open_until_ms:
            self.probing_until_ms = now_ms + OPEN_MS

    def succeeded(self, began_ms: int | None = None) -> None:
        """Note a good answer: the circuit closes, unless the answer was begun before it opened. That one says nothing
        of an upstream that has asked to be left alone since."""
        if began_ms is not None and self.open_until_ms and began_ms < self.opened_at_ms:
            return
        self.consecutive_failures = 0
        self.open_until_ms = 0
        self.open_for_ms = 0
        self.probing_until_ms = 0
        self.why = ""

    def rest(self, now_ms: int, for_ms: int, why: "RestReason") -> None:
        """Open for so long, for a reason other than an attempt just made: it stood out among its siblings, or another
        replica found it broken. A probe closes it again, as after failures."""
        self.opened_at_ms = now_ms
        self.open_until_ms = max(self.open_until_ms, now_ms + min(for_ms, LONGEST_OPEN_MS))
        self.probing_until_ms = 0
        self.why = why

    def try_now(self, now_ms: int) -> None:
        """Let the next attempt be the probe: another replica found it well again."""
        if self.open_until_ms > now_ms:
            self.open_until_ms = now_ms

    def failed(self, now_ms: int, retry_after_seconds: float | None) -> None:
        """Note a failure of the upstream. It opens after five in a row, at once when the upstream said for how long to
        stay away, and for twice as long each time a probe fails (at most two minutes)."""
        was_half_open = self.open_until_ms > 0
        self.consecutive_failures += 1
        self.probing_until_ms = 0
        if retry_after_seconds is not None and retry_after_seconds > 0:
            self.opened_at_ms = now_ms
            self.why = "asked"
            self.open_until_ms = max(self.open_until_ms, now_ms + min(int(retry_after_seconds * 1000), LONGEST_OPEN_MS))
        elif was_half_open or self.consecutive_failures >= FAILURES_TO_OPEN:
            self.open_for_ms = min(self.open_for_ms * 2, LONGEST_OPEN_MS) if self.open_for_ms else OPEN_MS
            self.opened_at_ms = now_ms
            self.why = "failures"
            self.open_until_ms = now_ms + self.open_for_ms

    def released(self) -> None:
        """Note that an attempt ended without telling anything about health (cancelled, or the caller's own mistake)."""
        self.probing_until_ms = 0


# A deployment that was passed over: its id, why (a code), and that why's values.
Rejection = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which deployments could serve a kind of request, in order, and why; ``rejected`` are the others and why not.

    ``reason`` holds the parts of the ledger's reason so far, those of ``rejected`` included, joined by commas.
    """

    route: str
    candidates: tuple[Deployment, ...]
    reason: str
    rejected: tuple[Rejection, ...] = ()
    smallest_context: int = 0
    cache: CachePolicy | None = None
    cache_scope: str = ""
    prompt_cache: bool = False
    continue_streams: bool = False


@dataclass(slots=True)
class Plan:
    """The choice for one request, after health: ``candidates`` to try in order. ``reason`` grows as things happen."""

    route: str
    candidates: list[Deployment]
    reason: str
    rejected: list[Rejection] = field(default_factory=list)
    retry_after_seconds: float | None = None
    cache: CachePolicy | None = None
    cache_scope: str = ""
    prompt_cache: bool = False
    continue_streams: bool = False

    def pass_over(self, deployment_id: str, why: str, *values: str) -> None:
        """Note a deployment that is not tried, and why."""
        self.rejected.append((deployment_id, why, *values))
        self.note(reason_part("passed_over", deployment_id, why, *values))

    def note(self, part: str) -> None:
        """Add a part to the reason."""
        self.reason = f"{self.reason},{part}"


def find_route(catalog: Catalog, model: str) -> tuple[Route | None, tuple[Deployment, ...]]:
    """Return the first route that matches the model, with its deployments in order; else those of the model."""
    for route in catalog.routes:
        if fnmatchcase(model, route.pattern):
            deployments = tuple(d for name in route.use for d in catalog.models.get(name, ()))
            if deployments:
                return route, deployments
    return None, catalog.models.get(model, ())


def unable(deployment: Deployment, peek: Peek) -> tuple[str, ...]:
    """Return why a deployment cannot do what the request needs (a code and its values), or nothing when it can."""
    family = deployment.family
    if peek.operation == "embeddings" and deployment.provider.dialect not in EMBEDDING_DIALECTS:
        return ("embeddings",)
    if deployment.provider.missing_key:
        return "no_key", deployment.provider.missing_key
    if peek.images and not family.reads_images:
        return ("images",)
    if peek.documents and not family.reads_documents:
        return ("documents",)
    if family.max_tools is not None and peek.tools > family.max_tools:
        return "tools", str(family.max_tools), str(peek.tools)
    return ()


def choose(catalog: Catalog, peek: Peek) -> Choice:
    """Return the static choice for requests like this one. It depends on the model and on what the request needs, so it
    may be remembered under those."""
    route, deployments = find_route(catalog, peek.model)
    candidates = []
    rejected = []
    for deployment in deployments:
        why_not = unable(deployment, peek)
        if why_not:
            rejected.append((deployment.id, *why_not))
        else:
            candidates.append(deployment)
    if route is not None:
        why = reason_part("route", route.name, route.pattern, *route.use)
    else:
        why = reason_part("model", peek.model)
    contexts = [d.family.context_tokens for d in candidates if d.family.context_tokens]
    return Choice(
        route=route.name if route else "",
        candidates=tuple(candidates),
        reason=",".join([why, *(reason_part("passed_over", *rejection) for rejection in rejected)]),
        rejected=tuple(rejected),
        smallest_context=min(contexts, default=0),
        cache=route.cache if route else None,
        cache_scope="|".join([route.name, *(one.id for one in deployments)]) if route else "",
        prompt_cache=route.prompt_cache if route else False,
        continue_streams=route.continue_streams if route else False,
    )
