"""A user's own list of conversations: its order, what each row shows, the badge, and what the user prefers."""
