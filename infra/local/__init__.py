"""The whole of Parley on one machine: an embedded AWS, the real template, and a conversation to see it work."""
