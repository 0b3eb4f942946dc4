"""Who may use the installation: organizations, their users, sessions, permissions and gateway keys."""
