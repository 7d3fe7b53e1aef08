"""Whether anything is lost under load and faults: the load test's short form, on a whole local Parley."""

from infra.local.progress import Progress
from infra.local.stack import running
from tests.load.options import SHORT
from tests.load.run import run


def measure() -> dict[str, float]:
    """Return the messages written, and how many of them were lost, doubled or out of order anywhere.

    ``lost`` also counts messages that were not settled within the limit.
    """
    with running() as local:
        outcome = run(local, SHORT, Progress())
    found = outcome.counts
    return {
        "load.lost": found["lost"] + found["unsettled"] + found["strange"],
        "load.doubled": found["doubled"],
        "load.disordered": found["disordered"],
        "load.messages": outcome.messages,
    }
