"""What follows a stored entry: one file per effect, driven by the log's stream, so that none depends on the send that
stored the entry having lived.

``dispatch`` declares their order. Every effect may run twice: the stream delivers a record at least once.
"""
