"""Owns the comparison of our ledger with what providers bill, month by month."""

from powerautomation.gateway.reconciliation.bills import MOST_BYTES as MOST_BILL_BYTES
from powerautomation.gateway.reconciliation.entities import Reconciliation
from powerautomation.gateway.reconciliation.routes import router
from powerautomation.gateway.reconciliation.service import Asked, ExchangeRate, reconcile, summary_of

__all__ = ["MOST_BILL_BYTES", "Asked", "ExchangeRate", "Reconciliation", "reconcile", "router", "summary_of"]
