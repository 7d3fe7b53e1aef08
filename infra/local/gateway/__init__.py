"""API Gateway's data plane on this machine, as faithful as AWS's documentation allows. docs/decisions/0009 says why.

The gateway is a process of its own. ``handle`` starts and steers it, ``main`` is its program, ``app`` its application,
and ``control`` takes orders from ``handle``. ``settings`` holds limits and faults, ``throttle`` the token buckets.

- ``websocket/``: ``upgrade`` → ``session`` over ``protocol`` → ``routing`` → ``integrations``. ``sockets`` holds open
  sockets, ``connections`` is ``@connections``, ``events`` builds what functions get, and ``deployed`` and ``stage``
  read what the templates have deployed.
- ``http/``: ``app`` → ``routing`` → ``events``, with ``cors`` and ``deployed``.
- ``access/``: REQUEST authorizers (``authorizing``), JWTs, the policies that both give, and IAM's ``permissions``.
- ``functions/``: ``pool`` finds a free worker for each ``invocation``. ``workers`` manages its processes (``worker``,
  spoken to by ``framing``), which are forked from one that has imported their libraries (``forkserver``, ``zygote``).
"""
