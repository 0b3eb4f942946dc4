"""Owns the tenants: which organizations exist and what they are called."""
