"""AWS adapters of the migration."""
