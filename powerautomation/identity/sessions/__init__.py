"""Owns signing in: one-time links, passwords at the door, session cookies and their CSRF tokens."""
