"""How the values of accounts are stored in the Directory table, in DynamoDB's own attribute form."""

from collections.abc import Mapping
from typing import Any

from parley.accounts.model import DataIndex, Datum, DeletionRequest, Export, Profile
from parley.core.aws import listings

Item = Mapping[str, Any]

_DATUM = "D#"
_TOLD = ("name", "about", "photo", "locale", "category", "business", "availability")


def profile_key(user: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": "PROFILE"}}


def profile_item(profile: Profile) -> dict[str, Any]:
    told = {name: {"S": value} for name in _TOLD if (value := getattr(profile, name))}
    item = {**profile_key(profile.user), "version": {"N": str(profile.version)}, "role": {"S": profile.role}, **told}
    if profile.category:
        item |= {"listed": {"S": listings.providers(profile.category)}, "place": {"S": place(*profile.place)}}
    return item


def profile(item: Item) -> Profile:
    told = {name: item[name]["S"] for name in _TOLD if name in item}
    return Profile(user=item["pk"]["S"][len("U#") :], role=item["role"]["S"], version=int(item["version"]["N"]), **told)


def place(business: str, user: str) -> str:
    """A provider's sort key within a category. A business name has no control characters, so a tab keeps the order."""
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


def leaving_key(user: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": "LEAVING"}}


DUE = {"S": listings.DELETION_REQUESTS}
"""The key under which all deletion requests are stored, by when they are due."""


def due_place(due: int, user: str = "") -> str:
    return f"{due:015}#{user}"


def due_key(leaving: DeletionRequest) -> dict[str, Any]:
    return {"pk": DUE, "sk": {"S": due_place(leaving.due, leaving.user)}}


def leaving_item(leaving: DeletionRequest) -> dict[str, Any]:
    return {**leaving_key(leaving.user), **_noted(leaving)}


def due_item(leaving: DeletionRequest) -> dict[str, Any]:
    return {**due_key(leaving), **_noted(leaving)}


def leaving(item: Item) -> DeletionRequest:
    return DeletionRequest(
        user=item["user"]["S"],
        username=item["username"]["S"],
        asked=int(item["asked"]["N"]),
        due=int(item["due"]["N"]),
        stage=item["stage"]["S"],
    )


def _noted(leaving: DeletionRequest) -> dict[str, Any]:
    return {
        "user": {"S": leaving.user},
        "username": {"S": leaving.username},
        "asked": {"N": str(leaving.asked)},
        "due": {"N": str(leaving.due)},
        "stage": {"S": leaving.stage},
    }


def export_key(user: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": "EXPORT"}}


def export_item(export: Export) -> dict[str, Any]:
    numbers = {name: {"N": str(getattr(export, name))} for name in ("asked", "made", "size")}
    return {**export_key(export.user), "id": {"S": export.id}, **numbers}


def export(item: Item) -> Export:
    return Export(
        user=item["pk"]["S"][len("U#") :],
        id=item["id"]["S"],
        asked=int(item["asked"]["N"]),
        made=int(item["made"]["N"]),
        size=int(item["size"]["N"]),
    )
