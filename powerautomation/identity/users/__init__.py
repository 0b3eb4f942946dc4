"""Owns people: their profile, their role and their password."""
