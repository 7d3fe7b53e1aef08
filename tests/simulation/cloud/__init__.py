"""AWS as the simulation plays it: the gateway, Lambda, the log's event source, tokens and stale reads."""
