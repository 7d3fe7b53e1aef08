"""The templates by concern, put together, are the one template that is deployed."""

from infra import templates
from infra.deploy import TEMPLATE
from infra.flattening import flatten


def test_the_nested_stacks_together_are_the_one_template():
    assert flatten(templates.load()) == templates.parse(TEMPLATE.read_text())
