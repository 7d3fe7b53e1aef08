"""What a Parley of a given size costs a month, and which of AWS's limits it meets first: ``python -m infra.capacity``."""
