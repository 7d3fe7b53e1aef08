"""Deploying: what brings an environment's stack, or the account's, to the state that the templates describe.

``make deploy`` is the package itself, and each other command is a module that can be run. ``stacks`` does the work.
"""
