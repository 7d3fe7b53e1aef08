"""boto3 sessions that start quickly: a faster JSON parser reads botocore's models, and only those of our services.

Whenever a client is made, botocore's own loader looks into the directories of all of AWS's hundreds of services, to
check that the service exists, and it parses the models with the standard library. Both can be avoided, because the
loader is a replaceable component of a session.
"""

import gzip
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import msgspec
from botocore.loaders import JSONFileLoader, Loader

SERVICES = [
    "apigatewaymanagementapi", "cognito-idp", "dynamodb", "firehose", "lambda", "s3", "secretsmanager", "sns", "ssm",
]  # fmt: skip
"""The services that these sessions make clients for."""


def _plain(path: str) -> bytes:
    return Path(path).read_bytes()


def _packed(path: str) -> bytes:
    return gzip.decompress(Path(path).read_bytes())


_READERS: dict[str, Callable[[str], bytes]] = {".json": _plain, ".json.gz": _packed}


class _Files(JSONFileLoader):
    """Reads botocore's model files. Paths are given without their file extension."""

    def exists(self, file_path: str) -> bool:
        return any(os.path.isfile(file_path + ending) for ending in _READERS)  # noqa: PTH113  (many at a cold start)

    def load_file(self, file_path: str) -> Any:
        for ending, read in _READERS.items():
            if os.path.isfile(file_path + ending):  # noqa: PTH113
                return msgspec.json.decode(read(file_path + ending))
        return None


class _OwnServices(Loader):
    """A loader that knows only ``SERVICES``."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  (botocore's signature)
        return SERVICES


def session() -> boto3.Session:
    """A session for the clients of ``SERVICES``."""
    core = botocore.session.Session()
    core.register_component("data_loader", _OwnServices(file_loader=_Files()))
    return boto3.Session(botocore_session=core)


@lru_cache(maxsize=1)
def shared() -> boto3.Session:
    """The session from which all clients of a process are made."""
    return session()
