"""The canary: two users of our own, one of whom writes to the other every few minutes, as anybody's app would."""
