"""Owns permissions: which exist, which role has them, and the declaration every route makes."""
