"""``parley.analytics.ports.Subjects``, on every adapter."""

from tests.contract.conftest import Storage


def test_a_user_has_one_key_whoever_asks_and_how_often(storage: Storage):
    storage.directory.upsert_user("alice", "consumer", "Alice")
    storage.directory.upsert_user("bob", "provider", "Bob")
    first = storage.subjects.subjects(["alice", "bob"])
    assert {user: subject.role for user, subject in first.items()} == {"alice": "consumer", "bob": "provider"}
    assert first["alice"].key != first["bob"].key
    assert all(len(subject.key) == 64 for subject in first.values())
    assert storage.subjects.subjects({"bob"}) == {"bob": first["bob"]}


def test_nobody_else_has_one_and_asking_makes_no_user(storage: Storage):
    assert storage.subjects.subjects(["nobody"]) == {}
    assert storage.directory.find(recipients=["nobody"], strong=True).recipients == {}
    assert storage.subjects.subjects([]) == {}


def test_a_key_changes_nothing_about_the_user(storage: Storage):
    storage.directory.upsert_user("alice", "consumer", "Alice")
    before = storage.directory.find(recipients=["alice"], strong=True)
    (first,) = storage.subjects.subjects(["alice"]).values()
    assert storage.directory.find(recipients=["alice"], strong=True) == before
    storage.directory.upsert_user("alice", "provider", "Alice")
    (second,) = storage.subjects.subjects(["alice"]).values()
    assert second.key == first.key


def test_more_users_than_one_read_may_have(storage: Storage):
    users = [f"u{n:03}" for n in range(120)]
    for user in users:
        storage.directory.upsert_user(user, "consumer", "")
    found = storage.subjects.subjects(users)
    assert len({subject.key for subject in found.values()}) == 120
