"""Outside systems of routing: Redis."""
