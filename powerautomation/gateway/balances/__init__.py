"""Owns what is left in the accounts at providers: asked for hourly, kept, and held against the ledger."""

from powerautomation.gateway.balances.entities import Amount, Balance, Wished
from powerautomation.gateway.balances.jobs import BalanceKeeper
from powerautomation.gateway.balances.routes import router
from powerautomation.gateway.balances.rules import stated_thresholds
from powerautomation.gateway.balances.service import list_balances

__all__ = ["Amount", "Balance", "BalanceKeeper", "Wished", "list_balances", "router", "stated_thresholds"]
