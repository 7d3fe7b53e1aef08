"""The move from the legacy database: its users sign in with their old passwords, and bring their conversations along.

Everything here serves until the last of them has moved, and can then be removed as a whole (docs/migration.md).
"""
