"""Route choice and circuit breaker: decisions without input or output."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Literal

from powerautomation.gateway.answer_cache import CachePolicy
from powerautomation.gateway.conditions import Condition
from powerautomation.gateway.dialects import Peek
from powerautomation.gateway.metering import reason_part
from powerautomation.gateway.providers import Catalog, Deployment, Policy, Route, Split
from powerautomation.gateway.routing.policies import group_by_model, weight_of

FAILURES_TO_OPEN = 5
OPEN_MS = 15_000
LONGEST_OPEN_MS = 120_000
MOST_BYTES_PER_TOKEN = 8
# Vendors that speak these have embeddings beside them, under the same base URL.
EMBEDDING_DIALECTS = frozenset({"openai-chat", "openai-responses", "gemini"})

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
        stay away, and for twice as long each time a probe fails (at most two minutes). Attempts that were under way
        when it opened and fail after it say nothing new."""
        is_open = now_ms < self.open_until_ms
        was_half_open = self.open_until_ms > 0 and not is_open
        self.consecutive_failures += 1
        self.probing_until_ms = 0
        if retry_after_seconds is not None and retry_after_seconds > 0:
            self.opened_at_ms = now_ms
            self.why = "asked"
            self.open_until_ms = max(self.open_until_ms, now_ms + min(int(retry_after_seconds * 1000), LONGEST_OPEN_MS))
        elif was_half_open or (self.consecutive_failures >= FAILURES_TO_OPEN and not is_open):
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
    """Which deployments could serve a kind of request, in the listed order, and why; ``rejected`` are the others and
    why not. ``moving``: the order depends on the moment, by ``policy``; with None, models stay in the listed order and
    ``policy`` is value for each model's deployments. ``arms`` are the choices of a split, in its order.

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
    policy: Policy | None = None
    weights: tuple[float, ...] = ()
    moving: bool = False
    refusal: str = ""
    split: Split | None = None
    arms: tuple["Choice", ...] = ()
    orders: dict[int, "Order"] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """A choice's deployments in the order of a policy, the parts of the reason that say so, and since when (monotonic
    milliseconds)."""

    candidates: tuple[Deployment, ...]
    reason: str
    made_ms: int


@dataclass(slots=True)
class Plan:
    """The choice for one request, after health: ``candidates`` to try in order. ``reason`` grows as things happen.

    ``conversation`` names it where its prompt cache is to be remembered. ``refusal``: the route refuses such requests.
    ``split`` and ``arm`` are the experiment the request takes part in.
    """

    route: str
    candidates: list[Deployment]
    reason: str
    rejected: list[Rejection] = field(default_factory=list)
    retry_after_seconds: float | None = None
    cache: CachePolicy | None = None
    cache_scope: str = ""
    prompt_cache: bool = False
    continue_streams: bool = False
    conversation: str = ""
    refusal: str = ""
    split: str = ""
    arm: str = ""

    def pass_over(self, deployment_id: str, why: str, *values: str) -> None:
        """Note a deployment that is not tried, and why."""
        self.rejected.append((deployment_id, why, *values))
        self.note(reason_part("passed_over", deployment_id, why, *values))

    def leave_out(self, fitting: Sequence[int], left_out: Iterable[tuple[int, str, *tuple[str, ...]]]) -> None:
        """Keep only the candidates at these places, and note why the others, by their places, are not tried."""
        candidates = self.candidates
        self.candidates = [candidates[place] for place in fitting]
        for place, why, *values in left_out:
            self.pass_over(candidates[place].id, why, *values)

    def note(self, part: str) -> None:
        """Add a part to the reason."""
        self.reason = f"{self.reason},{part}"


# What a condition must hold for a choice to be made; None holds always.
Branch = tuple[Condition | None, Choice]


def is_served(catalog: Catalog, model: str) -> bool:
    """Say whether anybody could answer for a model name, under some condition perhaps."""
    return model in catalog.models or any(
        fnmatchcase(model, route.pattern) and any(name in catalog.models for name in _models_of(route))
        for route in catalog.routes
    )


def _models_of(route: Route) -> tuple[str, ...]:
    arms = route.split.arms if route.split is not None else ()
    return (*route.use, *(name for arm in arms for name in arm.use))


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


def choose(catalog: Catalog, peek: Peek) -> tuple[Branch, ...]:
    """Return the choices for requests like this one with their conditions, the first that holds wins; the last one has
    none. They depend on the model and on what the request needs, so they may be remembered under those."""
    branches: list[Branch] = []
    for route in catalog.routes:
        if not fnmatchcase(peek.model, route.pattern):
            continue
        choice = _route_choice(catalog, peek, route)
        if choice is None:
            continue
        branches.append((route.when, choice))
        if route.when is None:
            return tuple(branches)
    reason = reason_part("model", peek.model)
    branches.append((None, _choice("", catalog.models.get(peek.model, ()), peek, reason)))
    return tuple(branches)


def _route_choice(catalog: Catalog, peek: Peek, route: Route) -> Choice | None:
    """Return what a route chooses; None when nobody serves the models it names, and the next route decides."""
    if route.refuse:
        return Choice(route.name, (), reason_part("refuses", route.name, route.pattern), refusal=route.refuse)
    arms: list[Choice] = []
    for arm in route.split.arms if route.split is not None else ():
        chosen = _of_route(catalog, peek, route, arm.use or route.use, arm.policy or route.policy)
        if chosen is None:
            return None
        arms.append(chosen)
    if arms:
        return replace(arms[0], split=route.split, arms=tuple(arms))
    return _of_route(catalog, peek, route, route.use, route.policy)


def _of_route(catalog: Catalog, peek: Peek, route: Route, use: tuple[str, ...], policy: Policy | None) -> Choice | None:
    deployments = tuple(deployment for name in use for deployment in catalog.models.get(name, ()))
    if not deployments:
        return None
    choice = _choice(
        route.name, deployments, peek, reason_part("route", route.name, route.pattern, *use), policy, route.weights
    )
    return replace(
        choice,
        cache=route.cache,
        cache_scope="|".join([route.name, *(one.id for one in deployments)]),
        prompt_cache=route.prompt_cache,
        continue_streams=route.continue_streams,
    )


def _choice(
    route: str,
    deployments: tuple[Deployment, ...],
    peek: Peek,
    why: str,
    policy: Policy | None = None,
    weights: tuple[tuple[str, float], ...] = (),
) -> Choice:
    candidates = []
    rejected: list[Rejection] = []
    for deployment in deployments:
        why_not = unable(deployment, peek)
        if why_not:
            rejected.append((deployment.id, *why_not))
        else:
            candidates.append(deployment)
    contexts = [d.family.context_tokens for d in candidates if d.family.context_tokens]
    if policy is None:
        moving = any(len(group) > 1 for group in group_by_model(candidates))
    else:
        moving = policy != "in_order" and len(candidates) > 1
    return Choice(
        route=route,
        candidates=tuple(candidates),
        reason=",".join([why, *(reason_part("passed_over", *rejection) for rejection in rejected)]),
        rejected=tuple(rejected),
        smallest_context=min(contexts, default=0),
        policy=policy,
        weights=tuple(weight_of(deployment, weights) for deployment in candidates),
        moving=moving,
    )


def arm_of(split: Split, who: str) -> int:
    """Return which arm somebody is given, always the same one: its position. Shares follow the weights."""
    digest = blake2b(f"{split.name}\0{who}".encode(), digest_size=8).digest()
    mark = int.from_bytes(digest) / 2**64 * sum(arm.weight for arm in split.arms)
    for place, arm in enumerate(split.arms):
        mark -= arm.weight
        if mark < 0:
            return place
    return len(split.arms) - 1
