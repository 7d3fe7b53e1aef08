"""The ports of accounts on AWS."""
