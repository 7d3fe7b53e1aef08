"""``/me``: the caller's own profile."""

from collections.abc import Callable
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel, Field

from parley.accounts import profiles
from parley.accounts.model import Availability, Profile
from parley.accounts.roles import NAME_LIMIT
from rest.caller import Caller
from rest.fields import Closed, IfMatch, Line, expected, tag
from rest.problems import responses


class Me(BaseModel):
    """Everything that a user tells about themselves; what they have not told is an empty string.

    What only providers have is null for consumers.
    """

    user: str
    role: str
    version: int
    name: str
    about: str
    photo: str = Field(description="a media id")
    locale: str = Field(description="a BCP 47 language tag; shown to nobody else")
    category: str | None = None
    business: str | None = None
    availability: Availability | None = None


class ProfileChanges(Closed):
    """What to change; fields that are not given stay as they are. Only providers have the last three."""

    name: Annotated[Line, Field(min_length=1, max_length=NAME_LIMIT)] = ""
    about: Annotated[str, Field(max_length=1_000)] = ""
    photo: Annotated[str, Field(pattern=r"^([0-9A-HJKMNP-TV-Z]{26})?$")] = ""
    locale: Annotated[str, Field(pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4})?$")] = ""
    category: Annotated[str, Field(pattern=r"^[a-z0-9-]{0,40}$")] = ""
    business: Annotated[Line, Field(max_length=80)] = ""
    availability: Availability = "available"


def router(ports: profiles.Ports, clock: Callable[[], int]) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()

    @routes.get("/me", tags=["profiles"], responses=responses(Me, "not_found", tagged=True))
    def read_me(caller: Caller) -> Response[Me]:
        """The caller's own profile."""
        return _tagged(profiles.own(caller, ports.profiles))

    @routes.patch("/me", tags=["profiles"], responses=responses(Me, "not_found", "not_ready", "stale", tagged=True))
    def change_me(caller: Caller, changes: ProfileChanges, if_match: IfMatch = "") -> Response[Me]:
        """Change some fields of the profile. Those with whom the caller talks are told live."""
        told = changes.model_dump(include=changes.model_fields_set)
        profile, _ = profiles.change(caller, told, expected(if_match), clock(), ports)
        return _tagged(profile)

    return routes


def _tagged(profile: Profile) -> Response[Me]:
    hidden = frozenset() if profile.role == "provider" else profiles.PROVIDERS_OWN
    body = Me(**{name: getattr(profile, name) for name in Me.model_fields if name not in hidden})
    return Response(status_code=200, content_type="application/json", body=body, headers=tag(profile.version))
