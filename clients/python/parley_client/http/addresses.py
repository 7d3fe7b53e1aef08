"""Addresses: whether they are valid, and whether they lead to this machine, for which no proxy may be used."""

import ipaddress
import re
from urllib.parse import urlsplit

_NOT_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")


def check_address(url: str, *schemes: str, query: bool = False) -> None:
    """Refuse a URL that no request could be sent to.

    Args:
        url: the address.
        schemes: those that are allowed.
        query: whether it may have a query.

    Raises:
        ValueError: it is not a valid address; the message says what one looks like.
    """
    like = " or ".join(f"{scheme}://…" for scheme in schemes)
    try:
        parts = urlsplit(url)
        found = bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is not a number, or an IPv6 address is incomplete
        found = False
    if not found or parts.scheme not in schemes or _NOT_IN_ADDRESSES.search(url):
        raise ValueError(f"not an address ({like}): {url!r}")
    if parts.fragment or (parts.query and not query):
        raise ValueError(f"an address ({like}) ends with its path: {url!r}")


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine.

    Raises:
        ValueError: it is not a URL.
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False
