"""A deployed Parley to talk to: our own on the embedded AWS, or the one that the environment names."""

import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal, Self

import boto3
from websockets.sync.client import ClientConnection, connect

from infra import users
from infra.local.pushes import PushService
from infra.local.stack import DataPlane, Local, User, running
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.core.session import Role

REMOTE = "PARLEY_WS_URL"
"""If this is set, the tests run on that deployment. They need PARLEY_HTTP_URL, PARLEY_USER_POOL_ID,
PARLEY_USER_POOL_CLIENT_ID, PARLEY_LOG_TABLE and PARLEY_DIRECTORY_TABLE (all outputs of its stack), and AWS credentials
that may administer its users and read its tables. Tests that need the local SNS, or the emulator's
administration, are skipped there."""


class Deployment:
    """Where the tests connect, and what they may inspect behind it."""

    def __init__(
        self,
        url: str,
        http_url: str,
        cognito: Any,
        pool: str,
        client: str,
        log: DynamoLog,
        directory: DynamoDirectory,
        local: Local | None,
    ) -> None:
        self.url = url
        self.http_url = http_url
        self.cognito = cognito
        self.pool = pool
        self.client = client
        self.log = log
        self.directory = directory
        self.local = local
        self._users = users.Pool(cognito, directory, pool=pool, client=client)
        self._made = 0

    def user(self, name: str, role: Role = "consumer") -> User:
        """A new user. On AWS an administrator creates them, since Cognito's own sender stops at 50 e-mails a day."""
        self._made += 1
        email = f"{name.lower()}-{self._made}-{secrets.token_hex(4)}@example.com"
        if self.local:
            return self.local.create_user(name, role, email)
        password = f"Aa1-{secrets.token_urlsafe(12)}"
        user = users.create(self._users, email, password, name)
        if role == "provider":
            users.grant(self._users, email, role)
        return User(id=user, email=email, name=name, password=password, role=role)

    def tokens(self, user: User, client: str = "") -> dict[str, str]:
        """The tokens that Cognito gives the user at sign-in."""
        answer = self.cognito.initiate_auth(
            ClientId=client or self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user.email, "PASSWORD": user.password},
        )
        return answer["AuthenticationResult"]

    @property
    def pushes(self) -> PushService:
        assert self.local is not None
        return self.local.pushes


class Phone:
    """One device's socket, which sends and receives frames."""

    def __init__(self, deployment: Deployment, user: User, device: str) -> None:
        self.user = user
        self._open = open_socket(deployment, deployment.tokens(user)["AccessToken"], device)
        self._heard: list[dict[str, Any]] = []
        self._asked = 0

    def __enter__(self) -> Self:
        self.socket = self._open.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def say(self, frame: dict[str, Any] | str) -> None:
        """Send a frame unchanged."""
        self.socket.send(frame if isinstance(frame, str) else json.dumps(frame, ensure_ascii=False))

    def ask(self, action: str, id: str = "", **fields: Any) -> dict[str, Any]:
        """Send a command, and wait for its answer."""
        self._asked += 1
        name = id or f"{action}-{self._asked}"
        self.say({"action": action, "id": name, **fields})
        return self.hear(lambda f: f.get("id") == name)

    def hear(self, wanted: Callable[[dict[str, Any]], bool] | str, limit: float = 15) -> dict[str, Any]:
        """The first wanted frame that has not been heard before. A string stands for a type.

        Raises:
            TimeoutError: no such frame came.
        """
        is_wanted = (lambda f: f.get("type") == wanted) if isinstance(wanted, str) else wanted
        for i, frame in enumerate(self._heard):
            if is_wanted(frame):
                return self._heard.pop(i)
        while True:
            frame = json.loads(self.socket.recv(timeout=limit))
            if is_wanted(frame):
                return frame
            self._heard.append(frame)


def open_socket(
    deployment: Deployment, token: str, device: str = "phone", **options: Any
) -> AbstractContextManager[ClientConnection]:
    """A socket with this token. Entering it raises ``websockets.InvalidStatus`` if the token is refused."""
    options.setdefault("subprotocols", ["parley.v1", *([token] if token else [])])
    return connect(f"{deployment.url}?device={device}", open_timeout=20, proxy=None, **options)


def is_remote() -> bool:
    """Whether the environment names a deployment."""
    return bool(os.environ.get(REMOTE))


@contextmanager
def deployment(data_plane: DataPlane | Literal["remote"]) -> Iterator[Deployment]:
    """The deployment named by the environment, or one of our own for as long as the block lasts."""
    if data_plane != "remote":
        # Functions say the most where test_logs.py looks for what they must not say.
        with running(data_plane=data_plane, log_level="DEBUG" if data_plane == "gateway" else "INFO") as local:
            yield _deployment(local.url, local.http_url, local.cognito, local.dynamodb, local.outputs, local)
        return
    url = os.environ[REMOTE]
    outputs = {
        "UserPoolId": os.environ["PARLEY_USER_POOL_ID"],
        "UserPoolClientId": os.environ["PARLEY_USER_POOL_CLIENT_ID"],
        "LogTable": os.environ["PARLEY_LOG_TABLE"],
        "DirectoryTable": os.environ["PARLEY_DIRECTORY_TABLE"],
    }
    yield _deployment(
        url, os.environ["PARLEY_HTTP_URL"], boto3.client("cognito-idp"), boto3.client("dynamodb"), outputs, None
    )


def _deployment(
    url: str, http_url: str, cognito: Any, dynamodb: Any, outputs: dict[str, str], local: Local | None
) -> Deployment:
    return Deployment(
        url,
        http_url,
        cognito,
        outputs["UserPoolId"],
        outputs["UserPoolClientId"],
        DynamoLog(dynamodb, outputs["LogTable"], outputs["DirectoryTable"]),
        DynamoDirectory(dynamodb, outputs["DirectoryTable"]),
        local,
    )
