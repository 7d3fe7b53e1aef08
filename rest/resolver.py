"""The resolver of the HTTP API. In OpenAPI, each route is described by its function's name and docstring."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

_END = re.compile(r"[.:;]( |$)")
_ROUTE = inspect.signature(APIGatewayHttpResolver.route)


class Api(APIGatewayHttpResolver):
    """A function's name is its operation's id, its docstring the description, and the docstring's start the summary."""

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
