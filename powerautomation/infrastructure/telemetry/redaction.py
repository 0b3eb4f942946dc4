"""Keeps secrets out of everything that is logged: by the name of a field, by the look of a value, and by the value."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

HIDDEN = "***"
_SHORTEST_SECRET = 8
_MOST_KNOWN = 10_000
_DEEPEST = 6

# Names that hold a secret, as whole words of a dotted or hyphened name: api_key, x-api-key, set_cookie, csrf_token ...
_SECRET_NAME = re.compile(
    r"(?i)(^|[_\-.\s])(authorization|cookie|cookies|credential|credentials|csrf|key|passphrase|password|passwd|secret|"
    r"secrets|token|apikey|dsn)$"
)
# Counts and ids end in the same words and are not secret.
_PLAIN_NAME = re.compile(
    r"(?i)(^|[_\-.])(organization|primary|foreign|idempotency|cache|sort|group|routing|public)[_-]key$"
)

_SECRET_LOOKS = re.compile(
    r"(?P<gateway>\bpa_[A-Za-z0-9_-]{16,})"
    r"|(?P<vendor>\b(?:sk|rk|pk|xai|gsk|ghp|gho|glpat|AKIA|AIza)[-_]?[A-Za-z0-9_-]{16,})"
    r"|(?P<bearer>(?<=bearer )[A-Za-z0-9._~+/=-]{8,})"
    r"|(?P<jwt>\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"
    r"|(?P<address>(?<=://)[^\s/@:]*:[^\s/@]+(?=@))"
    r"|(?P<link>(?<=[#?&]token=)[^\s&#\"']+)"
    r"|(?P<parameter>(?<=[?&]key=)[^\s&#\"']+|(?<=api_key=)[^\s&#\"']+|(?<=password=)[^\s&#\"']+)",
    re.IGNORECASE,
)

_known: dict[str, None] = {}
# The same secrets, longest first, so that one that contains another is hidden whole; None: to be sorted anew.
_known_by_length: list[str] | None = None


def hide_from_logs(secret: str) -> None:
    """Never let this value reach the log, wherever it turns up. Values under eight characters are left alone."""
    global _known_by_length
    if len(secret) < _SHORTEST_SECRET or secret in _known:
        return
    if len(_known) >= _MOST_KNOWN:
        _known.pop(next(iter(_known)))
    _known[secret] = None
    _known_by_length = None


def redacted(text: str) -> str:
    """Return the text with everything that is, or looks like, a secret replaced by ``***``."""
    global _known_by_length
    if _known_by_length is None:
        _known_by_length = sorted(_known, key=len, reverse=True)
    for secret in _known_by_length:
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return _SECRET_LOOKS.sub(HIDDEN, text)


def redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide secrets in a log event; the last processor before it is written."""
    for name, value in event.items():
        event[name] = _clean(name, value, 0)
    return event


def _clean(name: str, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if name and _SECRET_NAME.search(name) and not _PLAIN_NAME.search(name):
        return HIDDEN
    if isinstance(value, str):
        return redacted(value)
    if depth >= _DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", inner, depth + 1) for inner in value]
    if isinstance(value, bytes):
        return redacted(value.decode("utf-8", "replace"))
    return redacted(repr(value))
