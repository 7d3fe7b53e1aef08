"""Reading a CloudFormation template as data, its short forms (``!Ref``) written out."""

import json
from typing import Any

import yaml

Template = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation has it."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


yaml.add_multi_constructor("!", _short_form, Loader=_Loader)


def parse(text: str) -> Template:
    """The template's content."""
    template: Template = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader, with CloudFormation's tags besides
    return template


def dump(template: Template) -> str:
    """The template as text again; JSON, which is YAML too."""
    return json.dumps(template)
