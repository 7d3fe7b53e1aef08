"""``/me/blocks``: the users whom the caller blocks."""

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from parley.chat.people import blocks
from parley.runtime.telemetry import Telemetry
from rest.caller import Caller
from rest.fields import Cursor, Page, Shown, UserId
from rest.problems import responses


class Blocked(Shown):
    """A blocked user; name and photo are empty if the caller may not see them."""

    user: str
    name: str
    photo: str


class Blocks(Page):
    """Blocked users, by id."""

    blocks: list[Blocked]


def router(ports: blocks.Ports, telemetry: Telemetry) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()

    @routes.get("/me/blocks", tags=["blocks"], responses=responses(Blocks))
    def list_blocks(caller: Caller, cursor: Cursor = "") -> Blocks:
        """The users whom the caller blocks."""
        page, following = blocks.blocked(caller, cursor, ports)
        shown = [Blocked(user=u, name=r.name if r else "", photo=r.photo if r else "") for u, r in page]
        return Blocks(blocks=shown, cursor=following or None)

    @routes.put("/me/blocks/<user>", tags=["blocks"], responses=responses(None, "not_found", status=204))
    def block_user(caller: Caller, user: UserId) -> Response[None]:
        """Receive nothing from a user, and appear offline to them. They are not told. Repeating it changes nothing."""
        blocks.block(caller, user, ports)
        telemetry.tally(Blocks=1)
        return Response(status_code=204)

    @routes.delete("/me/blocks/<user>", tags=["blocks"], responses=responses(None, status=204))
    def unblock_user(caller: Caller, user: UserId) -> Response[None]:
        """Stop blocking a user. Repeating it changes nothing."""
        blocks.unblock(caller, user, ports)
        return Response(status_code=204)

    return routes
