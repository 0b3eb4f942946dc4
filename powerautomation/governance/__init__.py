"""What keeps the installation trustworthy: encryption of secrets at rest."""
