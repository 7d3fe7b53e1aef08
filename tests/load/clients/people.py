"""Users for a load run, created quickly, by the calls that an operator and an app make, several at a time."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from parley_client import Cognito, Tokens

from infra import users
from infra.local.stack import Local
from tests.load.clients.protocol import Seat
from tests.load.plan import Person

_AT_ONCE = 4
# A user takes 20 ms of CPU of this process and of the embedded AWS, which have one core each.


def create(local: Local, people: Sequence[Person], told: Callable[[str], None]) -> list[Seat]:
    """Create everybody's devices, each with their user's tokens. The devices of one user are next to each other.

    ``told`` is called with the progress.

    Users are not confirmed except through ``infra.users.grant``, which creates a consumer just as it creates a
    provider. The emulator takes 50 ms for each invocation of the post-confirmation trigger, which does the same.

    Raises:
        CognitoError: the embedded Cognito does not let somebody in.
    """
    pool = users.Pool(local.cognito, local.directory, local.outputs["UserPoolId"], local.outputs["UserPoolClientId"])
    cognito = sign_in_at(local)
    run = secrets.token_hex(4)

    password = f"Aa1-{secrets.token_urlsafe(12)}"
    ids: list[str] = []
    # Create them one by one. The emulator looks for an address among all users, and fails if one is added meanwhile.
    # Later calls use the users' ids, which it finds at once.
    for person in people:
        told(f"{person.number:,} of {len(people):,} users signed up")
        email = f"load-{run}-{person.number}@example.com"
        answer = local.cognito.sign_up(
            ClientId=pool.client,
            Username=email,
            Password=password,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "name", "Value": f"Person {person.number}"}],
        )
        ids.append(answer["UserSub"])

    def let_in(person: Person) -> Tokens:
        user = ids[person.number]
        users.confirm(pool, user)
        users.grant(pool, user, person.role)
        return cognito.sign_in(user, password)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        try:
            tokens: list[Tokens] = []
            for given in threads.map(let_in, people):
                tokens.append(given)
                told(f"{len(tokens):,} of {len(people):,} users signed in")
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    return [
        Seat(f"d{p.number}-{n}", ids[p.number], given.access, given.refresh, [ids[other] for other in p.others])
        for p, given in zip(people, tokens, strict=True)
        for n in range(p.devices)
    ]


def sign_in_at(local: Local) -> Cognito:
    """Return where the users of a running Parley sign in."""
    return Cognito(local.outputs["UserPoolClientId"], local.cognito.meta.region_name, local.endpoint)
