"""Protocols of single sign-on, one module each."""
