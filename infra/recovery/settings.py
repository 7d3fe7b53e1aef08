"""What an environment keeps for its recovery, and which tables it uses since it was recovered."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

TableName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{3,255}$", description="the name of a DynamoDB table")]
StreamLabel = Annotated[
    str,
    Field(pattern=r"^(\d{4}-\d\d-\d\dT[0-9:.]+)?$", description="a stream's label, like 2026-11-30T12:00:00.000"),
]

_SCHEDULES = {"hour": "cron(20 * * * ? *)", "day": "cron(20 3 * * ? *)"}
"""When AWS Backup begins, by the UTC clock; an hour is the shortest time between two backups that it allows."""

NO_COPIES: Mapping[str, str] = {"RecoveryRegion": "", "BackupSchedule": _SCHEDULES["day"], "BackupKeepDays": "14"}
OWN_TABLES: Mapping[str, str] = {"LogTable": "", "LogStream": "", "DirectoryTable": "", "DirectoryStream": ""}
"""The parameters of an environment that uses the tables of its own stack."""


class Recovery(BaseModel):
    """Copies in a second Region: backups of the tables, and the media."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="a Region, like eu-west-1")]
    every: Literal["hour", "day"] = "day"
    """How often the tables are backed up, whole each time. With a Region, what was written since is lost."""
    keep_days: Annotated[int, Field(ge=2, le=35)] = 14
    lock: Literal["none", "governance", "compliance"] = "governance"
    """Who may delete copies early: whoever may delete backups; only who may also remove the lock; nobody, ever."""

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the environment's stack."""
        return {
            "RecoveryRegion": self.region,
            "BackupSchedule": _SCHEDULES[self.every],
            "BackupKeepDays": str(self.keep_days),
        }


class Tables(BaseModel):
    """Tables that were restored, in place of those of the stack. ``make restore`` writes this part of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    log: TableName
    log_stream: Annotated[StreamLabel, Field(min_length=1)]
    directory: TableName
    directory_stream: StreamLabel = ""
    """Empty if the table has no stream, as without analytics."""

    def parameters(self) -> dict[str, str]:
        """Return the parameters for CloudFormation."""
        return {
            "LogTable": self.log,
            "LogStream": self.log_stream,
            "DirectoryTable": self.directory,
            "DirectoryStream": self.directory_stream,
        }
