"""The users' ports on AWS."""
