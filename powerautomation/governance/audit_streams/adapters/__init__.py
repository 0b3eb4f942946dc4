"""How events reach their receivers."""
