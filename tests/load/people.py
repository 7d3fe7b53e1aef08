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

    emails = [f"load-{run}-{person.number}@example.com" for person in people]
    password = f"Aa1-{secrets.token_urlsafe(12)}"
    # One by one: the emulator looks for a user among all of them, and fails if one is added meanwhile.
    for person, email in zip(people, emails, strict=True):
        told(f"{person.number:,} of {len(people):,} users signed up")
        users.sign_up(pool, email, password, f"{person.role.title()} {person.number}")

    def let_in(person: Person) -> tuple[str, Tokens]:
        email = emails[person.number]
        users.confirm(pool, email)
        return users.grant(pool, email, person.role), cognito.sign_in(email, password)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        try:
            made = []
            for one in threads.map(let_in, people):
                made.append(one)
                told(f"{len(made):,} of {len(people):,} users signed in")
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    return [
        Seat(f"d{person.number}-{n}", user, tokens.access, tokens.refresh, [made[o][0] for o in person.others])
        for person, (user, tokens) in zip(people, made, strict=True)
        for n in range(person.devices)
    ]


def sign_in_at(local: Local) -> Cognito:
    """Where the users of a running Parley sign in."""
    return Cognito(local.outputs["UserPoolClientId"], local.cognito.meta.region_name, local.endpoint)
