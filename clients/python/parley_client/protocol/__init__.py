"""What a client decides: the session machine, its values, and its store's interface. It does no I/O."""
