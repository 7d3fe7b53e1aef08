"""The WebSocket entrance: one module per Lambda. Each parses its event, calls one use case, and answers.

A module's ``handler`` is made when the Lambda runtime first asks for it (PEP 562), which is during INIT: so
importing a module for a test reads no environment and makes no client.
"""
