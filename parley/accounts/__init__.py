"""Who the users are, as opposed to what they say: their profiles and accounts, and what the app keeps for them.

The package is built like ``chat`` and uses its values: it has ports, one use case per verb, and adapters beside them.
The use cases know no AWS, environment, clock or log.
"""
