"""The ports and the rules behind ``/media``: uploading, and showing what has been uploaded."""

from msgspec import Struct

from parley.media import links, uploads


class Ports(Struct, frozen=True):
    """What the resource needs from the world, and the deployment's rules."""

    rules: uploads.Rules
    uploading: uploads.Ports
    showing: links.Ports
