"""Why a request went where it went, as data: the console says it in the reader's language, the server in English.

A reason is stored as compact JSON, a list of parts in the order things happened; each part is a code and its values,
all text::

    [["route","claude-to-k2","claude-*","kimi-k2"],["passed_over","infini/kimi-k2","images"],["answered_next","a/b"]]

==============  ==================================================================================================
code            values
==============  ==================================================================================================
route           name, pattern, then the models it uses in order
model           the configured model that was asked for by its own name
refuses         name and pattern of the route that refuses the request
task            the class of work the request was taken for, where a condition asked
condition       route, the condition that held
no_answer       route, why its condition had no answer for this request
split           name of the experiment, the arm the session or person was given
policy          policy, the deployment it put first, its score's kind (cost, busy, latency, weight, turn), its score
stays           deployment, tokens of the conversation's prompt that are cached there
leaves          deployment, tokens that were cached there: moving is cheaper all the same
instead_of      another deployment that was able and healthy, the kind of its score, the score (empty: unknown)
passed_over     deployment, why it was not tried (a key of ``_WHY_NOT``), and that why's values
adapted         deployment, the request's fields that were weakened or left out for it, joined by ", "
screened        what guardrails found: kinds with their numbers, joined by ", "; what became of them; injection score
failed          deployment, kind of failure, its code (may be empty), what the provider said
continued       deployment whose stream broke off, deployment that said the rest, how: prefill, instruction or again
not_continued   deployment whose stream broke off, why nobody went on: form, prefilled, masked, blocks or long
answered_first  deployment: the first choice
cached          hit or semantic, the deployment that made the answer, its age in seconds, likeness of the questions
answered_next   deployment: others before it were passed over or failed
==============  ==================================================================================================

Parts are made on the request path, so they are text from the start and are put together by joining.
"""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

LONGEST_MESSAGE = 500
# Deployments are few; the bound is for servers whose configuration changes for months.
_REMEMBERED_PARTS = 10_000


class ReasonPart(msgspec.Struct, frozen=True):
    """One thing that led to where a request went: a code of the table above, and its values."""

    code: str
    values: tuple[str, ...]


_STORED = msgspec.json.Decoder(list[list[str]])


def reason_part(code: str, *values: str) -> str:
    """Return one part as stored. Parts joined by commas, in brackets, are a reason."""
    return msgspec.json.encode((code, *values)).decode()


@lru_cache(_REMEMBERED_PARTS)
def answered_part(deployment: str, *, attempts: int, passed_over: bool) -> str:
    """Return the part that says who answered, at which attempt, and whether others had been passed over."""
    if attempts > 1:
        return reason_part("answered_next", deployment)
    return reason_part("answered_able" if passed_over else "answered_first", deployment)


def adapted_part(deployment: str, fields: Iterable[str]) -> str:
    """Return the part that says which wishes of the request a deployment could not be told as they were."""
    return reason_part("adapted", deployment, ", ".join(dict.fromkeys(fields))[:LONGEST_MESSAGE])


def screened_part(found: str, outcome: str, score: float) -> str:
    """Return the part that says what guardrails found in a request: kinds and numbers, never values."""
    return reason_part("screened", found[:LONGEST_MESSAGE], outcome, f"{score:.2f}")


def failed_part(deployment: str, kind: str, code: str, message: str) -> str:
    """Return the part that says how an attempt failed."""
    return reason_part("failed", deployment, kind, code, message[:LONGEST_MESSAGE])


def continued_part(broken: str, deployment: str, how: str) -> str:
    """Return the part that says who went on with whose answer, and how."""
    return reason_part("continued", broken, deployment, how)


def not_continued_part(broken: str, cause: str) -> str:
    """Return the part that says why nobody went on with an answer whose route asks for that."""
    return reason_part("not_continued", broken, cause)


def parse_reason(stored: str) -> tuple[ReasonPart, ...]:
    """Return the parts of a stored reason; none when it is a sentence, as earlier versions stored them."""
    if not stored.startswith("[["):
        return ()
    try:
        found = _STORED.decode(stored)
    except msgspec.DecodeError:
        return ()
    return tuple(ReasonPart(part[0], tuple(part[1:])) for part in found if part)


def reason_sentence(stored: str) -> str:
    """Return a stored reason in English."""
    parts = parse_reason(stored)
    return " ".join(f"{_said(part).rstrip('.')}." for part in parts) if parts else stored


def why_not(code: str, values: Iterable[str]) -> str:
    """Return in English, after the name of a deployment, why it was not tried."""
    shown = tuple(f"{int(value):,}" if value.isascii() and value.isdigit() else value for value in values)
    return _filled(_WHY_NOT.get(code, ""), shown) or " ".join((code, *shown))


_SENTENCES = {
    "model": "{0} is a configured model",
    "refuses": "Route {0} refuses what it takes of {1}",
    "task": "The request was taken for {0}",
    "condition": "Route {0} asks whether {1}, and it is so",
    "no_answer": "The condition of route {0} had no answer: {1}",
    "split": "The experiment {0} gave it arm {1}",
    "stays": "The conversation stays at {0}, which has {1} tokens of it cached",
    "leaves": "Leaving {0}, which has {1} tokens of the conversation cached, is cheaper all the same",
    "adapted": "For {0} these were adapted or left out: {1}",
    "screened": "Guardrails found {0} ({1}); injection score {2}",
    "failed": "{0} failed: {3}",
    "cached": "The cache answered ({0}) with what {1} said {2} s ago",
    "continued": "The stream of {0} broke off, and {1} went on with it ({2})",
    "not_continued": "The stream of {0} broke off, and could not be continued safely ({1})",
    "answered_first": "{0} answered as the first choice",
    "answered_able": "{0} answered as the first able choice",
    "answered_next": "{0} answered as the next able choice",
}
_SCORES = {
    "cost": "an expected cost of {0}",
    "busy": "{0} requests in flight",
    "latency": "{0} ms to the first token",
    "weight": "weight {0}",
    "turn": "place {0}",
    "listed": "place {0}",
}
_UNKNOWN_SCORES = {"cost": "an unknown cost", "latency": "a latency nobody knows yet"}
_WHY_NOT = {
    "no_key": "is not configured: {0} is not set",
    "images": "cannot read images",
    "embeddings": "cannot make embeddings",
    "documents": "cannot read documents",
    "tools": "takes at most {0} tools, the request has {1}",
    "context": "the prompt is longer than its {0} tokens of context",
    "resting": "resting for {0} s after failures",
    "rate": "its requests per second are used up",
    "request": "{0}",
    "price_unknown": "its price is unknown, and a budget of money applies",
    "no_rate": "its price is in {0}, and no exchange rate to the budget's {1} is known",
    "budget": "the budget leaves {0}, this one may need {1}",
    "tokens": "the limit leaves {0} tokens, this one may need {1}",
}


def _said(part: ReasonPart) -> str:
    values = part.values
    if part.code == "route" and len(values) > 2:
        return f"Route {values[0]} sends {values[1]} to {', then '.join(values[2:])}"
    if part.code == "passed_over" and len(values) > 1:
        return f"{values[0]} was passed over: {why_not(values[1], values[2:])}"
    if part.code == "policy" and len(values) == 4:
        return f"Policy {values[0]} put {values[1]} first, with {_score(values[2], values[3])}"
    if part.code == "instead_of" and len(values) == 3:
        return f"{values[0]} came after it, with {_score(values[1], values[2])}"
    # A later version may have written codes that are not known here.
    return _filled(_SENTENCES.get(part.code, ""), values) or " ".join((part.code, *values))


def _score(kind: str, score: str) -> str:
    return _SCORES.get(kind, "{0}").format(score) if score else _UNKNOWN_SCORES.get(kind, "no score")


def _filled(words: str, values: tuple[str, ...]) -> str:
    try:
        return words.format(*values)
    except IndexError:
        return ""
