"""The resolver of the HTTP API: each route is described in OpenAPI by its function's name and docstring."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

_END = re.compile(r"[.:;]( |$)")
_ROUTE = inspect.signature(APIGatewayHttpResolver.route)


class Api(APIGatewayHttpResolver):
    """Takes an operation's id from its function's name, and its description from the docstring.

    The summary is the beginning of the docstring, up to the first full stop, colon or semicolon.
    """

    def route(  # type: ignore[override]  # all arguments are passed on
        self, *arguments: Any, **named: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a route, like the resolver's own method."""
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
