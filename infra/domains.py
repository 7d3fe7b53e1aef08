"""Names of an environment's own for its APIs, its media and its page, each with a certificate."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True)


class Domain(BaseModel):
    """A name, and a certificate of AWS Certificate Manager that is valid for it."""

    model_config = _CONFIG

    name: Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", max_length=253)]
    certificate_arn: Annotated[str, Field(pattern=r"^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate/.+$")]

    @property
    def region(self) -> str:
        """The Region of the certificate."""
        return self.certificate_arn.split(":")[3]


class Domains(BaseModel):
    """What is not named here is at AWS's own names."""

    model_config = _CONFIG

    http: Domain | None = None
    socket: Domain | None = None
    media: Domain | None = None
    """Only with ``media_public_key``, without which there is no distribution that could have a name."""
    page: Domain | None = None
    """Only with ``page``."""

    def parameters(self) -> dict[str, str]:
        """Return the parameters for CloudFormation."""
        given = {"Http": self.http, "Socket": self.socket, "Media": self.media, "Page": self.page}
        names = {f"{key}Domain": domain.name if domain else "" for key, domain in given.items()}
        return names | {
            f"{key}CertificateArn": domain.certificate_arn if domain else "" for key, domain in given.items()
        }
