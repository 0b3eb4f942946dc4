"""What a flag serves to whom, and whether a flag makes sense. Pure.

A percentage is by hash: SHA-256 over the flag's key, its salt and the targeting key, with a NUL between them; its
first eight bytes as an unsigned big-endian number, modulo 100,000, are the bucket. The shares of a rule take buckets
from 0 on, in their order. So the same person is always in the same bucket of a flag, on every replica and in every
language; a share that grows while those before it stay moves nobody out of it; and two flags divide people
independently.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from powerautomation.governance.flags.entities import (
    Context,
    Environment,
    ErrorCode,
    Evaluation,
    Flag,
    Kind,
    Rule,
    Share,
    Targeting,
)
from powerautomation.governance.flags.errors import FlagInvalid

BUCKETS = 100_000
MOST_FLAGS = 1000
MOST_VARIANTS = 20
MOST_RULES = 50
MOST_ATTRIBUTES = 10
MOST_VALUES = 500
LONGEST_VALUE_BYTES = 4000
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_ATTRIBUTE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# By an id or by an address, whichever is known: one list of a rule may have both.
_PERSON_ATTRIBUTES = ("person", "email")


def bucket_of(key: str, salt: str, targeting_key: str) -> int:
    """Return the bucket, 0 to 99,999, of whoever a flag is evaluated for."""
    digest = hashlib.sha256(f"{key}\0{salt}\0{targeting_key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def evaluate(flag: Flag, environment: Environment, context: Context, kind: Kind | None = None) -> Evaluation:
    """Return what a flag serves. ``kind`` is what the caller can use; another kind is the error TYPE_MISMATCH."""
    if kind is not None and kind != flag.kind:
        return failed(flag.key, "TYPE_MISMATCH", f"The flag is of kind {flag.kind}, not {kind}.")
    targeting = flag.environments[environment]
    if not targeting.is_on:
        return Evaluation(flag.key, flag.variants[flag.off_variant], flag.off_variant, "DISABLED")
    bucket = -1
    for number, rule in enumerate(targeting.rules, 1):
        if not _matches(rule, context):
            continue
        if not rule.shares:
            return Evaluation(flag.key, flag.variants[rule.variant], rule.variant, "TARGETING_MATCH", rule=number)
        if not context.targeting_key:
            return failed(flag.key, "TARGETING_KEY_MISSING", "A percentage needs a targeting key.")
        if bucket < 0:
            bucket = bucket_of(flag.key, flag.salt, context.targeting_key)
        until = 0
        for share in rule.shares:
            until += round(share.percent * BUCKETS / 100)
            if bucket < until:
                return Evaluation(flag.key, flag.variants[share.variant], share.variant, "SPLIT", rule=number)
    variant = targeting.variant
    return Evaluation(flag.key, flag.variants[variant], variant, "DEFAULT" if targeting.rules else "STATIC")


def failed(key: str, code: ErrorCode, details: str) -> Evaluation:
    """Return an evaluation that came to nothing."""
    return Evaluation(key, None, "", "ERROR", code, details)


def _matches(rule: Rule, context: Context) -> bool:
    for name, values in rule.when.items():
        if name == "person":
            known = {context.targeting_key, *(context.attributes.get(one, "").lower() for one in _PERSON_ATTRIBUTES)}
            known |= {context.attributes.get("person", "")}
            known.discard("")
            if values.isdisjoint(known):
                return False
        elif context.attributes.get(name) not in values:
            return False
    return True


def kind_of(value: Any) -> Kind | None:
    """Return of which kind a variant's value is; None for what no variant can be."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int | float):
        return "number" if math.isfinite(value) else None
    return "object" if isinstance(value, dict) else None


def is_expired(flag: Flag, today: date) -> bool:
    """Say whether a flag has outlived the day its owner named."""
    return flag.expires_on is not None and flag.expires_on <= today


def check(flag: Flag) -> None:
    """Raise FlagInvalid, naming the field, unless a flag makes sense."""
    if not _KEY.fullmatch(flag.key):
        raise _wrong(
            "key", "Small letters, digits, dots, hyphens and underscores, at most 100, a letter or digit first."
        )
    if not 1 <= len(flag.variants) <= MOST_VARIANTS:
        raise _wrong("variants", f"Between 1 and {MOST_VARIANTS} variants.")
    for name, value in flag.variants.items():
        if not _ATTRIBUTE.fullmatch(name):
            raise _wrong("variants", f"“{name[:60]}” is no name: letters, digits, dots, hyphens, underscores.")
        if kind_of(value) != flag.kind:
            raise _wrong("variants", f"The value of “{name}” is not of kind {flag.kind}.")
        if len(json.dumps(value).encode()) > LONGEST_VALUE_BYTES:
            raise _wrong("variants", f"The value of “{name}” is longer than {LONGEST_VALUE_BYTES} bytes.")
    _check_variant(flag, "off_variant", flag.off_variant)
    for environment, targeting in flag.environments.items():
        _check_targeting(flag, f"environments.{environment}", targeting)


def _check_targeting(flag: Flag, place: str, targeting: Targeting) -> None:
    _check_variant(flag, f"{place}.variant", targeting.variant)
    if len(targeting.rules) > MOST_RULES:
        raise _wrong(f"{place}.rules", f"At most {MOST_RULES} rules.")
    for number, rule in enumerate(targeting.rules):
        at = f"{place}.rules.{number}"
        if bool(rule.variant) == bool(rule.shares):
            raise _wrong(at, "A rule serves either one variant or percentages.")
        if rule.variant:
            _check_variant(flag, f"{at}.variant", rule.variant)
        for share in rule.shares:
            _check_variant(flag, f"{at}.shares", share.variant)
        if any(not 0 <= share.percent <= 100 for share in rule.shares) or (
            sum(round(share.percent * BUCKETS / 100) for share in rule.shares) > BUCKETS
        ):
            raise _wrong(f"{at}.shares", "Percentages are between 0 and 100, and together at most 100.")
        if len(rule.shares) > MOST_VARIANTS:
            raise _wrong(f"{at}.shares", f"At most {MOST_VARIANTS} percentages.")
        if len(rule.when) > MOST_ATTRIBUTES:
            raise _wrong(f"{at}.when", f"At most {MOST_ATTRIBUTES} attributes.")
        for name, values in rule.when.items():
            if not _ATTRIBUTE.fullmatch(name):
                raise _wrong(f"{at}.when", f"“{name[:60]}” is no name of an attribute.")
            if not 1 <= len(values) <= MOST_VALUES or any(not one or len(one) > 200 for one in values):
                raise _wrong(f"{at}.when", f"“{name}” needs 1 to {MOST_VALUES} values of at most 200 characters.")


def _check_variant(flag: Flag, place: str, variant: str) -> None:
    if variant not in flag.variants:
        raise _wrong(place, f"The flag has no variant “{variant[:60]}”.")


def _wrong(place: str, why: str) -> FlagInvalid:
    return FlagInvalid(f"The flag cannot be so: {why}", action="Change it and save again.", fields={place: why})


def state_of(flag: Flag) -> dict[str, Any]:
    """Return a flag as JSON values: what is stored, written down and restored."""
    return {
        "key": flag.key,
        "description": flag.description,
        "kind": flag.kind,
        "variants": dict(flag.variants),
        "off_variant": flag.off_variant,
        "salt": flag.salt,
        "owner_id": flag.owner_id,
        "expires_on": flag.expires_on.isoformat() if flag.expires_on else None,
        "shared": flag.shared,
        "environments": {name: targeting_state(one) for name, one in flag.environments.items()},
    }


def targeting_state(targeting: Targeting) -> dict[str, Any]:
    """Return what a flag does in an environment as JSON values."""
    return {
        "is_on": targeting.is_on,
        "variant": targeting.variant,
        "rules": [
            {
                "when": {name: sorted(values) for name, values in sorted(rule.when.items())},
                "variant": rule.variant,
                "shares": [{"variant": share.variant, "percent": share.percent} for share in rule.shares],
            }
            for rule in targeting.rules
        ],
    }


def targeting_from(state: Mapping[str, Any]) -> Targeting:
    """Return what :func:`targeting_state` wrote. Addresses are compared in small letters."""
    return Targeting(
        bool(state["is_on"]),
        str(state["variant"]),
        tuple(
            Rule(
                {
                    name: frozenset(one.lower() if "@" in one else one for one in values)
                    for name, values in rule["when"].items()
                },
                rule.get("variant") or "",
                tuple(Share(share["variant"], float(share["percent"])) for share in rule.get("shares") or ()),
            )
            for rule in state.get("rules") or ()
        ),
    )
