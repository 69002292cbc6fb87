"""Takes away what a trial leaves, however it ends: a process of its own that waits until the pipe from the trial breaks.

A killed process runs no `finally`, and its database server lives on; the system closes its pipes for it, though.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from kulanz.site import database
from kulanz.site.home import home


def start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start the keeper of the data folder that `environment` names; closing its standard input, or dying, is the word to clear up."""
    # In a session of its own, so that what ends the trial from a terminal does not end its keeper.
    command = [sys.executable, "-m", "kulanz.world.match_trial.keeper"]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)


def main() -> None:
    """Wait for the end, then stop the server and remove its folders: the server's account may need places outside the data folder."""
    folders = (database.data_folder().parent, database.socket_folder(), home())
    sys.stdin.buffer.read()
    database.stop()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
