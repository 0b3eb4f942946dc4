"""The AI gateway: dialects, model families, providers, routing, metering and the proxy that joins them."""
