"""The web server as a process of its own: `python -m kulanz.cli.web HOST PORT`.

Its workers are forked from it. Polars' threads do not survive a fork, so they must come from a process that has never computed a frame,
whatever the process that asked for the server has done before.
"""

from __future__ import annotations

import os
import sys

from granian import Granian
from granian.constants import Interfaces


def main(host: str, port: int) -> None:
    """Serve until stopped."""
    os.environ["PORT"] = str(port)
    Granian(
        "kulanz.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
    ).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
