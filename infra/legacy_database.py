"""The legacy database whose users are moved over: the ``legacy`` part of an environment's file (docs/migration.md).

The file contains no password: it names a secret in AWS Secrets Manager, which the function reads.
"""

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _private(cidr: str) -> str:
    """Check that the addresses are private ones, written as a network."""
    network = ipaddress.IPv4Network(cidr)
    if not network.is_private:
        raise ValueError("must be private addresses")
    return cidr


def _roomy(cidr: str) -> str:
    """Check that three subnets of 64 addresses fit in."""
    if not 16 <= ipaddress.IPv4Network(_private(cidr)).prefixlen <= 24:
        raise ValueError("must be between /16 and /24")
    return cidr


NO_LEGACY_DATABASE: Mapping[str, str] = {"LegacyHost": ""}
"""The parameter that removes everything that there is for a legacy database."""


class LegacyDatabase(BaseModel):
    """Where the database is, and who may ask it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    host: Annotated[
        str,
        Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", description="the name that its certificate is for"),
    ]
    database: Annotated[str, Field(pattern=r"^[A-Za-z0-9_$-]{1,64}$", description="the database's name")]
    secret_arn: Annotated[
        str,
        Field(
            pattern=r"^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$",
            description="the ARN of a secret in Secrets Manager",
        ),
    ]
    """It holds ``username``, ``password`` and ``ca``, the certificates (PEM) of the database's authority."""
    vpc_id: Annotated[
        str, Field(pattern=r"^vpc-[0-9a-f]{8,17}$", description="the id of a VPC, like vpc-0123456789abcdef0")
    ]
    """The VPC that the database is in, of the same account and Region."""
    vpc_cidr: Annotated[str, AfterValidator(_private)]
    network_cidr: Annotated[str, AfterValidator(_roomy)] = "10.250.0.0/24"
    """The addresses of Parley's own VPC."""
    concurrency: Annotated[int, Field(ge=0, le=1_000)] = 20
    """The most connections that the database is asked to bear; 0 for no limit, where the account's quota of concurrent
    executions leaves no room to reserve any."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if ipaddress.IPv4Network(self.network_cidr).overlaps(ipaddress.IPv4Network(self.vpc_cidr)):
            raise ValueError(f"network_cidr {self.network_cidr} overlaps with vpc_cidr {self.vpc_cidr}")
        return self

    def parameters(self) -> dict[str, str]:
        """Return the parameters for CloudFormation."""
        return {
            "LegacyHost": self.host,
            "LegacyDatabase": self.database,
            "LegacySecretArn": self.secret_arn,
            "LegacyVpcId": self.vpc_id,
            "LegacyVpcCidr": self.vpc_cidr,
            "NetworkCidr": self.network_cidr,
            "LegacyConcurrency": str(self.concurrency),
        }
