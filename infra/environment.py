"""Each environment has one file, ``infra/environments/<name>.json``, that holds everything in which it differs."""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.sign_in import SignIn

DIRECTORY = Path(__file__).parent / "environments"
LOCAL = "local"
"""The environment of a laptop: ``make run`` deploys it into an embedded AWS of its own."""

Retention = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
"""The retention periods, in days, that CloudWatch Logs offers."""
RETENTIONS: tuple[int, ...] = get_args(Retention)

LogLevel = Literal["DEBUG", "INFO"]

_PEM = r"^(-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n?)?$"

PerSecond = Annotated[int, Field(ge=1)]


class UnknownEnvironment(Exception):
    """There is no such environment, or its file is invalid. The message is one readable line."""


class Environment(BaseModel):
    """The stack's parameters, by meaning. ``infra/templates/parley.yaml`` explains what each of them does."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,19}$")]
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    protect: bool
    data_key_arn: Annotated[str, Field(pattern=r"^(arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/.+)?$")] = ""
    builder_role_arn: Annotated[str, Field(pattern=r"^(arn:[a-z-]+:iam::\d{12}:role/.+)?$")] = ""
    """The role in which CloudFormation changes the stack (docs/access.md). If empty, it uses whoever deploys."""
    permissions_boundary_arn: Annotated[str, Field(pattern=r"^(arn:[a-z-]+:iam::\d{12}:policy/.+)?$")] = ""
    throttle_rate: PerSecond
    throttle_burst: PerSecond
    connect_rate: PerSecond
    """New sockets a second. It is below the account's 500, so that one environment cannot use them all."""
    connect_burst: PerSecond
    push_preview: Literal["none", "sender", "full"]
    allow_consumer_pairs: bool
    apns_application: Annotated[str, Field(pattern=r"^(arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:app/APNS/.+)?$")] = ""
    apns_sandbox_application: Annotated[
        str, Field(pattern=r"^(arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:app/APNS_SANDBOX/.+)?$")
    ] = ""
    fcm_application: Annotated[str, Field(pattern=r"^(arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:app/GCM/.+)?$")] = ""
    sign_in: SignIn = SignIn()
    media_public_key: Annotated[
        str, Field(pattern=r"^(-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n?)?$")
    ] = ""
    web_origins: tuple[Annotated[str, Field(pattern=r"^https?://[^,/]+$")], ...] = ()
    analytics: bool = False
    """Whether what happens is recorded, to be counted (docs/analytics.md). It costs nothing while nobody talks."""
    log_retention_days: Retention
    log_level: LogLevel

    @property
    def stack(self) -> str:
        """The name of the environment's CloudFormation stack."""
        return f"parley-{self.name}"

    def parameters(self) -> dict[str, str]:
        """Return the parameters for CloudFormation, except for the location of the code, which the deployment adds."""
        return {
            "Environment": self.name,
            "Protect": _word(self.protect),
            "DataKeyArn": self.data_key_arn,
            "PermissionsBoundaryArn": self.permissions_boundary_arn,
            "ThrottleRate": str(self.throttle_rate),
            "ThrottleBurst": str(self.throttle_burst),
            "PushPreview": self.push_preview,
            "AllowConsumerPairs": _word(self.allow_consumer_pairs),
            "ApnsApplication": self.apns_application,
            "ApnsSandboxApplication": self.apns_sandbox_application,
            "FcmApplication": self.fcm_application,
            **self.sign_in.parameters(),
            "MediaPublicKey": self.media_public_key,
            "WebOrigins": ",".join(self.web_origins),
            "Analytics": _word(self.analytics),
            "LogRetentionDays": str(self.log_retention_days),
            "LogLevel": self.log_level,
        }

    def numbers(self) -> dict[str, int]:
        """Return what the templates need as numbers, which parameters never are (``infra.templates.load``)."""
        return {"ConnectRate": self.connect_rate, "ConnectBurst": self.connect_burst}


def load(name: str, directory: Path = DIRECTORY) -> Environment:
    """Return the environment with that name.

    Raises:
        UnknownEnvironment: there is no such file, or it is invalid.
    """
    path = directory / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in directory.glob("*.json")))
        raise UnknownEnvironment(f"there is no environment {name!r}; there are: {known}")
    try:
        environment = Environment.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise UnknownEnvironment(f"{path.name} is not valid: {faults}") from None
    if environment.name != name:
        raise UnknownEnvironment(f"{path.name} says that its name is {environment.name!r}")
    return environment


def _word(value: bool) -> str:  # noqa: FBT001 - CloudFormation's own two words for it
    return "true" if value else "false"
