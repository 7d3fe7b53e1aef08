"""The session run by asyncio, over a WebSocket and a SQLite file."""
