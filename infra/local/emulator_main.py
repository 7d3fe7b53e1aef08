"""The program of the emulator's process: the emulator's application, on uvicorn.

The emulator's own server, hypercorn, takes as long for a call as the emulator itself does.
"""

import importlib
import os
from pathlib import Path

import uvicorn

from infra.local.child_process import allow_many_files, end_with_starter
from infra.local.emulator import SECRET_VARIABLE
from infra.local.in_emulator import calls, forms, functions, mobile_push, policy_variables, sign_up
from infra.local.in_emulator.control import App, Handler, beside
from infra.local.in_emulator.news import News
from infra.local.in_emulator.state import Keeper

_SAVING_LIMIT = 30.0


def _taught() -> tuple[App, Keeper | None]:
    """Return the emulator with what is added to it, and what keeps its state, if that is wanted."""
    news = News()
    mobile_push.teach(news)
    sign_up.teach(news)
    calls.teach(news)
    forms.teach()
    policy_variables.teach()
    # The application is loaded by name, because it has no type hints.
    app: App = importlib.import_module("ministack.app").app
    handlers: dict[str, Handler] = {"list": news.list, "stream": news.stream}
    keeper = None
    if os.environ.get("PERSIST_STATE") == "1":
        keeper = Keeper(Path(os.environ["STATE_DIR"]), news)
        keeper.teach()
        app = keeper.serving(app)
        handlers["save"] = keeper.save
    return beside(calls.recording(app, news), os.environ[SECRET_VARIABLE], handlers), keeper


def main() -> None:
    """Serve until told to stop."""
    kept: list[Keeper] = []  # loading takes seconds, which must be watched too

    def save() -> None:
        for keeper in kept:
            keeper.save_from_thread(_SAVING_LIMIT)

    end_with_starter(save)
    allow_many_files()
    functions.teach(Path(os.environ["TMPDIR"]), Path(os.environ["CODE_DIR"]))
    app, keeper = _taught()
    if keeper is not None:
        kept.append(keeper)
    uvicorn.run(
        app,
        host=os.environ["BIND_HOST"],
        port=int(os.environ["GATEWAY_PORT"]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_ping_interval=None,
        lifespan="on",
        log_level=os.environ["LOG_LEVEL"].lower(),
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main()
