"""Who the users are, apart from what they say: profiles, and what the app keeps for them.

Built as ``chat`` is, and on its values: ports, one use case per verb, adapters beside. No AWS, env, clock, logging.
"""
