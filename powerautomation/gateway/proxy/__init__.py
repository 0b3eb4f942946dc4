"""Owns the data plane: the raw ASGI door of the gateway, attempts at upstreams, failover, and what goes to the ledger."""

from powerautomation.gateway.proxy.asgi import GatewayApp
from powerautomation.gateway.proxy.exchange import Exchange
from powerautomation.gateway.proxy.service import Gateway

__all__ = ["Exchange", "Gateway", "GatewayApp"]
