"""The canary's adapters: how its users sign in, and their sockets."""
