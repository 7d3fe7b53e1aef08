"""How a user's own things lie in the directory table, in DynamoDB's attribute form."""

from collections.abc import Mapping
from typing import Any

from users.model import Profile

Item = Mapping[str, Any]

_TOLD = ("name", "about", "photo", "locale", "category", "business", "availability")


def profile_key(user: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": "PROFILE"}}


def profile_item(profile: Profile) -> dict[str, Any]:
    told = {name: {"S": value} for name in _TOLD if (value := getattr(profile, name))}
    item = {**profile_key(profile.user), "version": {"N": str(profile.version)}, "role": {"S": profile.role}, **told}
    if profile.category:
        item |= {"listed": {"S": profile.category}, "place": {"S": place(*profile.place)}}
    return item


def profile(item: Item) -> Profile:
    told = {name: item[name]["S"] for name in _TOLD if name in item}
    return Profile(user=item["pk"]["S"][len("U#") :], role=item["role"]["S"], version=int(item["version"]["N"]), **told)


def place(business: str, user: str) -> str:
    """A provider's place within a category; a business name has no control characters, so that this order is theirs."""
    return f"{business}\t{user}"
