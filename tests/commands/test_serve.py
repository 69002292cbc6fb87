"""The web server as a child process: it answers, and it ends with the process that started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

pytestmark = pytest.mark.slow

_PARENT = """
import os
from kulanz.cli.serve import serve
serve(int(os.environ["PORT"]), sender=False)
"""


def test_the_server_answers_and_ends_with_the_process_that_started_it() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "DJANGO_SETTINGS_MODULE": "kulanz.site.settings"}
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], env=environment)
    try:
        for _ in range(150):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/styleguide", timeout=20) as answer:
                    assert answer.status == 200
                break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail("the server did not answer within half a minute")
    finally:
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(timeout=30) == 0
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        pass
