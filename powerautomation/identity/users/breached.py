"""Passwords that were stolen elsewhere and are tried first: the 30,000 most frequent of published breaches.

The list comes with zxcvbn (MIT), which took it from Mark Burnett's ten million passwords, so that no network is needed.
https://github.com/dwolfhub/zxcvbn-python (November 2026)
"""

from functools import cache

from powerautomation.identity.users.rules import bases_of

# A shorter base is a syllable, and says nothing of the rest.
SHORTEST_BASE = 5


def is_breached(password: str) -> bool:
    """Say whether a password in normal form is in the list, or is one of the list with digits and signs added.

    The list takes a quarter of a second and 15 MB when it is asked for the first time.
    """
    folded = password.casefold()
    known = _list()
    return folded in known or any(len(base) >= SHORTEST_BASE and base in known for base in bases_of(folded))


@cache
def _list() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
