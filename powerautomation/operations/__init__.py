"""Running the server: health, backups."""
