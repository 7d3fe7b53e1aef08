"""The WebSocket entrance, with one module per Lambda. Each parses its event, calls one use case, and responds.

A module's ``handler`` is made when the Lambda runtime first asks for it (PEP 562), which is during INIT. This way,
importing a module for a test reads no environment and makes no client.
"""
