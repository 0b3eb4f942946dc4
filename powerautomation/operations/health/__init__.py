"""Owns the doctor: looks at everything an installation stands on and says how to mend what is wrong."""

from powerautomation.operations.health.entities import Check
from powerautomation.operations.health.installation import Installation
from powerautomation.operations.health.routes import router
from powerautomation.operations.health.service import examine

__all__ = ["Check", "Installation", "examine", "router"]
