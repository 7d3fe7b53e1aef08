"""API Gateway's data plane on this machine, as faithful as its documentation allows; why: docs/decisions/0009.

A process of its own: ``handle`` starts and steers it, ``main`` is it, ``control`` takes what ``handle`` says. In it:

- sockets: ``app`` → ``upgrade`` (``authorizing``, ``permissions``) → ``session`` over ``protocol`` and ``framing`` →
  ``routing`` → ``integrations`` → ``functions``; ``sockets`` holds them, ``connections`` is ``@connections``,
  ``events`` what functions are told;
- requests: ``http`` → ``http_routing`` → ``jwts`` → ``http_events`` → ``functions``; ``cors``;
- ``functions`` finds a free worker for each invocation: ``workers`` over processes (``worker``), forked from one that
  has imported their libraries (``forkserver``, ``zygote``);
- ``deployed``, ``http_deployed``, ``stage`` read what the template has deployed; ``settings`` are limits and faults.
"""
