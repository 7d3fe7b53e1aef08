"""What the emulator's process runs: the emulator, and a watch on whoever started it.

Its standard input is a pipe that its starter holds open and never writes to. It ends when the starter does, however
that ends; then this process and the functions' processes, which are its group, end too.
"""

import importlib
import os
import signal
import threading

from infra.local import policy_variables


def _end_with_starter() -> None:
    while os.read(0, 1):  # not sys.stdin, whose lock would be held at the interpreter's end
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    """Serve until told to stop."""
    threading.Thread(target=_end_with_starter, daemon=True).start()
    # Loaded by name: it takes seconds, which must be watched too, and has no type hints.
    policy_variables.teach()
    importlib.import_module("ministack.app").main()


if __name__ == "__main__":
    main()
