"""Where HTTP meets the adapters: what the function is made of. Called once, at INIT."""

from collections.abc import Mapping

from msgspec import Struct

from chat import keep, mark, send
from chat.aws import clients
from chat.aws.directory import DynamoDirectory
from chat.aws.log import DynamoLog
from chat.aws.sockets import GatewaySockets
from chat.aws.threads import Threads
from entrance.settings import Settings
from entrance.telemetry import Telemetry
from users import profiles, synced
from users.aws.data import DynamoData
from users.aws.profiles import DynamoProfiles


class Rest(Struct, frozen=True):
    """What the HTTP function is made of: each resource's ports."""

    profiles: profiles.Ports
    sending: send.Ports
    rules: send.Rules
    marking: mark.Ports
    keeping: keep.Ports
    data: synced.Ports
    telemetry: Telemetry


def rest(environ: Mapping[str, str]) -> Rest:
    """The HTTP function, for AWS."""
    settings = Settings(environ)
    dynamodb = clients.dynamodb()
    threads = Threads(8)
    log = DynamoLog(dynamodb, settings.log_table, settings.directory_table)
    directory = DynamoDirectory(dynamodb, settings.directory_table, threads)
    sockets = GatewaySockets(clients.connections_api(settings.connections_url), Threads(clients.POSTS))
    return Rest(
        profiles=profiles.Ports(
            profiles=DynamoProfiles(dynamodb, settings.directory_table, threads), directory=directory, sockets=sockets
        ),
        sending=send.Ports(log=log, directory=directory, sockets=sockets, together=threads),
        rules=send.Rules(any_pair=settings.any_pair),
        marking=mark.Ports(log=log, directory=directory, sockets=sockets, together=threads),
        keeping=keep.Ports(directory=directory, sockets=sockets),
        data=synced.Ports(
            data=DynamoData(dynamodb, settings.directory_table, threads), directory=directory, sockets=sockets
        ),
        telemetry=Telemetry(),
    )
