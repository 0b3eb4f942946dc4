"""Owns SCIM 2.0: an identity provider adds, changes and takes away people and groups by itself.

It asks with the key of a service account, so it can do no more than that account's role; what it does is what an
administrator would do under People, in other words. https://www.rfc-editor.org/rfc/rfc7644 (November 2026)
"""

from powerautomation.identity.scim.answering import ScimRefused, answer_refused
from powerautomation.identity.scim.console_routes import console_router
from powerautomation.identity.scim.routes import router
from powerautomation.identity.scim.service import forget_user

__all__ = ["ScimRefused", "answer_refused", "console_router", "forget_user", "router"]
