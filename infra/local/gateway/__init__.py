"""API Gateway's data plane on this machine: WebSocket APIs as they are deployed to the embedded AWS.

A process of its own (``main``) serves them; ``handle`` starts, stops and troubles it. What it is, and what it is not,
is in ``docs/decisions``.
"""
