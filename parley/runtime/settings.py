"""What the template tells the functions by environment variables, which are read once, at INIT."""

import zlib
from collections.abc import Mapping
from typing import get_args

from parley.chat.effects.settings import Preview
from parley.delivery.model import Platform


class MissingSetting(Exception):
    """A variable that this function needs is not set: the template and the code disagree."""


class Settings:
    """The environment's settings, by meaning. Each is read when asked for: a function is given only those it needs."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    @property
    def log_table(self) -> str:
        return self._need("LOG_TABLE")

    @property
    def directory_table(self) -> str:
        return self._need("DIRECTORY_TABLE")

    @property
    def generation(self) -> str:
        """A name for this pair of tables. Tables that are restored from others have names of their own, and so another
        generation, which nobody has to remember to set (docs/decisions/0036).
        """
        return f"{zlib.crc32(f'{self.log_table} {self.directory_table}'.encode()):08x}"

    @property
    def connections_url(self) -> str:
        """Where API Gateway accepts posts to connections: ``https://<api>.execute-api.<region>…/<stage>``."""
        return self._need("CONNECTIONS_URL")

    @property
    def user_pool(self) -> str:
        return self._need("USER_POOL_ID")

    @property
    def user_pool_client(self) -> str:
        return self._need("USER_POOL_CLIENT_ID")

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{self.user_pool.split('_')[0]}.amazonaws.com/{self.user_pool}"

    @property
    def keys_url(self) -> str:
        """Where the pool's public keys are. For the embedded AWS, the AWS SDKs' own endpoint variable is honoured."""
        host = self._environ.get("AWS_ENDPOINT_URL_COGNITO_IDP")
        return f"{host}/{self.user_pool}/.well-known/jwks.json" if host else f"{self.issuer}/.well-known/jwks.json"

    @property
    def canary_users(self) -> frozenset[str]:
        """The ids of the canary's users, who are left out of analytics; none if there is no canary."""
        return frozenset(filter(None, self._environ.get("CANARY_USERS", "").split(",")))

    @property
    def canary_parameter(self) -> str:
        """The name of the SSM parameter with the canary's credentials."""
        return self._need("CANARY_PARAMETER")

    @property
    def sockets_url(self) -> str:
        """Where clients connect: ``wss://…``."""
        return self._need("SOCKETS_URL")

    @property
    def events_stream(self) -> str:
        """The Firehose stream that takes the events of analytics."""
        return self._need("EVENTS_STREAM")

    @property
    def archive_bucket(self) -> str:
        """The bucket for entries that have left the log."""
        return self._need("ARCHIVE_BUCKET")

    @property
    def archive_after_days(self) -> int:
        """How old entries are that leave the log, in days; 0 if they never do."""
        return int(self._environ.get("ARCHIVE_AFTER_DAYS", "0"))

    @property
    def user_files_bucket(self) -> str:
        return self._need("USER_FILES_BUCKET")

    @property
    def export_function(self) -> str:
        """The function that makes users' archives."""
        return self._need("EXPORT_FUNCTION")

    @property
    def media_bucket(self) -> str:
        return self._need("MEDIA_BUCKET")

    @property
    def media_domain(self) -> str:
        """The domain of the distribution in front of the bucket; empty if there is none."""
        return self._environ.get("MEDIA_DOMAIN", "")

    @property
    def origin_secret(self) -> str:
        """What the header ``x-parley-origin`` of every request must hold; empty if there is no firewall."""
        return self._environ.get("ORIGIN_SECRET", "")

    @property
    def media_key_id(self) -> str:
        """The id of the public key that verifies the distribution's links."""
        return self._need("MEDIA_KEY_ID")

    @property
    def media_key(self) -> str:
        """The name of the SSM parameter that holds the private key."""
        return self._need("MEDIA_KEY")

    @property
    def legacy_host(self) -> str:
        """The host of the legacy database."""
        return self._need("LEGACY_HOST")

    @property
    def legacy_database(self) -> str:
        return self._need("LEGACY_DATABASE")

    @property
    def legacy_secret(self) -> str:
        """The ARN of the secret with the legacy database's credentials."""
        return self._need("LEGACY_SECRET")

    @property
    def allow_consumer_pairs(self) -> bool:
        """Whether consumers may talk with consumers."""
        return self._environ.get("ALLOW_CONSUMER_PAIRS") == "true"

    @property
    def preview(self) -> Preview:
        value = self._environ.get("PUSH_PREVIEW", "sender")
        for known in get_args(Preview):
            if value == known:
                return value  # type: ignore[return-value]  # it is one of Preview's own values
        raise MissingSetting(f"PUSH_PREVIEW is {value!r}, and must be one of {', '.join(get_args(Preview))}")

    @property
    def push_applications(self) -> dict[Platform, str]:
        """The platform applications that are set up, with which devices may register."""
        named = {p: self._environ.get(f"{p.upper()}_APPLICATION", "") for p in get_args(Platform)}
        return {platform: arn for platform, arn in named.items() if arn}

    def _need(self, name: str) -> str:
        value = self._environ.get(name)
        if not value:
            raise MissingSetting(f"{name} is not set for this function: see infra/templates")
        return value
