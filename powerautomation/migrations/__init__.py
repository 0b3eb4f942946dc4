"""One line of schema revisions, applied at start by ``infrastructure.database.migrate``. Backups are the way back."""
