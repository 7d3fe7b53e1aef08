"""``make drill``: a Parley of its own loses its tables while clients talk, gets them back, and everything is compared.

``judge`` decides whether all is well, ``talk`` has the clients talk, and ``run`` destroys and restores.
"""
