"""How long a drill waits for what."""

REST = 31.0
"""Seconds after which sockets are no longer young, and clients have forgotten their failures."""
OFFERED = 5.5
"""Seconds within which the notifier has offered a message again: the window, the grace period, and a little more."""
REPEATED = 13.0
"""Seconds within which a client has repeated a command that was not answered."""
BACK = 3.0
"""Seconds within which a device whose socket was closed is back, and has synced."""
AHEAD = 50.0
"""Seconds by which a clock is wrong, so that it matters, and no token of a socket has ended by it."""
WAVE = 13
"""The number of entries that another device gets through flood control while a client waits for an answer."""
