"""What follows a stored entry, one file per effect. The log's stream drives the effects, so that none depends on
whether the send that stored the entry has survived.

``dispatch`` declares their order. Every effect may run twice, because the stream delivers a record at least once.
"""
