"""The local server beside the APIs: the page, the JavaScript client, settings, and what only a laptop can show.

docs/local.md lists the routes. ``guard`` refuses strangers, ``static`` serves files, ``dev`` has the other routes over
``feeds``, which ``upstream`` fills from the embedded AWS.
"""
