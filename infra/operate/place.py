"""Where an environment is: its clients and its stack's outputs. The laptop's is in the embedded AWS of ``make run``."""

from typing import Any

import boto3
from botocore.config import Config

from infra.deploy import stacks
from infra.environment import LOCAL, Environment, load
from infra.local.emulator import address, wanted_port


class Place:
    """An environment that has been deployed.

    Attributes:
        environment: what its file says.
        outputs: the outputs of its stack.
    """

    def __init__(self, environment: Environment, session: boto3.Session, settings: dict[str, Any]) -> None:
        self.environment = environment
        self._session = session
        self._settings = settings
        self.outputs = stacks.outputs(self.client("cloudformation"), environment.stack)

    def client(self, service: str) -> Any:
        """Return a client of an AWS service."""
        return self._session.client(service, **self._settings)  # type: ignore[call-overload]  # any name of a service


def find(name: str) -> Place:
    """Return the environment with that name.

    Raises:
        infra.environment.UnknownEnvironment: there is none.
        botocore.exceptions.BotoCoreError: AWS, or the embedded one, cannot be reached.
        botocore.exceptions.ClientError: it is not deployed, or not for these credentials.
    """
    environment = load(name)
    # A function may run for as long as Lambda lets it, 15 minutes; a second try would run it twice.
    config = Config(read_timeout=905, retries={"mode": "standard", "total_max_attempts": 1})
    if environment.name != LOCAL:
        return Place(environment, boto3.Session(region_name=environment.region), {"config": config})
    session = boto3.Session("test", "test", region_name=environment.region)
    here = {"endpoint_url": address(wanted_port()), "config": config.merge(Config(proxies={}))}
    return Place(environment, session, here)
