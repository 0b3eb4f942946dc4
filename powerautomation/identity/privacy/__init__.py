"""Owns what people may ask about themselves: the register of personal data, and the export of a person's data."""

from powerautomation.identity.privacy.entities import RegisterLine
from powerautomation.identity.privacy.repository import register
from powerautomation.identity.privacy.routes import router

__all__ = ["RegisterLine", "register", "router"]
