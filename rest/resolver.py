"""The resolver of the HTTP API. In OpenAPI, each route is described by its function's name and docstring.

The routes of a resource are made when the first request for it comes (``rest.resources``).
"""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from rest import resources

_END = re.compile(r"[.:;]( |$)")
_ROUTE = inspect.signature(APIGatewayHttpResolver.route)


class Api(APIGatewayHttpResolver):
    """A function's name is its operation's id, its docstring the description, and the docstring's start the summary."""

    def __init__(self, router: Callable[[str], APIGatewayHttpRouter], **settings: Any) -> None:
        """``router`` makes the routes of a resource, by its name."""
        super().__init__(**settings)
        self._router = router
        self._missing = set(resources.NAMES)

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Answer a request, by the routes of its resource."""
        asked = APIGatewayProxyEventV2(dict(event))
        owner = resources.owner(asked.http_method.upper(), asked.path)
        if owner is not None:
            self._include(owner)
        return super().resolve(event, context)

    def get_openapi_schema(self, **described: Any) -> Any:
        """The description of all routes."""
        for name in resources.NAMES:
            self._include(name)
        return super().get_openapi_schema(**described)

    def _include(self, name: str) -> None:
        if name in self._missing:
            self.include_router(self._router(name))
            self._missing.remove(name)

    def route(  # type: ignore[override]  # whatever it takes is handed on
        self, *arguments: Any, **named: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a route as the resolver does, and describe it."""
        given = _ROUTE.bind(self, *arguments, **named).arguments
        del given["self"]

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            told = " ".join((inspect.getdoc(function) or "").split())
            described = {
                **given,
                "operation_id": function.__name__,
                "summary": _END.split(told)[0],
                "description": told,
            }
            registered: Callable[..., Any] = super(Api, self).route(**described)(function)
            return registered

        return register
