"""How people can sign up and sign in other than by e-mail and password: the ``sign_in`` part of an environment's file.

The file contains no secrets. It names secrets in AWS Secrets Manager, and CloudFormation reads them when it deploys.
"""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

SecretName = Annotated[str, Field(pattern=r"^[A-Za-z0-9/_+=.@-]{1,256}$")]


def _safe(url: str) -> str:
    """Check Cognito's own rule: http is allowed for localhost only."""
    if url.startswith("http:") and not re.match(r"http://localhost([:/]|$)", url):
        raise ValueError("must not be http")
    return url


Url = Annotated[str, Field(pattern=r"^[a-z][a-z0-9+.-]*://[^\s,]*$", max_length=1024), AfterValidator(_safe)]
ProviderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{2,31}$")]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Oidc(_Closed):
    """Any OpenID Connect provider. The secret holds ``client_id`` and ``client_secret``."""

    name: ProviderName
    issuer: Annotated[str, Field(pattern=r"^https://\S+$")]
    secret: SecretName


class Saml(_Closed):
    """Any SAML 2.0 provider, given by the address of its metadata."""

    name: ProviderName
    metadata_url: Annotated[str, Field(pattern=r"^https://\S+$")]


class Sender(_Closed):
    """A verified identity of SES, in the pool's Region or in one that Cognito can send from."""

    identity_arn: Annotated[str, Field(pattern=r"^arn:[a-z-]+:ses:[a-z0-9-]+:\d{12}:identity/.+$")]
    sender: Annotated[str, Field(pattern=r"^[^\r\n]*@[^\r\n]+$", max_length=320)]
    """An address of the identity, with a name if wanted: ``Parley <hello@example.com>``."""


class SignIn(_Closed):
    """Every option is off unless it is set here."""

    email: Sender | None = None
    """Who sends Cognito's e-mails. Without it, Cognito does so itself, and stops at 50 a day."""
    phone: bool = False
    """Whether people may sign up with a phone number, to which Cognito then sends codes by SMS."""
    google: SecretName | None = None
    """The name of a secret that holds ``client_id`` and ``client_secret``."""
    apple: SecretName | None = None
    """The name of a secret that holds ``client_id`` (the services id), ``team_id``, ``key_id`` and ``private_key``."""
    oidc: Oidc | None = None
    saml: Saml | None = None
    domain: Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$")] = ""
    """The prefix of the hosted sign-in's domain, which must be unique in the Region."""
    callback_urls: tuple[Url, ...] = ()
    """The app's own addresses to which the hosted sign-in may redirect."""
    logout_urls: tuple[Url, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, given: object) -> object:
        """Convert lists to tuples: JSON has lists, but the model is immutable and has tuples."""
        if isinstance(given, dict):
            return {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
        return given

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if any((self.google, self.apple, self.oidc, self.saml)) and not (self.domain and self.callback_urls):
            raise ValueError("signing in through another provider needs domain and callback_urls")
        return self

    def parameters(self) -> dict[str, str]:
        """Return the parameters for CloudFormation."""
        hosted = {
            "SignInDomain": self.domain,
            "CallbackUrls": ",".join(self.callback_urls),
            "LogoutUrls": ",".join(self.logout_urls),
        }
        return {
            "EmailIdentityArn": self.email.identity_arn if self.email else "",
            "EmailFrom": self.email.sender if self.email else "",
            "PhoneSignUp": "true" if self.phone else "false",
            "GoogleSecret": self.google or "",
            "AppleSecret": self.apple or "",
            "OidcName": self.oidc.name if self.oidc else "",
            "OidcIssuer": self.oidc.issuer if self.oidc else "",
            "OidcSecret": self.oidc.secret if self.oidc else "",
            "SamlName": self.saml.name if self.saml else "",
            "SamlMetadataUrl": self.saml.metadata_url if self.saml else "",
            **{name: value for name, value in hosted.items() if value},  # otherwise the template's default applies
        }
