"""Many real clients at once against a whole local Parley, and a check of every message: ``python -m tests.load``."""
