"""What operators do with an environment that is there: ``make redrive`` and ``make watch``."""
