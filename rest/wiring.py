"""Where HTTP meets the adapters: what the function is made of. Called once, at INIT."""

from collections.abc import Mapping

from msgspec import Struct

from chat.aws import clients
from chat.aws.directory import DynamoDirectory
from chat.aws.sockets import GatewaySockets
from chat.aws.threads import Threads
from entrance.settings import Settings
from entrance.telemetry import Telemetry
from users import profiles
from users.aws.profiles import DynamoProfiles


class Rest(Struct, frozen=True):
    """What the HTTP function is made of: each resource's ports."""

    profiles: profiles.Ports
    telemetry: Telemetry


def rest(environ: Mapping[str, str]) -> Rest:
    """The HTTP function, for AWS."""
    settings = Settings(environ)
    dynamodb = clients.dynamodb()
    threads = Threads(8)
    directory = DynamoDirectory(dynamodb, settings.directory_table, threads)
    sockets = GatewaySockets(clients.connections_api(settings.connections_url), Threads(clients.POSTS))
    return Rest(
        profiles=profiles.Ports(
            profiles=DynamoProfiles(dynamodb, settings.directory_table, threads), directory=directory, sockets=sockets
        ),
        telemetry=Telemetry(),
    )
