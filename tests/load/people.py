"""Users for a load run, made quickly: by the calls an operator and an app make, several at a time."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from parley_client import Cognito, Tokens

from infra import users
from infra.local.stack import Local
from tests.load.plan import Person
from tests.load.words import Seat

_AT_ONCE = 4
# A user's 20 ms are this process's and the embedded AWS's CPU, of one core each.


def create(local: Local, people: Sequence[Person], told: Callable[[str], None]) -> list[Seat]:
    """Everybody's devices, each with their user's tokens; those of one user stand side by side.

    ``told`` hears how it gets on.

    Nothing confirms the users but ``infra.users.grant``, which makes a consumer exist as it does a provider: the
    emulator takes 50 ms for each invocation of the post-confirmation trigger, which does the same.

    Raises:
        CognitoError: the embedded Cognito does not let somebody in.
    """
    pool = users.Pool(local.cognito, local.directory, local.outputs["UserPoolId"], local.outputs["UserPoolClientId"])
    cognito = sign_in_at(local)
    run = secrets.token_hex(4)

    password = f"Aa1-{secrets.token_urlsafe(12)}"
    ids: list[str] = []
    # One by one: the emulator looks for an address among all users, and fails if one is added meanwhile. From then on
    # they go by their ids, which it finds at once.
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
    """Where the users of a running Parley sign in."""
    return Cognito(local.outputs["UserPoolClientId"], local.cognito.meta.region_name, local.endpoint)
