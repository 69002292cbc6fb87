"""The demo's mail server: real SMTP on this machine, filed into the data folder instead of being sent anywhere."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from kulanz.contact import mailbox

MAIL_BYTES_MAX = 10 * 1024 * 1024


class FilingHandler:
    """Files each mail by its Message-ID. The same mail twice is one file, so the folder can say whether a key
    arrived."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's name)
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
        stored = mailbox.store(self._folder, content)
        return "250 kept" if stored else "250 known"


@contextmanager
def mail_server(folder: Path, *, port: int, host: str = "127.0.0.1") -> Iterator[str]:
    """Run the server in a thread for as long as the block lasts; yields its address (``inbox://127.0.0.1:PORT``)."""
    folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(FilingHandler(folder), hostname=host, port=port, data_size_limit=MAIL_BYTES_MAX)
    controller.start()
    try:
        yield f"inbox://{host}:{port}"
    finally:
        controller.stop()


def serve(folder: Path, *, port: int) -> None:
    """Run the server until this process is asked to end (SIGTERM or Ctrl-C)."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with mail_server(folder, port=port):
        stop.wait()
