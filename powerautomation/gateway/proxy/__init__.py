"""Owns the data plane: the gateway's raw ASGI door, attempts at upstreams, failover, and what the ledger is told."""

from powerautomation.gateway.proxy.asgi import GatewayApp
from powerautomation.gateway.proxy.errors import GatewayStarting
from powerautomation.gateway.proxy.exchange import Exchange
from powerautomation.gateway.proxy.replies import refuse
from powerautomation.gateway.proxy.service import Gateway

__all__ = ["Exchange", "Gateway", "GatewayApp", "GatewayStarting", "refuse"]
