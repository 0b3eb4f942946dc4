"""One line of schema revisions, applied at start by ``infrastructure.migrations.migrate``. Backups are the way back."""
