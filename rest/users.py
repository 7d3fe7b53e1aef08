"""``/users`` and ``/providers``: what others may see of a user."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from parley.accounts import profiles
from parley.accounts.model import Availability, Profile
from rest.caller import Caller
from rest.fields import Cursor, Page, Shown, UserId
from rest.problems import responses


class User(Shown):
    """The public part of a profile; what only providers have is null for consumers."""

    user: str
    role: str
    version: int
    name: str
    about: str
    photo: str
    category: str | None = None
    business: str | None = None
    availability: Availability | None = None


class Providers(Page):
    """A category's providers, by business name."""

    providers: list[User]


def router(ports: profiles.Ports) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()

    @routes.get("/users/<user>", tags=["profiles"], responses=responses(User, "not_found"))
    def read_user(caller: Caller, user: UserId) -> User:
        """Another user's public profile: any provider's, or that of a consumer who shares a conversation with you."""
        return _public(profiles.shown(caller, user, ports))

    @routes.get("/providers", tags=["profiles"], responses=responses(Providers))
    def list_providers(
        caller: Caller,
        category: Annotated[str, Query(pattern=r"^[a-z0-9-]{1,40}$")],
        cursor: Cursor = "",
    ) -> Providers:
        """The providers of a category, except those who block the caller."""
        page, following = profiles.listed(caller, category, cursor, ports)
        return Providers(providers=[_public(p) for p in page], cursor=following or None)

    return routes


def _public(profile: Profile) -> User:
    shared = ("user", "role", "version", "name", "about", "photo")
    own = profiles.PROVIDERS_OWN if profile.role == "provider" else ()
    return User(**{name: getattr(profile, name) for name in (*shared, *own)})
