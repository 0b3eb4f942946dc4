"""Owns what people agree to: an organization's text in numbered versions, who is asked, who agreed to which, and when
they took it back."""

from powerautomation.identity.consents.entities import TextDraft
from powerautomation.identity.consents.routes import router
from powerautomation.identity.consents.service import put_text, read_text

__all__ = ["TextDraft", "put_text", "read_text", "router"]
