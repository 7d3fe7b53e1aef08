"""What a conversation is: values, rules, ports, and one use case per verb.

Nothing here knows AWS, the environment, a clock or a logger: time and ids come in as values. The one
exception to "no AWS" is the sub-package ``parley.chat.aws``, which implements the ports and which nothing in
``chat`` imports.
"""
