"""Ids of tool calls, both ways, without any memory: the id a client holds says by itself what the upstream called it.

Kimi hosts use ``functions.{name}:{n}`` and count anew in each answer; clients accept ``[A-Za-z0-9_-]`` only and need
ids that differ between turns (Kimi-K2-Instruct, docs/tool_call_guidance.md on huggingface.co, read 2026-10). So:

- ``functions.{name}:{n}`` of a call to ``name`` becomes ``toolu_fn{n}_{nonce}``; the name stands beside it in history;
- an id with other characters becomes ``toolu_x_{base64url}``;
- every other id stays.
"""

import base64
import binascii
import re
from hashlib import blake2s

_LEGAL = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
_NATIVE = re.compile(r"functions\.(.+):(\d{1,9})\Z", re.DOTALL)
_COUNTED = re.compile(r"toolu_fn(\d{1,9})_[A-Za-z0-9_-]{1,32}\Z")
_ESCAPED = "toolu_x_"


def nonce_of(request_id: str) -> str:
    """Return eight letters and digits that tell this answer's calls from those of all other answers."""
    return base64.b32encode(blake2s(request_id.encode(), digest_size=5).digest()).decode().lower()


def client_id(upstream_id: str, name: str, nonce: str) -> str:
    """Return an id every client accepts for the call to ``name`` that the upstream called ``upstream_id``."""
    native = _NATIVE.match(upstream_id)
    if native is not None and native[1] == name and str(int(native[2])) == native[2]:
        return f"toolu_fn{native[2]}_{nonce}"
    if _LEGAL.match(upstream_id) and not upstream_id.startswith(_ESCAPED) and not _COUNTED.match(upstream_id):
        return upstream_id
    return _ESCAPED + base64.urlsafe_b64encode(upstream_id.encode()).decode().rstrip("=")


def upstream_id(identifier: str, name: str) -> str:
    """Return what the upstream called the call to ``name`` that the client knows as ``identifier``: the way back."""
    counted = _COUNTED.match(identifier)
    if counted is not None:
        return f"functions.{name}:{counted[1]}"
    if identifier.startswith(_ESCAPED):
        encoded = identifier.removeprefix(_ESCAPED)
        try:
            return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode()
        except (binascii.Error, ValueError):
            return identifier
    return identifier


def native_id(identifier: str) -> str:
    """Return what an upstream that takes any id called a call: an escaped id as it was, every other as it is."""
    return upstream_id(identifier, "") if identifier.startswith(_ESCAPED) else identifier


def legal_id(identifier: str) -> str:
    """Return an id of ``[A-Za-z0-9_-]`` for one that may hold other characters; reversible by ``upstream_id``."""
    if _LEGAL.match(identifier):
        return identifier
    return _ESCAPED + base64.urlsafe_b64encode(identifier.encode()).decode().rstrip("=")


class AnswerIds:
    """Gives the calls of one answer their client ids: never empty, never twice the same."""

    __slots__ = ("_nonce", "_request_id", "_taken")

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id
        self._nonce = ""
        self._taken: set[str] = set()

    def of_call(self, given: str, name: str, index: int) -> str:
        """Return the client's id of the ``index``-th call; ``given`` is the upstream's id, possibly empty."""
        if not self._nonce:
            self._nonce = nonce_of(self._request_id)
        wanted = client_id(given or f"functions.{name}:{index}", name, self._nonce)
        number = index
        while wanted in self._taken:
            wanted = f"toolu_fn{number}_{self._nonce}"
            number += 1
        self._taken.add(wanted)
        return wanted


class HistoryIds:
    """Gives the calls of a conversation the ids an upstream expects, in the order they stand in it. What a call gets
    depends only on the calls before it, so a longer conversation keeps the prefix, and the prompt cache, of a shorter
    one."""

    __slots__ = ("_count", "_kimi", "_now", "_taken")

    def __init__(self, *, kimi: bool) -> None:
        self._kimi = kimi
        self._count = 0
        self._taken: set[str] = set()
        self._now: dict[str, str] = {}

    def of_call(self, identifier: str, name: str) -> str:
        """Return the upstream's id for the next call of the history."""
        wanted = upstream_id(identifier, name)
        if self._kimi:
            native = _NATIVE.match(wanted)
            if native is None or native[1] != name or wanted in self._taken:
                number = self._count
                while (wanted := f"functions.{name}:{number}") in self._taken:
                    number += 1
            self._count += 1
            self._taken.add(wanted)
        self._now[identifier] = wanted
        return wanted

    def of_result(self, identifier: str) -> str | None:
        """Return the upstream's id of the latest call the client knows as ``identifier``; None when there was none."""
        return self._now.get(identifier)
