"""What is brought over from a legacy database: profiles and old conversations (docs/migration.md)."""
