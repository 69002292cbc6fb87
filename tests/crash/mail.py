"""A mail server whose log is the truth: what was accepted, by Message-ID, however often and from whomever."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesHeaderParser
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from kulanz.contact import mailbox


class Log:
    """Counts every mail it takes. With a folder it is the local inbox of the product, which knows a key and takes it once.

    `manners` are bad ones, one for each new addressee in turn: `refuse` (550), `busy` (451), `hang up` (takes the mail and breaks the
    line instead of answering) or `hang up before` (breaks it and takes nothing). Later addressees are treated well.
    """

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.folder: Path | None = None
        self.manners: list[str] = []
        self.met: dict[str, str] = {}
        self.url = ""

    def begin(self, folder: Path | None) -> None:
        """Forget everything and be polite; from now on mail is also filed into `folder`, if one is given."""
        self.settle()
        self.accepted.clear()
        self.met.clear()
        self.folder, self.manners = folder, []

    def settle(self) -> None:
        """Wait until mail that a killed client had already written into its socket has been taken: until nothing comes for a while."""
        before = -1
        while before != (before := self.accepted.total()):
            time.sleep(0.02)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        manner = self.met.setdefault(address, self.manners[len(self.met)] if len(self.met) < len(self.manners) else "")
        match manner:
            case "refuse":
                return "550 nobody of this name"
            case "busy":
                return "451 later, please"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        manner = self.met.get(envelope.rcpt_tos[0], "")
        if manner != "hang up before":
            content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
            key = mailbox.key_of(str(BytesHeaderParser().parsebytes(content).get("Message-ID", "")))
            if self.folder is not None and not mailbox.store(self.folder, content):
                return "250 known"
            self.accepted[key] += 1
        if manner.startswith("hang up") and server.transport is not None:
            server.transport.abort()
        return "250 kept"


@contextmanager
def mail_log() -> Iterator[Log]:
    """The server, on a free port of this machine, for as long as the block lasts."""
    log = Log()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(log, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        log.url = f"127.0.0.1:{port}"
        yield log
    finally:
        controller.stop()
