"""boto3 sessions that start quickly: botocore's models read by a faster JSON parser, and no look at those of others.

botocore's own loader looks into the directories of all of AWS's hundreds of services whenever a client is made, to say
whether there is such a service, and parses the models with the standard library. Both can be had otherwise: a loader
is a component of a session.
"""

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import msgspec
from botocore.loaders import JSONFileLoader, Loader

SERVICES = ["apigatewaymanagementapi", "cognito-idp", "dynamodb", "sns"]
"""Those that ``parley.chat.aws`` talks to."""


def _plain(path: str) -> bytes:
    return Path(path).read_bytes()


def _packed(path: str) -> bytes:
    return gzip.decompress(Path(path).read_bytes())


_READERS: dict[str, Callable[[str], bytes]] = {".json": _plain, ".json.gz": _packed}


class _Files(JSONFileLoader):
    """Paths come without their ending."""

    def exists(self, file_path: str) -> bool:
        return any(os.path.isfile(file_path + ending) for ending in _READERS)  # noqa: PTH113  (many, at a cold start)

    def load_file(self, file_path: str) -> Any:
        for ending, read in _READERS.items():
            if os.path.isfile(file_path + ending):  # noqa: PTH113
                return msgspec.json.decode(read(file_path + ending))
        return None


class _OwnServices(Loader):
    """Knows ``SERVICES``, and no others."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  (botocore's signature)
        return SERVICES


def session() -> boto3.Session:
    """A session for the clients of ``SERVICES``."""
    core = botocore.session.Session()
    core.register_component("data_loader", _OwnServices(file_loader=_Files()))
    return boto3.Session(botocore_session=core)
