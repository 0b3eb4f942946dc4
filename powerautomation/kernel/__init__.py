"""Shared words of every floor: ids, money, clock, errors, principal. Pure: reaches no input or output."""
