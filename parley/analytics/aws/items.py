"""What analytics keeps in the Directory table: the key of a user's pseudonyms, in the item that says who exists."""

from parley.analytics.model import Subject
from parley.core.aws.attributes import Item

KEY = "analytics_key"
"""The attribute. It is a part of the user's own item, so that erasing the user erases it."""


def subject(item: Item) -> Subject | None:
    """The subject that an item of a user describes; None if it has no key yet."""
    return Subject(item[KEY]["S"], item["role"]["S"]) if KEY in item else None
