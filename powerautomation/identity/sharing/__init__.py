"""Owns shares: whose things somebody else may see or change too, because the owner said so.

A share widens which things somebody reaches, never what kind of action: who has a thing shared still needs the
permission to reach the own things of its kind. The domain of a thing decides who may share it.
"""

from powerautomation.identity.sharing.entities import Grantee, Share, ShareLevel
from powerautomation.identity.sharing.errors import ShareInvalid, ShareNotFound, TooManyShares
from powerautomation.identity.sharing.service import (
    create_share,
    delete_share,
    list_shared_ids,
    list_shares,
    load_shared,
    shared_with,
)

__all__ = [
    "Grantee",
    "Share",
    "ShareInvalid",
    "ShareLevel",
    "ShareNotFound",
    "TooManyShares",
    "create_share",
    "delete_share",
    "list_shared_ids",
    "list_shares",
    "load_shared",
    "shared_with",
]
