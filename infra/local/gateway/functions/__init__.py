"""Functions, and the processes that run them."""
