"""Letters for the own printer: finished PDF files in a folder a day. The file name is the key, so the folder
remembers what it has."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.conf import settings

from kulanz.contact import documents
from kulanz.contact.sending.gateways.base import Parcel


class LetterFolder:
    """Puts each letter into ``letters/DAY/KEY.pdf`` below the data folder, whole or not at all, and never twice."""

    channel = "letter"
    batch_size = 50

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or Path(settings.KULANZ_HOME) / "letters"

    def deliver(self, parcel: Parcel) -> str:
        target = self._file(parcel.key, parcel.day)
        documents.write_once(target, parcel.pdf)
        return str(target.relative_to(self._root.parent))

    def seen(self, key: str, day: date) -> bool:
        return self._file(key, day).exists()

    def close(self) -> None:
        """A folder keeps nothing open."""

    def _file(self, key: str, day: date) -> Path:
        return self._root / day.isoformat() / f"{key}.pdf"
