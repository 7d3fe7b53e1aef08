"""How a user's own things lie in the directory table, in DynamoDB's attribute form."""

from collections.abc import Mapping
from typing import Any

from users.model import DataIndex, Datum, Profile

Item = Mapping[str, Any]

_DATUM = "D#"
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


def index_key(user: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": "DATA"}}


def index_item(user: str, index: DataIndex) -> dict[str, Any]:
    return {
        **index_key(user),
        "version": {"N": str(index.version)},
        "kept": {"M": {k: {"N": str(v)} for k, v in index.kept.items()}},
        "deleted": {"M": {k: {"N": str(v)} for k, v in index.deleted.items()}},
        "forgotten": {"N": str(index.forgotten)},
    }


def index(item: Item) -> DataIndex:
    return DataIndex(
        version=int(item["version"]["N"]),
        kept={k: int(v["N"]) for k, v in item["kept"]["M"].items()},
        deleted={k: int(v["N"]) for k, v in item["deleted"]["M"].items()},
        forgotten=int(item["forgotten"]["N"]),
    )


def datum_key(user: str, key: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": _DATUM + key}}


def datum_item(user: str, datum: Datum) -> dict[str, Any]:
    value = {"value": {"S": datum.value}} if datum.value is not None else {}
    return {**datum_key(user, datum.key), "version": {"N": str(datum.version)}, **value}


def datum(item: Item) -> Datum:
    return Datum(key=item["sk"]["S"][len(_DATUM) :], version=int(item["version"]["N"]), value=item["value"]["S"])
