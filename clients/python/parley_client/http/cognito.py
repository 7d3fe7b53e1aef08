"""Signing in with Cognito, over its plain JSON API; and a token source that keeps the token fresh."""

import asyncio
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from parley_client.http.addresses import check_address, is_loopback
from parley_client.http.problems import describe_failure
from parley_client.http.tokens import SignInRequired, claims

_TIMEOUT = 10
_LIFE_LEFT = 300
# A returned token has at least this many seconds left, so that a connection is not renewed at once.
_SIGN_IN_AGAIN = frozenset({"NotAuthorizedException", "UserNotFoundException", "PasswordResetRequiredException"})


class CognitoError(Exception):
    """Cognito could not be reached, or refused for a reason that signing in again would not fix.

    ``code`` is Cognito's name for the reason, such as ``CodeMismatchException``; empty if there is none.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a signed-in user. The refresh token is as sensitive as the password: keep it secret."""

    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Cognito:
    """A user pool's app client that has no secret and allows sign-in by password and by refresh token."""

    client_id: str
    region: str = "us-east-1"
    url: str | None = None
    """Cognito's URL, if it is not AWS's own."""

    def sign_in(self, username: str, password: str) -> Tokens:
        """Exchange a password for tokens. This blocks.

        Raises:
            SignInRequired: the user or password is wrong, or Cognito requires more than a password.
            CognitoError: Cognito could not be reached, or refused for another reason.
        """
        answer = self._initiate("USER_PASSWORD_AUTH", {"USERNAME": username, "PASSWORD": password})
        return Tokens(answer["AccessToken"], answer["RefreshToken"])

    def refresh(self, refresh_token: str) -> Tokens:
        """Exchange a refresh token for a fresh access token. This blocks. Raises the same errors as ``sign_in``."""
        answer = self._initiate("REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": refresh_token})
        return Tokens(answer["AccessToken"], answer.get("RefreshToken") or refresh_token)

    def sign_up(self, email: str, password: str, name: str = "") -> str:
        """Register a user, and return the user id. Cognito then sends a code to the address. This blocks.

        Raises:
            CognitoError: the address is taken or not valid, the password too weak, or Cognito could not be reached.
        """
        given = {"email": email, **({"name": name} if name else {})}
        attributes = [{"Name": key, "Value": value} for key, value in given.items()]
        body = {"ClientId": self.client_id, "Username": email, "Password": password, "UserAttributes": attributes}
        return str(self._call("SignUp", body).get("UserSub", ""))

    def confirm_sign_up(self, email: str, code: str) -> None:
        """Confirm a user's address with the code that was sent to it. This blocks.

        Raises:
            CognitoError: the code is not the right one or too old, or Cognito could not be reached.
        """
        self._call("ConfirmSignUp", {"ClientId": self.client_id, "Username": email, "ConfirmationCode": code})

    def resend_code(self, email: str) -> None:
        """Have another code sent to a user who has not confirmed their address. This blocks.

        Raises:
            CognitoError: Cognito refuses, or could not be reached.
        """
        self._call("ResendConfirmationCode", {"ClientId": self.client_id, "Username": email})

    def sign_out(self, refresh_token: str) -> None:
        """Revoke a refresh token and the access tokens that came from it. This blocks.

        Raises:
            CognitoError: Cognito refuses, or could not be reached.
        """
        self._call("RevokeToken", {"ClientId": self.client_id, "Token": refresh_token})

    def _initiate(self, flow: str, parameters: dict[str, str]) -> dict[str, Any]:
        answer = self._call(
            "InitiateAuth", {"AuthFlow": flow, "ClientId": self.client_id, "AuthParameters": parameters}
        )
        match answer:
            case {"AuthenticationResult": {"AccessToken": str()} as result}:
                return dict(result)
            case {"ChallengeName": step}:
                raise SignInRequired(f"Cognito wants {step}, which is not offered here")
        raise CognitoError(f"this is not Cognito: {self._address}")

    @property
    def _address(self) -> str:
        return self.url or f"https://cognito-idp.{self.region}.amazonaws.com"

    def _call(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        url = self._address
        try:
            check_address(url, "https", "http")
        except ValueError as error:
            raise CognitoError(str(error)) from None
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        }
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 — checked above
        try:
            proxies = [urllib.request.ProxyHandler({})] if is_loopback(url) else []
            with urllib.request.build_opener(*proxies).open(request, timeout=_TIMEOUT) as response:
                answer = json.loads(response.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None  # the cause would show the request
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise CognitoError(f"Cognito cannot be reached at {url}: {describe_failure(error)}") from None
        return answer if isinstance(answer, dict) else {}


def _refusal(error: urllib.error.HTTPError) -> Exception:
    try:
        told = json.load(error)
        name = str(told.get("__type", "")).rpartition("#")[2]
        reason = str(told.get("message") or told.get("Message") or name)
    except (ValueError, AttributeError):
        name, reason = "", f"HTTP {error.code}"
    if name in _SIGN_IN_AGAIN:
        return SignInRequired(reason)
    return CognitoError(f"Cognito answers: {reason}", name)


class CognitoTokens:
    """A token source with a refresh token. Returns the access token that it has until that is about to expire.

    One source may serve a ``Client`` and a ``Rest`` at once.
    """

    def __init__(
        self,
        cognito: Cognito,
        tokens: Tokens,
        *,
        on_change: Callable[[Tokens], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``on_change`` is called with every fresh pair, to store it; ``clock`` is in seconds since the epoch."""
        self._cognito = cognito
        self._tokens = tokens
        self._on_change = on_change
        self._clock = clock
        self._stale = False
        self._one_at_a_time = asyncio.Lock()  # for a pool whose refresh tokens can be used only once

    async def __call__(self) -> str:
        async with self._one_at_a_time:
            expires = claims(self._tokens.access).get("exp", 0)
            if self._stale or expires - self._clock() < _LIFE_LEFT:
                self._tokens = await asyncio.to_thread(self._cognito.refresh, self._tokens.refresh)
                self._stale = False
                self._on_change(self._tokens)
            return self._tokens.access

    def refused(self) -> None:
        """The server did not accept the last token, so the next call fetches another, whatever its age."""
        self._stale = True
