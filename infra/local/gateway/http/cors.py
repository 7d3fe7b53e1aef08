"""Cross-origin requests, as API Gateway answers them for an API that is configured for them.

Source: "Configure CORS for HTTP APIs in API Gateway" in the developer guide. Preflights that match no route are
answered without one, and the function's own CORS headers are replaced. ``$default`` matches them too, and has an
authorizer, so an API with both needs a route ``OPTIONS /{proxy+}`` without one, whose function answers.
"""

from infra.local.gateway.http.deployed import Cors
from infra.local.gateway.http.events import Answer, Asked

_PREFIX = "access-control-"


def preflight(cors: Cors | None, asked: Asked) -> Answer | None:
    """Return the answer to a preflight. None if the request is not one, or the API is not configured for CORS."""
    if cors is None or not _is_preflight(asked):
        return None
    return Answer(204, tuple(_headers(cors, asked).items()), b"")


def decorate(cors: Cors | None, asked: Asked, answer: Answer) -> Answer:
    """Return the answer with the API's CORS headers instead of the function's, if the API is configured for CORS."""
    if cors is None or not asked.header("origin"):
        return answer
    own = tuple(h for h in answer.headers if not h[0].lower().startswith(_PREFIX))
    return answer._replace(headers=own + tuple(_headers(cors, asked).items()))


def _is_preflight(asked: Asked) -> bool:
    return asked.method == "OPTIONS" and bool(asked.header("origin") and asked.header(f"{_PREFIX}request-method"))


def _headers(cors: Cors, asked: Asked) -> dict[str, str]:
    """Return the headers, or none if the origin is not allowed."""
    origin = asked.header("origin")
    if "*" in cors.origins:
        headers = {f"{_PREFIX}allow-origin": "*"}
    elif any(_matches(allowed, origin) for allowed in cors.origins):
        headers = {f"{_PREFIX}allow-origin": origin, "vary": "Origin"}
    else:
        return {}
    if cors.credentials:
        headers[f"{_PREFIX}allow-credentials"] = "true"
    if cors.exposed:
        headers[f"{_PREFIX}expose-headers"] = ",".join(cors.exposed)
    if _is_preflight(asked):
        headers[f"{_PREFIX}allow-methods"] = ",".join(cors.methods)
        headers[f"{_PREFIX}allow-headers"] = ",".join(cors.headers)
        if cors.age is not None:
            headers[f"{_PREFIX}max-age"] = str(cors.age)
    return headers


def _matches(allowed: str, origin: str) -> bool:
    """Return whether the origin is allowed. ``https://*`` stands for every origin with that scheme.

    ``http://localhost:*``, which API Gateway does not know, stands for every port: for a laptop's own environment.
    """
    origin, allowed = origin.lower(), allowed.lower()
    if allowed.endswith(":*"):
        host, _, port = origin.removeprefix(allowed[:-2]).partition(":")
        return origin.startswith(allowed[:-2]) and not host and (port.isdigit() or not port)
    return origin == allowed or (allowed.endswith("://*") and origin.startswith(allowed[:-1]))
