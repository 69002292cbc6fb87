"""The demo's mail server as a process of its own: `python -m kulanz.world.mail_process FOLDER PORT`."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

PATIENCE_SECONDS = 20.0


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_open(port: int) -> None:
    """Return when something answers on the port; raises `TimeoutError` if nothing does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError as refused:
            if time.monotonic() > deadline:
                raise TimeoutError("the local mail server did not start") from refused
            time.sleep(0.05)


if __name__ == "__main__":
    from kulanz.world.mail import serve

    serve(Path(sys.argv[1]), port=int(sys.argv[2]))
