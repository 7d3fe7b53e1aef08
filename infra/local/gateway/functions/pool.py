"""The functions that can be invoked, each with its workers, its environment, and the credentials of its own role."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from infra.local import sandbox
from infra.local.gateway.functions.forkserver import Forkserver, fetch_code
from infra.local.gateway.functions.invocation import Answer
from infra.local.gateway.functions.workers import Pool, Rules, Spawned
from infra.local.gateway.settings import Faults, Start
from infra.local.gateway.websocket.deployed import Deployed, Function

Observe = Callable[[str, bytes, str, "asyncio.Future[Answer]"], None]

_FRESH = 300.0
"""A worker is given no more work from this many seconds before its credentials end."""


class _Credentials(NamedTuple):
    variables: Mapping[str, str]
    until: float


class Functions:
    """Invokes functions by ARN.

    Args:
        deployed: where the functions are read.
        start: their environment.
        faults: returns the faults that are to be injected right now.
        observe: called for each invocation with the function's name, the event, the request id and the answer to come.
    """

    def __init__(self, deployed: Deployed, start: Start, faults: Callable[[], Faults], observe: Observe) -> None:
        self._deployed = deployed
        self._start = start
        self._faults = faults
        self._observe = observe
        self._pools: dict[str, Pool] = {}
        self._names: dict[str, str] = {}
        self._forkservers: dict[str, Forkserver] = {}
        self._credentials: dict[str, _Credentials] = {}

    async def prepare(self, arns: set[str]) -> None:
        """Read these functions, so that workers can be created for them. Only one such call may run at a time.

        Raises:
            NotDeployed: there is no such function.
        """
        new = [arn for arn in arns if arn not in self._pools]
        functions = await asyncio.gather(*(asyncio.to_thread(self._deployed.function, arn) for arn in new))
        for code in {f.code for f in functions} - self._forkservers.keys():
            sharing = [f for f in functions if f.code == code]
            directory = await asyncio.to_thread(fetch_code, sharing[0].code_url, Path(self._start.directory) / code)
            modules = sorted({f.handler.rpartition(".")[0].replace("/", ".") for f in sharing})
            self._forkservers[code] = Forkserver(directory, modules)
        for arn, function in zip(new, functions, strict=True):
            self._pools[arn] = self._pool(function)
            self._names[arn] = function.name

    def invoke(self, arn: str, event: bytes) -> "asyncio.Future[Answer]":
        """Invoke a function that has been prepared. The event is JSON."""
        request = str(uuid.uuid4())
        answer = self._pools[arn].submit(event, request)
        self._observe(self._names[arn], event, request, answer)
        return answer

    def kill(self, most: int) -> int:
        """Kill up to this many workers, busy ones first, and return how many there were."""
        killed = 0
        for pool in random.sample(list(self._pools.values()), len(self._pools)):
            killed += pool.kill(most - killed)
        return killed

    def counts(self) -> tuple[dict[str, int], dict[str, int], int]:
        """Return workers and invocations by the name of the function, and the number of workers that died at work."""
        workers = {self._names[arn]: len(pool.workers) for arn, pool in self._pools.items()}
        invocations = {self._names[arn]: pool.invocations for arn, pool in self._pools.items()}
        return workers, invocations, sum(pool.deaths for pool in self._pools.values())

    def _pool(self, function: Function) -> Pool:
        limits = self._start.limits
        rules = Rules(function.timeout, limits.workers, limits.queue, limits.keep)

        async def spawn() -> Spawned:
            held = await self._assume(function)
            environment = _environment(function, self._start, held.variables)
            log = Path(self._start.logs) / f"{function.name}.log"
            channel = self._forkservers[function.code].spawn(function.handler, environment, log)
            return Spawned(channel, held.until)

        return Pool(spawn, rules, lambda: random.random() < self._faults().worker_death)  # noqa: S311

    async def _assume(self, function: Function) -> _Credentials:
        """Return credentials of the function's own role, so that it has exactly that role's permissions."""
        held = self._credentials.get(function.arn)
        if held is None or time.time() > held.until:
            answer = await asyncio.to_thread(
                self._deployed.sts.assume_role, RoleArn=function.role, RoleSessionName=function.name[:64]
            )
            given = answer["Credentials"]
            variables = {
                "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
                "AWS_SESSION_TOKEN": given["SessionToken"],
            }
            held = _Credentials(variables, given["Expiration"].timestamp() - _FRESH)
            self._credentials[function.arn] = held
        return held


def _environment(function: Function, start: Start, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return a worker's variables. Source: "Using Lambda environment variables" in the Lambda developer guide."""
    return {
        **sandbox.VARIABLES,
        **sandbox.LOCAL,
        "AWS_ENDPOINT_URL": start.endpoint,
        "AWS_REGION": start.region,
        "AWS_DEFAULT_REGION": start.region,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "LAMBDA_TASK_ROOT": str(Path(start.directory) / function.code),
        "PARLEY_FUNCTION_ARN": function.arn,
        "_HANDLER": function.handler,
        **({"AWS_LAMBDA_LOG_LEVEL": function.log_level} if function.log_level else {}),
        **start.environment,
        **function.variables,
        **credentials,
    }
