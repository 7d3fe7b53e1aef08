"""Mutants that change nothing anybody could notice, each with the reason; by subject and by the mutant's name."""

EQUIVALENT: dict[str, dict[str, str]] = {}
