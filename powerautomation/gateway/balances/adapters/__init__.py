"""What reaches outside: the question to a provider."""
