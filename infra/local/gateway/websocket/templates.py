"""MOCK integrations: the request template gives a status, and the integration response for that status is the answer.

Source: "Set up mock integrations" and "Template selection expressions" in the API Gateway developer guide. Of the
template language, ``$context`` variables are supported, but no directives.
"""

import json
import re
from collections.abc import Mapping

from infra.local.gateway.websocket.deployed import Integration

_DEFAULT = "$default"
_VARIABLE = re.compile(r"\$context\.(\w+)|\$\{context\.(\w+)\}")


def mock(integration: Integration, context: Mapping[str, object]) -> str | None:
    """Return a MOCK integration's answer. None if it has no response for its status: an internal server error."""
    template = _chosen(integration.templates, "")
    try:
        status = str(json.loads(_rendered(template, context))["statusCode"]) if template else _DEFAULT
    except (ValueError, KeyError, TypeError):
        return None
    by_key = {response.key: response for response in integration.responses}
    matching = (r for key, r in by_key.items() if key.startswith("/") and re.fullmatch(key.strip("/"), status))
    response = next(matching, by_key.get(_DEFAULT))
    if response is None:
        return None
    return _rendered(_chosen(response.templates, response.selection), context)


def _chosen(templates: Mapping[str, str], selection: str) -> str:
    """Return the template that the selection expression names, or the default one, or the only one."""
    if selection.lstrip("\\") in templates:
        return templates[selection.lstrip("\\")]
    if _DEFAULT in templates:
        return templates[_DEFAULT]
    return next(iter(templates.values())) if len(templates) == 1 else ""


def _rendered(template: str, context: Mapping[str, object]) -> str:
    return _VARIABLE.sub(lambda found: str(context.get(found[1] or found[2], "")), template)
