"""Who is signed in, as every door sees it."""

from dataclasses import dataclass
from datetime import datetime

from powerautomation.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """The person behind a request with a live session.

    ``csrf`` is the token that unsafe requests of this session must carry; ``permissions`` is what the person may do;
    ``expires_at`` is when the session ends if nothing more is done with it.
    """

    principal: Principal
    session_id: str
    csrf: str
    permissions: frozenset[str]
    expires_at: datetime
