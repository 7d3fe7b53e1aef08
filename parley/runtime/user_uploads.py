"""What a user has uploaded, as accounts need it: the use cases of media behind a port of accounts."""

from collections.abc import Iterator

from parley.core import pages
from parley.media import collection

_PAGE = 100


class Uploaded:
    """A ``parley.accounts.ports.Uploads``."""

    def __init__(self, ports: collection.Ports) -> None:
        self._ports = ports

    def erase(self, user: str) -> bool:
        return collection.erase(user, self._ports) > 0

    def listed(self, user: str) -> Iterator[dict[str, str | int]]:
        for page in pages.walk(lambda after: self._ports.registry.owned(user, after, _PAGE), "", lambda name: name):
            for name in page:
                media = self._ports.registry.media(name)
                if media is not None:
                    yield {
                        "id": media.id, "type": media.type, "size": media.size, "sha256": media.sha256,
                        "within": media.scope, "created": media.created, "state": media.state,
                    }  # fmt: skip
