"""What judges a run: a record of what was promised, checks as things happen, and the oracle at the end."""
