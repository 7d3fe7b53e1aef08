"""What users upload: values, ports, and one use case per verb.

The bytes never pass through us; they go directly between the client and the store. This package decides who may upload
media, see them and refer to them, and whether they are what they were said to be.
"""
