"""Owns the compliance report: who has access to what, what is dormant or old, and what changed in a period."""

from powerautomation.operations.compliance.entities import Asked, Language, Report
from powerautomation.operations.compliance.routes import router
from powerautomation.operations.compliance.service import Source, make_report, note_export, written

__all__ = ["Asked", "Language", "Report", "Source", "make_report", "note_export", "router", "written"]
