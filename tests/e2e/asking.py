"""Requests to the HTTP API, as a user's app makes them."""

from typing import Any, NamedTuple, Self

import httpx

from infra.local.stack import User
from tests.e2e.deployment import Deployment


class Answer(NamedTuple):
    """``body`` is the decoded JSON, or None if there is none."""

    status: int
    headers: httpx.Headers
    body: Any


class Http:
    """The API, for as many users as a test has; each signs in with their first request."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._tokens: dict[str, str] = {}
        self.client = httpx.Client(base_url=deployment.http_url, timeout=40, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self.client.close()

    def token(self, user: User) -> str:
        """The user's access token."""
        if user.id not in self._tokens:
            self._tokens[user.id] = self._deployment.tokens(user)["AccessToken"]
        return self._tokens[user.id]

    def ask(self, user: User | None, request: str, body: Any = None, *, headers: Any = None, **query: Any) -> Answer:
        """``request`` is ``METHOD /path``. ``body`` is sent as JSON unless it is bytes. No ``user``, no token."""
        method, path = request.split(" ", 1)
        sent = {**({"Authorization": f"Bearer {self.token(user)}"} if user else {}), **(headers or {})}
        if isinstance(body, bytes):
            content: dict[str, Any] = {"content": body}
        else:
            content = {} if body is None else {"json": body}
        answer = self.client.request(method, path.lstrip("/"), headers=sent, params=query or None, **content)
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Answer(answer.status_code, answer.headers, answer.json() if is_json and answer.content else None)
