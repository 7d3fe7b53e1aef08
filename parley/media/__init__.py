"""What users upload: values, ports, and one use case per verb. The bytes never pass through us, but between the
client and the store; what passes through here is who may upload, see and refer to them, and whether they are what
they were said to be.
"""
