"""Each environment has one file, ``infra/environments/<name>.json``, that holds everything in which it differs."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from infra.domains import Domains
from infra.firewall import ACL_REGION, NO_FIREWALL, Firewall
from infra.keys import Keys
from infra.legacy_database import NO_LEGACY_DATABASE, LegacyDatabase
from infra.monitoring import Monitoring
from infra.package import EVERYWHERE
from infra.recovery.settings import NO_COPIES, OWN_TABLES, Recovery, Tables
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

PerSecond = Annotated[int, Field(ge=1)]


_ORIGIN = re.compile(r"https?://[^,/*?#\s]+")
_ANY_PORT = re.compile(r"https?://[^,/*?#\s:]+:\*")
_EVERY = "*"


def _origin(given: str) -> str:
    if given == _EVERY or _ORIGIN.fullmatch(given) or _ANY_PORT.fullmatch(given):
        return given
    raise ValueError(f"{given!r} is not an origin like https://app.example.com or http://localhost:3000, and not *")


_LEAST_AGE_DAYS = 7
# Sending relies on an entry of the last day being in the log (``parley.chat.send.YOUNG_MS``), and clocks may be wrong.


def _archived_when(days: int) -> int:
    if days and days < _LEAST_AGE_DAYS:
        raise ValueError(f"entries stay in the log for at least {_LEAST_AGE_DAYS} days (0: for ever), and not {days}")
    return days


def _arn(pattern: str, what: str) -> Any:
    return Field(pattern=rf"^(arn:[a-z-]+:{pattern})?$", description=f"the ARN of {what}, or empty")


def _application(platform: str) -> Any:
    return _arn(rf"sns:[a-z0-9-]+:\d{{12}}:app/{platform}/.+", f"an SNS platform application of {platform}")


class UnknownEnvironment(Exception):
    """There is no such environment, or its file is invalid. The message is one readable line."""


class Environment(BaseModel):
    """The stack's parameters, by meaning. ``infra/templates/parley.yaml`` explains what each of them does."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[
        str, Field(pattern=r"^[a-z][a-z0-9-]{0,19}$", description="1 to 20 small letters, digits and hyphens")
    ]
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="a Region, like eu-central-1")]
    protect: bool
    keys: Keys = Keys()
    builder_role_arn: Annotated[str, _arn(r"iam::\d{12}:role/.+", "a role")] = ""
    """The role in which CloudFormation changes the stack (docs/access.md). If empty, it uses whoever deploys."""
    permissions_boundary_arn: Annotated[str, _arn(r"iam::\d{12}:policy/.+", "a managed policy")] = ""
    throttle_rate: PerSecond
    throttle_burst: PerSecond
    connect_rate: PerSecond
    """New sockets a second. It is below the account's 500, so that one environment cannot use them all."""
    connect_burst: PerSecond
    push_preview: Literal["none", "sender", "full"]
    allow_consumer_pairs: bool
    apns_application: Annotated[str, _application("APNS")] = ""
    apns_sandbox_application: Annotated[str, _application("APNS_SANDBOX")] = ""
    fcm_application: Annotated[str, _application("GCM")] = ""
    sign_in: SignIn = SignIn()
    domains: Domains = Domains()
    firewall: Firewall | None = None
    """In front of the HTTP API; it costs money while nobody talks."""
    legacy: LegacyDatabase | None = None
    """The database whose users are moved over, until all of them have moved."""
    monitoring: Monitoring = Monitoring()
    media_public_key: Annotated[
        str,
        Field(
            pattern=r"^(-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n?)?$",
            description="a public key as PEM, from -----BEGIN PUBLIC KEY----- on",
        ),
    ] = ""
    web_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()
    """Pages that may use the APIs: ``https://app.example.com``; ``*`` alone for all; ``http://localhost:*`` locally."""
    page: bool = False
    """Whether the page is served on AWS, for anybody to sign up (docs/operations.md, "The page")."""
    uploads_concurrency: Annotated[int, Field(ge=0)] = 0
    """How many of each function that verifies uploads may run at once; 0 for as many as the account allows."""
    exports_concurrency: Annotated[int, Field(ge=0)] = 0
    """How many archives for users may be made at once, for up to 15 minutes each; 0 for no limit of ours."""
    gradual_deployments: bool = False
    """Whether new versions of the functions get 10 % of the calls for five minutes first, and none after an alarm. It
    takes effect with ``monitoring.alarm_email``, without which there is no alarm."""
    analytics: bool = False
    """Whether what happens is recorded, to be counted (docs/analytics.md). It costs nothing while nobody talks."""
    archive_after_days: Annotated[
        int,
        AfterValidator(_archived_when),
        Field(description="0, or at least 7: the age of entries that leave the log"),
    ] = 0
    """How old entries are that go to the archive (180 is a good value); 0 if none do (docs/operations.md)."""
    recovery: Recovery | None = None
    """Copies in a second Region, which cost by what is stored (docs/recovery.md); without it there are none."""
    tables: Tables | None = None
    """The tables to use in place of the stack's own, since they were restored."""
    log_retention_days: Retention
    log_level: LogLevel

    @model_validator(mode="after")
    def _one_region(self) -> Self:
        """SNS and KMS act in the Region of their resources, so a function could not use those of another one."""
        regions = {f"keys.{field}": region for field, region in self.keys.regions().items()}
        for field in ("apns_application", "apns_sandbox_application", "fcm_application"):
            arn: str = getattr(self, field)
            regions |= {field: arn.split(":")[3]} if arn else {}
        for field, region in regions.items():
            if region != self.region:
                raise ValueError(f"{field}: it is in {region}, and the environment in {self.region}")
        return self

    @model_validator(mode="after")
    def _copied_with_aws_own_keys(self) -> Self:
        """S3 replicates what has a key of one's own only to another key; AWS Backup's role would need the table's."""
        if self.recovery and (self.keys.messages or self.keys.media or self.keys.archive):
            raise ValueError("recovery: what has a key of its own (keys: messages, media, archive) is not copied yet")
        return self

    @model_validator(mode="after")
    def _certificates(self) -> Self:
        """An API's certificate is in its Region, and CloudFront's in us-east-1 (their developer guides)."""
        http = ACL_REGION if self.firewall else self.region
        wanted = {"http": http, "socket": self.region, "media": "us-east-1", "page": "us-east-1"}
        for field, region in wanted.items():
            domain = getattr(self.domains, field)
            if domain and domain.region != region:
                raise ValueError(f"domains.{field}: its certificate is in {domain.region}, and must be in {region}")
        if self.domains.media and not self.media_public_key:
            raise ValueError("domains.media: without media_public_key there is no distribution to give a name to")
        if self.domains.page and not self.page:
            raise ValueError("domains.page: page is false, so that there is nothing to give a name to")
        return self

    @model_validator(mode="after")
    def _firewall_somewhere(self) -> Self:
        if self.firewall and not self.firewall.acl_arn and self.region != ACL_REGION:
            raise ValueError(
                f"firewall: only a stack in {ACL_REGION} can make an access control list; name one, acl_arn"
            )
        if self.firewall and self.page and not self.domains.http:
            raise ValueError("firewall: the page may only ask an HTTP API with a name of its own, domains.http")
        return self

    @model_validator(mode="after")
    def _secret_in_region(self) -> Self:
        """Check that the function finds the secret: its endpoint leads to this Region only."""
        if self.legacy and (region := self.legacy.secret_arn.split(":")[3]) != self.region:
            raise ValueError(f"legacy.secret_arn: it is in {region}, and the environment in {self.region}")
        return self

    @model_validator(mode="after")
    def _another_region(self) -> Self:
        """Copies stay in AWS's partition: neither S3 nor AWS Backup copies to another one."""
        if self.recovery and self.recovery.region == self.region:
            raise ValueError("recovery.region: it is the environment's own, with which the copies would be lost")
        if self.recovery and _partition(self.recovery.region) != _partition(self.region):
            raise ValueError(f"recovery.region: nothing is copied from {self.region} to {self.recovery.region}")
        if self.tables and self.analytics and not self.tables.directory_stream:
            raise ValueError("tables.directory_stream: analytics reads the stream, and the restored table has none")
        return self

    @model_validator(mode="after")
    def _sane_origins(self) -> Self:
        """Check what is known only together. Without cookies, ``*`` gives a page nothing but what its user types."""
        if _EVERY in self.web_origins and len(self.web_origins) > 1:
            raise ValueError("web_origins: * stands for every origin, so it stands alone")
        if self.name != LOCAL and (any_port := [o for o in self.web_origins if o.endswith(":*")]):
            raise ValueError(f"web_origins: API Gateway knows no wildcard ports, so name each port of {any_port[0]}")
        return self

    @property
    def stack(self) -> str:
        """The name of the environment's CloudFormation stack."""
        return f"parley-{self.name}"

    def parameters(self) -> dict[str, str]:
        """Return the parameters for CloudFormation, except for the location of the code, which the deployment adds."""
        return {
            "Environment": self.name,
            "Protect": _word(self.protect),
            "Gradual": _word(self.gradual_deployments and bool(self.monitoring.alarm_email)),
            **self.keys.parameters(),
            "PermissionsBoundaryArn": self.permissions_boundary_arn,
            "ThrottleRate": str(self.throttle_rate),
            "ThrottleBurst": str(self.throttle_burst),
            "PushPreview": self.push_preview,
            "AllowConsumerPairs": _word(self.allow_consumer_pairs),
            "ApnsApplication": self.apns_application,
            "ApnsSandboxApplication": self.apns_sandbox_application,
            "FcmApplication": self.fcm_application,
            **self.sign_in.parameters(),
            **self.domains.parameters(),
            **(self.firewall.parameters() if self.firewall else NO_FIREWALL),
            **(self.legacy.parameters() if self.legacy else NO_LEGACY_DATABASE),
            **self.monitoring.parameters(),
            **(self.recovery.parameters() if self.recovery else NO_COPIES),
            **(self.tables.parameters() if self.tables else OWN_TABLES),
            "MediaPublicKey": self.media_public_key,
            "WebOrigins": ",".join(self.web_origins),
            "Page": _word(self.page),
            "UploadsConcurrency": str(self.uploads_concurrency),
            "ExportsConcurrency": str(self.exports_concurrency),
            "Analytics": _word(self.analytics),
            "ArchiveAfterDays": str(self.archive_after_days),
            "LogRetentionDays": str(self.log_retention_days),
            "LogLevel": self.log_level,
        }

    def packages(self) -> tuple[str, ...]:
        """Return which packages the environment's functions need (``infra.package.REQUIREMENTS``)."""
        by_parameter = {"MigrationCodeKey": self.legacy, "CanaryCodeKey": self.monitoring.canary}
        return (*EVERYWHERE, *(name for name, wanted in by_parameter.items() if wanted))

    def numbers(self) -> dict[str, int]:
        """Return what the templates need as numbers, which parameters never are (``infra.templates.load``)."""
        return {
            "ConnectRate": self.connect_rate,
            "ConnectBurst": self.connect_burst,
            "ManyConnects": self.connect_rate * 60 * 80 // 100,  # in a minute, 80 % of what is let in
        }


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
        environment = Environment.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UnknownEnvironment(f"{path.name} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        faults = "; ".join(map(_fault, error.errors()))
        raise UnknownEnvironment(f"{path.name} is not valid: {faults}") from None
    if environment.name != name:
        raise UnknownEnvironment(f"{path.name} says that its name is {environment.name!r}")
    return environment


def _fault(error: Any) -> str:
    """Return what is wrong with a field, in words: a pattern says little to a person."""
    where = ".".join(map(str, error["loc"])) or "file"
    fields = LegacyDatabase.model_fields if error["loc"][:1] == ("legacy",) else Environment.model_fields
    field = fields.get(where.removeprefix("legacy."))
    if error["type"] == "string_pattern_mismatch" and field and field.description:
        return f"{where}: must be {field.description}, and is {error['input']!r}"
    return f"{where}: {error['msg']}"


def _partition(region: str) -> str:
    """Return the beginning of the names of Regions that only some of AWS's partitions have."""
    return next((start for start in ("cn-", "us-gov-", "us-iso", "eu-isoe-") if region.startswith(start)), "")


def _word(value: bool) -> str:  # noqa: FBT001 - CloudFormation's own two words for it
    return "true" if value else "false"
