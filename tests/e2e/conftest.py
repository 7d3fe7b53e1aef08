"""One deployment for all end-to-end tests, or two of them one after the other, and new users for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from infra.local.stack import User
from tests.e2e import accounts
from tests.e2e.accounts import Account
from tests.e2e.asking import Http
from tests.e2e.deployment import Deployment, Phone, is_remote
from tests.e2e.deployment import deployment as deployed
from tests.e2e.gateway.probing import Probes, deploy


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what runs on a deployment on each data plane: our gateway, and the embedded AWS's own.

    Tests are marked ``gateway_only`` if they need what the embedded AWS cannot do (``infra.local.workarounds``), ask
    something of the gateway, or go through neither of the two.
    """
    if "deployment" in metafunc.fixturenames:
        planes = ["gateway"] if metafunc.definition.get_closest_marker("gateway_only") else ["gateway", "emulator"]
        metafunc.parametrize("deployment", ["remote"] if is_remote() else planes, indirect=True, scope="package")


@pytest.fixture(scope="package")  # no longer: its threads need sockets, which the unit tests after it block
def deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    with deployed(request.param) as running:
        yield running


@pytest.fixture
def local(deployment: Deployment) -> Deployment:
    """The deployment, if it is our own."""
    if deployment.local is None:
        pytest.skip("needs the embedded AWS: its administration, or its SNS")
    return deployment


@pytest.fixture
def account() -> Iterator[Account]:
    """An embedded AWS of the test's own."""
    if is_remote():
        pytest.skip("needs an embedded AWS of its own")
    with accounts.account() as made:
        yield made


@pytest.fixture(scope="package")
def probes(deployment: Deployment) -> Probes:
    """APIs with which to try out the gateway."""
    if deployment.local is None:
        pytest.skip("needs the embedded AWS")
    return deploy(deployment.local)


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
def http(deployment: Deployment) -> Iterator[Http]:
    """Makes requests as any user."""
    with Http(deployment) as asking:
        yield asking


@pytest.fixture
def dm(alice: User, bob: User) -> str:
    return "dm:" + ":".join(sorted((alice.id, bob.id)))
