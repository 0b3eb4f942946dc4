"""Values of e-mail domains."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class EmailDomain:
    """A domain an organization calls its own. ``address`` is where the proof is looked for, ``line`` what must stand
    there. ``proven_at`` is None until it did, and again when it does no more; ``checked_at`` when it was last read.
    ``missing_since``: it has not been found, or its web server not reached, since; then it stops holding at
    ``lapses_at``."""

    id: str
    domain: str
    address: str
    line: str
    proven_at: datetime | None
    checked_at: datetime | None
    missing_since: datetime | None
    lapses_at: datetime | None
    created_at: datetime
