"""A mailbox that is a folder: one ``.eml`` file for each mail, named by its key. The demo's inbox page reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default as modern
from itertools import islice
from pathlib import Path

from django.conf import settings

from kulanz.contact.documents import write_once


@dataclass(frozen=True, slots=True)
class MailHead:
    """One line of the inbox. `key` opens the mail; `at` is None if the mail has no readable date."""

    key: str
    subject: str
    sender: str
    to: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: its head and both of its forms."""

    head: MailHead
    text: str
    html: str


def folder() -> Path:
    """Where this installation keeps the demo's mail."""
    return Path(settings.KULANZ_HOME) / "mail"


def mail_file(where: Path, key: str) -> Path:
    """The file of a key. Signs that mean something to a file system are replaced, so a key cannot leave the folder."""
    return where / f"{re.sub(r'[^A-Za-z0-9._~-]', '_', key)[:200].lstrip('.') or '_'}.eml"


def key_of(message_id: str) -> str:
    """``<KEY@host>`` → ``KEY``."""
    return message_id.strip().strip("<>").rpartition("@")[0] or message_id.strip("<> ")


def store(where: Path, content: bytes) -> bool:
    """File a mail under the key of its Message-ID; False if it was there already. Whole or not at all."""
    head = BytesHeaderParser(policy=modern).parsebytes(content.partition(b"\r\n\r\n")[0])
    return write_once(mail_file(where, key_of(str(head.get("Message-ID", "")))), content, durable=False)


def list_mail(where: Path, *, search: str = "", limit: int = 200) -> list[MailHead]:
    """The newest mails first, those whose subject, sender or addressee contains `search`; older ones are not even opened."""
    wanted = search.casefold()
    heads = (head for head in _heads(where) if wanted in f"{head.subject} {head.sender} {head.to}".casefold())
    newest = list(islice(heads, limit))
    return sorted(newest, key=lambda head: (head.at.timestamp() if head.at else 0, head.key), reverse=True)


def read_mail(where: Path, key: str) -> Mail | None:
    """One mail, or None if there is none under this key."""
    file = mail_file(where, key)
    if not file.is_file():
        return None
    letter = message_from_bytes(file.read_bytes(), policy=modern)
    return Mail(_head(file.stem, letter), _part(letter, "plain"), _part(letter, "html"))


def _heads(where: Path) -> Iterator[MailHead]:
    parser = BytesHeaderParser(policy=modern)
    for file in sorted(where.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True):
        with file.open("rb") as content:
            yield _head(file.stem, parser.parse(content))


def _head(key: str, letter: EmailMessage) -> MailHead:
    dated = letter.get("Date")
    return MailHead(
        key=key,
        subject=str(letter.get("Subject", "")),
        sender=str(letter.get("From", "")),
        to=str(letter.get("To", "")),
        at=getattr(dated, "datetime", None),
    )


def _part(letter: EmailMessage, subtype: str) -> str:
    body = letter.get_body(preferencelist=(subtype,))
    return str(body.get_content()) if body is not None else ""
