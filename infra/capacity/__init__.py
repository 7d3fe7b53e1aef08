"""What a Parley of a given size costs per month, and which of AWS's limits it reaches first."""
