"""Nothing dangerous without a yes: how risky an action is, and who has to agree to it."""
