"""Owns gateway keys: made once, shown once, stored as HMAC, revoked at any time."""
