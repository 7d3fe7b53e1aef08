"""The deployed templates of a laptop: made, brought up to date, or found as an earlier start has left them."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config

from infra import package, templates
from infra.deploy.stacks import DeploymentFailed, Target, deploy
from infra.environment import Environment
from infra.flattening import flatten
from infra.local import workarounds
from infra.local.workspace import CannotStart, Place

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

BUCKET = "parley-code"
"""The bucket for the code and the templates, which on AWS exists once in each account."""
_FILE = "deployed.json"
_SOURCES = ("infra/flattening.py", "infra/local/workarounds.py", "infra/local/deployment.py")


class Deployment(NamedTuple):
    """What a deployment has made."""

    outputs: dict[str, str]
    physical: dict[str, str]
    """Physical ids by logical ones."""
    mappings: list[dict[str, Any]]
    """The properties of the event source mappings, which ``infra.local.event_source`` carries out."""


class Wanted(NamedTuple):
    """What is to be deployed: the environment, SNS's application, the functions' packages, and who serves the APIs."""

    environment: Environment
    application: str
    codes: Mapping[str, bytes]
    data_plane: str

    def parameters(self) -> dict[str, str]:
        """Return the templates' parameters."""
        return {**self.environment.parameters(), "FcmApplication": self.application}

    def fingerprint(self) -> str:
        """Return a name for all that decides what is deployed. Reading the templates would take a second."""
        made = hashlib.sha256()
        files = [*sorted(templates.ROOT.parent.glob("*.yaml")), *(package.ROOT / source for source in _SOURCES)]
        parts = [version("ministack"), self.data_plane, repr(sorted(self.parameters().items()))]
        parts += [repr(self.environment.numbers()), *(package.digest(code) for _, code in sorted(self.codes.items()))]
        for part in [*(file.read_bytes() for file in files), *(part.encode() for part in parts)]:
            made.update(len(part).to_bytes(8, "big") + part)
        return made.hexdigest()


def found(place: Place, wanted: Wanted) -> Deployment | None:
    """Return what an earlier start has left in a place, if it is what is wanted."""
    path = place.state / _FILE
    if not path.is_file():
        return None
    kept = json.loads(path.read_bytes())
    return Deployment(*kept["deployment"]) if kept["fingerprint"] == wanted.fingerprint() else None


def keep(place: Place, wanted: Wanted, deployment: Deployment) -> None:
    """Have the next start find it."""
    text = json.dumps({"fingerprint": wanted.fingerprint(), "deployment": deployment})
    _replace(place.state / _FILE, text)


def bring_about(session: boto3.Session, endpoint: str, wanted: Wanted, place: Place) -> Deployment:
    """Deploy the templates into the embedded AWS, or bring what is there up to date.

    Raises:
        infra.deploy.DeploymentFailed: the embedded AWS refuses new templates.
        infra.local.workspace.CannotStart: it refuses to change what is kept.
    """
    config = Config(proxies={}, retries={"mode": "standard"})
    cloudformation = session.client("cloudformation", endpoint_url=endpoint, config=config)
    s3 = session.client("s3", endpoint_url=endpoint, config=config)
    s3.create_bucket(Bucket=BUCKET)
    template = flatten(templates.load(numbers=wanted.environment.numbers()))
    bridged = workarounds.bridge(template, wanted.data_plane)
    stack = wanted.environment.stack
    try:
        outputs = deploy(
            Target(cloudformation, s3, poll=0.1),
            stack,
            templates.Templates(bridged.template, {}),
            wanted.parameters(),
            wanted.codes,
            BUCKET,
            say=lambda _: None,
        )
    except DeploymentFailed as error:
        if (place.state / _FILE).exists():
            raise CannotStart(
                f"what is kept in {place.state} cannot be brought up to date ({error}); FRESH=1 make run begins again"
            ) from None
        raise
    physical = _physical_ids(cloudformation, stack)
    resolved = {**_parameters(cloudformation, stack), **physical}
    apis = session.client("apigatewayv2", endpoint_url=endpoint, config=config)
    workarounds.complete(template, bridged.dropped, resolved, apis)
    return Deployment(outputs, physical, workarounds.mappings(bridged.dropped, physical))


def _replace(path: Path, text: str) -> None:
    made = path.with_suffix(".new")
    made.write_text(text, encoding="utf-8")
    made.replace(path)


def _physical_ids(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for p in pages for r in p["StackResourceSummaries"]}


def _parameters(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str]:
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
    return {p["ParameterKey"]: p["ParameterValue"] for p in described}
