"""The local mail server of demo and training: real SMTP, but its mailbox is a folder, so it can be asked what it
has."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.conf import settings

from kulanz.contact.mailbox import mail_file
from kulanz.contact.sending.gateways.smtp import SmtpGateway


class LocalInboxGateway(SmtpGateway):
    """SMTP to a mail server on this machine that files each mail under its key (see `kulanz.contact.mailbox`)."""

    batch_size = 50

    def __init__(self, url: str, folder: Path | None = None) -> None:
        super().__init__(url)
        self._folder = folder or Path(settings.KULANZ_HOME) / "mail"

    def seen(self, key: str, day: date) -> bool:
        return mail_file(self._folder, key).exists()
