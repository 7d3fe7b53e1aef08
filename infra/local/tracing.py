"""The request id of an invocation in X-Ray's trace header, and back.

A function's runtime sets the header as ``_X_AMZN_TRACE_ID``, and botocore sends it with every call that the function
makes. On AWS the root is random. Here it holds the request id, so that a call says which invocation it belongs to.
Source: "AWS X-Ray concepts", tracing header.
"""

import re

VARIABLE = "_X_AMZN_TRACE_ID"
_ROOT = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})")


def trace_id(request: str) -> str:
    """Return the header of an invocation, from its request id, a UUID."""
    digits = request.replace("-", "")
    return f"Root=1-{digits[:8]}-{digits[8:]};Parent={digits[:16]};Sampled=0"


def request_of(header: str) -> str | None:
    """Return the request id in a header, or None."""
    found = _ROOT.search(header)
    if found is None:
        return None
    digits = found[1] + found[2]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
