"""Owns how much each organization may have: rows that grow at people's hands, and bytes of what is stored.

One check before the commit of every unit of work keeps to it, whichever domain wrote.
"""

from powerautomation.identity.quotas.entities import Quota, Resource
from powerautomation.identity.quotas.errors import NoRoom, QuotaReached
from powerautomation.identity.quotas.register import OTHERWISE, RESOURCES
from powerautomation.identity.quotas.routes import router
from powerautomation.identity.quotas.service import enforce, list_amounts_of, list_quotas, set_quotas

__all__ = [
    "OTHERWISE",
    "RESOURCES",
    "NoRoom",
    "Quota",
    "QuotaReached",
    "Resource",
    "enforce",
    "list_amounts_of",
    "list_quotas",
    "router",
    "set_quotas",
]
