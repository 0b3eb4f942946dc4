"""Owns the page of retention: which rules remove data, after how long, and how their jobs fare."""

from powerautomation.operations.retention.routes import router

__all__ = ["router"]
