"""API Gateway's data plane on this machine, as faithful as AWS's documentation allows. docs/decisions/0009 says why.

The gateway is a process of its own: ``handle`` starts and steers it, ``main`` is its program, and ``control`` takes
orders from ``handle``. Inside it:

- sockets: ``app`` → ``upgrade`` (``authorizing``, ``permissions``) → ``session`` over ``protocol`` and ``framing`` →
  ``routing`` → ``integrations`` → ``functions``. ``sockets`` holds the sockets, ``connections`` is ``@connections``,
  and ``events`` builds the events that functions get;
- requests: ``http`` → ``http_routing`` → ``jwts`` → ``http_events`` → ``functions``, with ``cors``;
- ``functions`` finds a free worker for each invocation. ``workers`` manages worker processes (``worker``), which are
  forked from one that has imported their libraries (``forkserver``, ``zygote``);
- ``deployed``, ``http_deployed`` and ``stage`` read what the template has deployed. ``settings`` holds limits and
  faults.
"""
