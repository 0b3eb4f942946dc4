"""One way to write a JSON value, so that equal values have equal bytes: RFC 8785 (JSON Canonicalization Scheme), with
whole numbers of any size written in full."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from powerautomation.approvals.requests.errors import ApprovalInvalid

MOST_DEPTH = 64
_ACTION = "Send a JSON object of strings, numbers, booleans, null, lists and objects."


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a JSON value; raises ApprovalInvalid for what JSON cannot say."""
    parts: list[str] = []
    _write(value, parts, MOST_DEPTH)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError:
        raise ApprovalInvalid("A text has half of a character in it.", action=_ACTION) from None


def sha256_of(value: Any) -> str:
    """Return the SHA-256 of a JSON value's canonical bytes, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _write(value: Any, parts: list[str], depth: int) -> None:
    if depth == 0:
        raise ApprovalInvalid(f"It is nested more than {MOST_DEPTH} deep.", action=_ACTION)
    if value is None or isinstance(value, bool | str):
        parts.append(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, int):
        parts.append(str(value) if abs(value) < 10**300 else _refuse())
    elif isinstance(value, float):
        parts.append(_number(value))
    elif isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            _refuse()
        parts.append("{")
        # By UTF-16 code units, as RFC 8785 (section 3.2.3) orders names.
        for place, name in enumerate(sorted(value, key=lambda one: one.encode("utf-16-be", "surrogatepass"))):
            parts.append(("," if place else "") + json.dumps(name, ensure_ascii=False) + ":")
            _write(value[name], parts, depth - 1)
        parts.append("}")
    elif isinstance(value, list | tuple):
        parts.append("[")
        for place, one in enumerate(value):
            if place:
                parts.append(",")
            _write(one, parts, depth - 1)
        parts.append("]")
    else:
        _refuse()


def _refuse() -> str:
    raise ApprovalInvalid("The arguments hold something that JSON cannot say.", action=_ACTION)


def _number(value: float) -> str:
    """Return a number as ECMAScript writes it: the shortest digits that mean it."""
    if not math.isfinite(value):
        _refuse()
    if value == 0:
        return "0"
    digits, _, power = repr(abs(value)).partition("e")
    # repr has the shortest digits; where its point stands is worked out anew.
    whole, _, fraction = digits.partition(".")
    fraction = "" if fraction == "0" else fraction
    shortest = (whole + fraction).lstrip("0")
    leading = len(whole + fraction) - len(shortest)
    point = len(whole) + int(power or 0) - leading
    shortest = shortest.rstrip("0") or "0"
    sign = "-" if value < 0 else ""
    count = len(shortest)
    if count <= point <= 21:
        return sign + shortest + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{shortest[:point]}.{shortest[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{shortest}"
    mantissa = shortest[0] + (f".{shortest[1:]}" if count > 1 else "")
    exponent = f"{'+' if point > 0 else '-'}{abs(point - 1)}"
    return f"{sign}{mantissa}e{exponent}"
