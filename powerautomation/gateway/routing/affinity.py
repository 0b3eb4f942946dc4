"""Where conversations have their prompt cache: remembered per process, told to other replicas, bounded and expiring."""

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
_TURNS = (b'"messages"', b'"contents"', b'"input"')


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
    start = next((place for word in _TURNS if (place := body.find(word)) >= 0), -1)
    if start < 0:
        return ""
    role = body.find(b'"user"', start)
    # Without a role the input is one text, as in the Responses API.
    end = body.find(b"}", role if role >= 0 else start)
    first = body[start : min(end + 1 if end >= 0 else len(body), start + _LONGEST_START)]
    digest = blake2b(first, digest_size=16, key=api_key_id.encode()[:64]).hexdigest()
    return f"{organization_id} {model} {digest}"[:LONGEST_KEY]
