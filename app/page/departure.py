"""The program leaves soon after it is asked to, whatever it is doing."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any, NoReturn

SERVER_WAITS_S = 1.0


def listen_for_the_end() -> threading.Event:
    """What is set once a container, a Space (SIGTERM) or a person (Ctrl+C) asks us to end."""
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return asked


def close_server(server: Any) -> None:
    """Stop listening; open pages hold their connections, so nobody waits for those.

    Args:
        server: What ``gradio.Blocks.server`` is, a uvicorn server in a thread of its own.
    """
    # What ends in the middle is no news then: the server would write a traceback about it.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    server.should_exit = server.force_exit = True
    server.thread.join(SERVER_WAITS_S)


def leave(status: int) -> NoReturn:
    """End now, when everything is deleted that had to be.

    Python would wait for work in threads, and a decoder or a matrix product cannot be interrupted:
    containers are killed meanwhile.
    """
    for child in multiprocessing.active_children():
        child.kill()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
