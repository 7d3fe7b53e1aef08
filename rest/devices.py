"""``/me/devices``: the devices on which pushes reach the caller."""

from collections.abc import Callable
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from parley.delivery import devices
from parley.delivery.model import Platform, Registration
from parley.runtime.telemetry import Telemetry
from rest.caller import Caller
from rest.fields import ID_PATTERN, Closed, Line, Locale, Page, Shown
from rest.problems import responses

DeviceId = Annotated[str, Path(pattern=ID_PATTERN, description="the id that the app has chosen, once per installation")]


class Device(Shown):
    """A device that pushes can reach."""

    device: str
    platform: Platform
    app_version: str
    locale: str
    at: int = Field(description="when its app last registered, in ms")


class Devices(Page):
    """The caller's devices, by id. There are at most 25, so they fit on one page."""

    devices: list[Device]


class DeviceToken(Closed):
    """How pushes can reach a device."""

    platform: Platform
    token: Annotated[str, Field(pattern=r"^[!-~]{1,2048}$", description="as the app got it from the platform")]
    app_version: Annotated[Line, Field(max_length=32)] = ""
    locale: Locale = ""


def router(ports: devices.Ports, telemetry: Telemetry, clock: Callable[[], int]) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()

    @routes.put("/me/devices/<device>", tags=["devices"], responses=responses(Device, "not_found"))
    def put_device(caller: Caller, device: DeviceId, body: DeviceToken) -> Device:
        """Register a device for pushes. Apps do this at every start.

        A token is taken away from anyone who was signed in with it before.
        """
        told = devices.Told(**body.model_dump())
        registered = devices.register(caller.user, device, told, clock(), ports)
        telemetry.tally(Registrations=1)
        return _shown(registered)

    @routes.get("/me/devices", tags=["devices"], responses=responses(Devices, "not_found"))
    def list_devices(caller: Caller) -> Devices:
        """List the devices that pushes can reach."""
        return Devices(devices=[_shown(r) for r in devices.registered(caller.user, ports)], cursor=None)

    @routes.delete("/me/devices/<device>", tags=["devices"], responses=responses(None, status=204))
    def delete_device(caller: Caller, device: DeviceId) -> Response[None]:
        """Stop pushing to a device, as on signing out. Repeating it changes nothing."""
        devices.unregister(caller.user, device, clock(), ports)
        return Response(status_code=204)

    return routes


def _shown(r: Registration) -> Device:
    d = r.device
    return Device(device=d.id, platform=d.platform, app_version=r.app_version, locale=r.locale, at=r.at)
