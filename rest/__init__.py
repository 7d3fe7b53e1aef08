"""The HTTP entrance: one small module per resource, in front of the same use cases as the sockets.

``app`` puts the resources together, and ``docs/openapi.json`` is generated from it.
"""
