"""What a message takes of each partition key at most, which ``tests/e2e/test_load_is_spread.py`` measures, and what a
partition serves.
"""

READ_UNITS, WRITE_UNITS = 3_000, 1_000
"""A second, of a partition (DynamoDB developer guide, "Best practices for designing and using partition keys")."""

LOG_WRITES, LOG_READS = 1, 2.5
"""Of a conversation's log, for each message."""
BEGINNING = 4
"""Of a conversation's log and of each member's rows, for its first message: a transaction, and one that failed before
it, because its sender had already begun another conversation in that hour.
"""
USER_WRITES, USER_READS, PUSH_READS = 1, 2.5, 2
"""Of a user's rows, for each message to them, for each to or from them, and for the badge of a push (a small inbox)."""
UPLOAD_WRITES = 3
"""Of the day's list of uploads that nothing refers to yet, for each upload."""
THOUSAND_CONVERSATIONS = 40
"""Read units of a user's rows, for the badge of a push to somebody with a thousand conversations."""
