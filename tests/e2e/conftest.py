"""One deployment for all end-to-end tests, and new users for each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from infra.local.stack import User
from tests.e2e.deployment import Deployment, Phone
from tests.e2e.deployment import deployment as deployed


@pytest.fixture(scope="package")  # not longer: its threads need sockets, which the unit tests after it block
def deployment() -> Iterator[Deployment]:
    with deployed() as running:
        yield running


@pytest.fixture
def local(deployment: Deployment) -> Deployment:
    """The deployment, where it is our own."""
    if deployment.local is None:
        pytest.skip("needs the embedded AWS: its administration, or its SNS")
    return deployment


@pytest.fixture
def alice(deployment: Deployment) -> User:
    return deployment.user("Alice")


@pytest.fixture
def bob(deployment: Deployment) -> User:
    return deployment.user("Bob", "provider")


Dial = Callable[..., Phone]


@pytest.fixture
def dial(deployment: Deployment) -> Iterator[Dial]:
    """Opens a user's socket, and closes it after the test."""
    with ExitStack() as held:
        yield lambda user, device="phone": held.enter_context(Phone(deployment, user, device))


@pytest.fixture
def dm(alice: User, bob: User) -> str:
    return "dm:" + ":".join(sorted((alice.id, bob.id)))
