"""Make one template out of a root and its nested stacks, with every parameter and output replaced by its value."""

import re
from collections.abc import Mapping
from typing import Any

from infra.templates import Template, Templates, stacks

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
_PARTS = ("Conditions", "Resources")


def flatten(templates: Templates) -> Template:
    """Return one template with all resources, as if there were no nested stacks.

    A nested stack's condition becomes one of each of its resources. Its parameter is replaced by the value that the
    root gives it. Its outputs are replaced by their own values in turn.

    Raises:
        ValueError: two templates use one name for different things, or two stacks depend on each other.
    """
    inner = stacks(templates.root)
    known: dict[str, Any] = {}  # outputs, by the name under which the root refers to them
    parts: dict[str, dict[str, Any]] = {part: {} for part in _PARTS}
    common: dict[str, Any] = {}
    for stack in _in_order(inner):
        properties = inner[stack]["Properties"]
        template = templates.nested[properties["TemplateURL"]]
        given = {
            name: _argument(_replaced(value, known), template["Parameters"][name]["Type"])
            for name, value in properties["Parameters"].items()
        }
        replaced = {part: _replaced(template.get(part, {}), given) for part in _PARTS}
        if "Condition" in inner[stack]:
            replaced = _on(inner[stack]["Condition"], **replaced)
        for part in _PARTS:
            _add(parts[part], replaced[part])
        _add(common, _replaced({k: template[k] for k in ("Transform", "Globals") if k in template}, given))
        for name, output in template.get("Outputs", {}).items():
            known[f"{stack}.Outputs.{name}"] = _replaced(output["Value"], given)
    root = _replaced({k: v for k, v in templates.root.items() if k != "Resources"}, known)
    _add(parts["Resources"], {n: r for n, r in templates.root["Resources"].items() if n not in inner})
    _add(parts["Conditions"], root.get("Conditions", {}))
    return {**root, **common, **{name: part for name, part in parts.items() if part}}


def _on(condition: str, **parts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a template's conditions and resources, with the resources made on this condition besides their own."""
    conditions, resources = dict(parts["Conditions"]), {}
    for name, resource in parts["Resources"].items():
        both = condition
        if "Condition" in resource:
            both = f"{condition}And{resource['Condition']}"
            conditions[both] = {"Fn::And": [{"Condition": condition}, {"Condition": resource["Condition"]}]}
        resources[name] = {**resource, "Condition": both}
    return {"Conditions": conditions, "Resources": resources}


def _in_order(inner: Mapping[str, Any]) -> list[str]:
    """Return the stacks, each after those whose outputs it needs."""
    left, order = dict(inner), list[str]()
    while left:
        ready = [n for n, stack in left.items() if not any(f"'{o}', 'Outputs." in str(stack) for o in left)]
        if not ready:
            raise ValueError(f"these need each other: {', '.join(left)}")
        order += ready
        left = {n: stack for n, stack in left.items() if n not in ready}
    return order


def _add(to: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if to.setdefault(name, value) != value:
            raise ValueError(f"{name} is not the same in all templates")


def _argument(value: Any, kind: str) -> Any:
    """Return the value of a parameter. The root joins a list to pass it to a nested stack, where it is split again."""
    if kind != "CommaDelimitedList":
        return value
    match value:
        case {"Fn::If": [condition, yes, no]}:
            return {"Fn::If": [condition, _argument(yes, kind), _argument(no, kind)]}
        case {"Fn::Join": [",", several]} if "Fn::Join" not in str(several):
            return several
        case dict():
            return {"Fn::Split": [",", value]}
    return value


def _replaced(value: Any, names: Mapping[str, Any]) -> Any:
    match value:
        case {"Ref": name} if len(value) == 1:
            return names.get(name, value)
        case {"Fn::GetAtt": [name, attribute]}:
            return names.get(f"{name}.{attribute}", value)
        case {"Fn::Sub": str(text)}:
            return _substituted(text, {}, names)
        case {"Fn::Sub": [text, own]}:
            return _substituted(text, _replaced(own, names), names)
        case dict():
            return {name: _replaced(inner, names) for name, inner in value.items()}
        case list():
            return [_replaced(inner, names) for inner in value]
    return value


def _substituted(text: str, own: dict[str, Any], names: Mapping[str, Any]) -> Any:
    """Return a substitution with its variables replaced, within its text wherever that can express the value."""
    variables = dict(own)

    def written(found: re.Match[str]) -> str:
        name = found[1]
        if name in own or name not in names:
            return found[0]
        match names[name]:
            case {"Ref": other}:
                return f"${{{other}}}"
            case {"Fn::GetAtt": [other, attribute]}:
                return f"${{{other}.{attribute}}}"
            case {"Fn::Sub": str(inner)}:
                return inner
            case {"Fn::Sub": [inner, theirs]}:
                _add(variables, theirs)
                return str(inner)
            case other:
                variables[name] = other
                return found[0]

    result = _VARIABLE.sub(written, text)
    return {"Fn::Sub": [result, variables] if variables else result}
