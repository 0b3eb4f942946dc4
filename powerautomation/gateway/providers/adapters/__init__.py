"""Outside systems the providers domain talks to."""
