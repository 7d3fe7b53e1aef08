"""The data plane of WebSocket APIs: sockets, messages, routes and what they run."""
