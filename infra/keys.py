"""Keys of one's own, by class of data: the ``keys`` part of an environment's file. Each costs $1 a month and $0.03 for
10,000 uses, so that all are off by default; AWS's own keys, which encrypt everything otherwise, cost nothing.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

CREATE = "create"
"""Have the stack make a key, which AWS renews every year."""
_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/.+")


def _key(text: str) -> str:
    if text and text != CREATE and not _ARN.fullmatch(text):
        raise ValueError(f'must be "{CREATE}", the ARN of a KMS key, or empty, and is {text!r}')
    return text


Key = Annotated[str, AfterValidator(_key)]


class Keys(BaseModel):
    """Which key encrypts what. ``infra/templates/keys.yaml`` makes them, and ``infra/encryption.py`` gives their use to
    the roles. Another class of data is a field here, a key there and a line of each one's table.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    messages: Key = ""
    """The two tables, with their streams and backups."""
    media: Key = ""
    """The buckets of media and of users' own files."""
    archive: Key = ""
    """The bucket of archived messages, whose packs are also sealed before they are stored (``parley/archive``)."""
    logs: Key = ""
    """All log groups."""

    def regions(self) -> dict[str, str]:
        """Return the Region of each key that is there already, by field."""
        given = {"messages": self.messages, "media": self.media, "archive": self.archive, "logs": self.logs}
        return {field: arn.split(":")[3] for field, arn in given.items() if arn not in ("", CREATE)}

    def parameters(self) -> dict[str, str]:
        """Return the parameters for CloudFormation."""
        return {
            "MessagesKey": self.messages,
            "MediaKey": self.media,
            "ArchiveKey": self.archive,
            "LogsKey": self.logs,
        }
