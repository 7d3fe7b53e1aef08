"""What a template comes to with given parameters: its conditions, and the values of its resources."""

import re
from collections.abc import Mapping
from typing import Any

from infra.templates import Template

_VARIABLE = re.compile(r"\$\{([^!}]+)\}")


def evaluated(value: Any, parameters: Mapping[str, Any], conditions: Mapping[str, Any]) -> Any:
    """Return a template's value, or condition, with these parameters. None is ``AWS::NoValue``. A resource that is
    referred to stands there by its logical id, and its attributes as they are written.
    """

    def of(inner: Any) -> Any:
        return evaluated(inner, parameters, conditions)

    if isinstance(value, list):
        return [e for e in map(of, value) if e is not None]
    if not isinstance(value, dict) or not value:
        return value
    match next(iter(value.items())):
        case "Ref", name:
            return None if name == "AWS::NoValue" else parameters.get(name, name)
        case "Condition", str(name) if name in conditions:
            return of(conditions[name])
        case "Fn::Equals", (one, other):
            return str(of(one)) == str(of(other))  # CloudFormation compares text
        case "Fn::Not", (one,):
            return not of(one)
        case ("Fn::Or" | "Fn::And") as name, several:
            return (any if name == "Fn::Or" else all)(of(v) for v in several)
        case "Fn::If", (condition, yes, no):
            return of(yes if of(conditions[condition]) else no)
        case ("Fn::Join" | "Fn::Split" | "Fn::Select" | "Fn::Sub") as name, given:
            return _text(name, given, of, parameters)
    return {k: e for k, v in value.items() if (e := of(v)) is not None}


def _text(name: str, given: Any, of: Any, parameters: Mapping[str, Any]) -> Any:
    """Return the value of a function that makes texts, or takes them apart."""
    if name == "Fn::Sub":
        text, own = given if isinstance(given, list) else (given, {})
        names = {**parameters, **(of(own) or {})}
        return _VARIABLE.sub(lambda m: _written(names.get(m[1], m[1])), text)
    one, other = given
    several = of(other)
    match name:
        case "Fn::Join":
            return one.join(several if isinstance(several, list) else [several])
        case "Fn::Split":
            return several.split(one)
    return several[int(one)] if isinstance(several, list) else {name: [one, several]}  # the Region's zones, a network


def _written(value: Any) -> str:
    """Return a value as part of a text, in which an attribute of a resource is ``Resource.Attribute``."""
    return ".".join(value["Fn::GetAtt"]) if isinstance(value, dict) and "Fn::GetAtt" in value else str(value)


def there(template: Template, parameters: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the resources that a flat template makes with these parameters, with their properties evaluated."""
    conditions = template.get("Conditions", {})
    return {
        name: {**resource, "Properties": evaluated(resource.get("Properties", {}), parameters, conditions)}
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or evaluated({"Condition": resource["Condition"]}, parameters, conditions)
    }
