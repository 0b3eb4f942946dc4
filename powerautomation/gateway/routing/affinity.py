"""Where conversations have their prompt cache: remembered per process, told to other replicas, bounded and expiring."""

import re
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

MOST_CONVERSATIONS = 50_000
# How long vendors keep a prompt that is not asked for again: five minutes, or an hour where that was paid for.
CACHE_MS = 300_000
LONG_CACHE_MS = 3_600_000
LONGEST_KEY = 200
_LONGEST_START = 64 * 1024
# Far more than the start of any conversation has that people type.
_MOST_TOKENS = 2_000
_TURNS = (b'"messages"', b'"contents"', b'"input"')
_VALUE = re.compile(rb'\s*:\s*(["\[])')
_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)|[{}\[\]]', re.DOTALL)
_ROLE = re.compile(rb'"role"\s*:\s*"user"')
_MARK = re.compile(rb'\s*,?\s*"cache_control"\s*:\s*\{[^{}]*\}')


class Home(NamedTuple):
    """Where a conversation was answered last, how many tokens of its prompt are cached there, and until when."""

    deployment: str
    cached_tokens: int
    until_ms: int


class Affinity:
    """Remembers homes of conversations, the most recent of them. Times are milliseconds on one clock."""

    def __init__(self, most: int = MOST_CONVERSATIONS) -> None:
        self.on_home: Callable[[str, Home], None] | None = None
        self._homes: OrderedDict[str, Home] = OrderedDict()
        self._most = most

    def __len__(self) -> int:
        return len(self._homes)

    def home_of(self, key: str, now_ms: int) -> Home | None:
        """Return where a conversation's prompt is cached now, or None."""
        home = self._homes.get(key)
        if home is None:
            return None
        if home.until_ms <= now_ms:
            del self._homes[key]
            return None
        return home

    def settle(self, key: str, home: Home) -> None:
        """Remember where a conversation was answered, and tell whoever wants to know."""
        self.told(key, home)
        if self.on_home is not None:
            self.on_home(key, home)

    def told(self, key: str, home: Home) -> None:
        """Remember what another replica found."""
        homes = self._homes
        homes[key] = home
        homes.move_to_end(key)
        if len(homes) > self._most:
            homes.popitem(last=False)


def conversation_key(organization_id: str, api_key_id: str, model: str, session: str, body: bytes) -> str:
    """Return what names a conversation: the client's own word for it where it has one, else a hash of who asks and of
    the first message of the user with all before it, which stay the same from turn to turn. Empty when there is none.

    The model belongs to it: Claude Code asks two models in one session, whose prompts are not the same.
    """
    if session:
        return f"{organization_id} {model} {session}"[:LONGEST_KEY]
    start, text = _turns_of(body)
    if start < 0:
        return ""
    first = body[start : _end_of_first(body, start, text)]
    if b'"cache_control"' in first:
        # Clients mark the newest message: the mark has left the first one by the next turn.
        first = _MARK.sub(b"", first)
    digest = blake2b(first, digest_size=16, key=api_key_id.encode()[:64]).hexdigest()
    return f"{organization_id} {model} {digest}"[:LONGEST_KEY]


def _turns_of(body: bytes) -> tuple[int, bool]:
    """Return where the list of turns begins, or the one text in its place; -1 for none. A tool's parameter of the same
    name is followed by an object."""
    for word in _TURNS:
        place = body.find(word)
        while place >= 0:
            after = _VALUE.match(body, place + len(word))
            if after is not None:
                return after.end() - 1, after[1] == b'"'
            place = body.find(word, place + len(word))
    return -1, False


def _end_of_first(body: bytes, start: int, text: bool) -> int:
    """Return where the first message of the user ends, in a list of turns that begins at ``start``."""
    most = min(len(body), start + _LONGEST_START)
    if not text:
        # The usual case is told without a look at every token: plain texts, and nothing escaped in them.
        end = body.find(b"}", body.find(b'"user"', start, most), most) + 1
        head = body[start:end]
        if (
            end
            and b"\\" not in head
            and head.count(b"[") == 1
            and head.count(b"{") == head.count(b"}")
            and head.count(b'"') % 2 == 0
            and _ROLE.search(head) is not None
        ):
            return end
    depth = 0
    role = before = b""
    for count, token in enumerate(_TOKENS.finditer(body, start, most)):
        if text or count > _MOST_TOKENS:
            return token.end()
        what = token[0]
        if what in b"{[":
            depth += 1
        elif what in b"}]":
            depth -= 1
            if depth <= 1:
                if depth == 0 or role in (b"", b'"user"'):
                    return token.end()
                role = b""
        elif depth == 2:
            if before == b'"role"':
                role = what
            before = what
    return most
