"""A watched folder: complete files are read and moved to `done/` or `refused/`, each with a text beside it that says what happened."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kulanz.payments.readers.shape import INPUT_BYTES_MAX
from kulanz.payments.sources.port import Fetched

SETTLED_SECONDS: Final = 5.0
"""A file that has not changed for so long counts as complete; programs that can should write under another name and rename."""

_HALF_WRITTEN: Final = (".part", ".tmp", ".crdownload", ".filepart", ".partial")
_TOO_LARGE: Final = "Die Datei ist größer als 100 MB. Bitte einen kürzeren Zeitraum herunterladen."
_UNREADABLE: Final = "Die Datei lässt sich nicht öffnen. Bitte die Zugriffsrechte prüfen."


class FolderSource:
    """The adapter of one folder. ``now`` is seconds since the epoch, for tests; sub-folders and hidden files are left alone."""

    def __init__(self, folder: Path, *, settled_seconds: float = SETTLED_SECONDS) -> None:
        self.folder = folder
        self.settled_seconds = settled_seconds

    def fetch(self) -> Iterator[Fetched]:
        """Complete files, oldest first."""
        waiting = sorted(
            (path for path in self.folder.iterdir() if self._is_complete(path)), key=lambda path: (path.stat().st_mtime, path.name)
        )
        for path in waiting:
            handle = str(path)
            try:
                if path.stat().st_size > INPUT_BYTES_MAX:
                    self.refuse(Fetched(path.name, b"", handle), _TOO_LARGE)
                    continue
                data = path.read_bytes()
            except FileNotFoundError:
                continue  # somebody else took it
            except OSError:
                self.refuse(Fetched(path.name, b"", handle), _UNREADABLE)
                continue
            yield Fetched(path.name, data, handle)

    def done(self, file: Fetched, report: str) -> None:
        """Move the file to `done/`."""
        self._put_away(file, "done", report)

    def refuse(self, file: Fetched, reason: str) -> None:
        """Move the file to `refused/`."""
        self._put_away(file, "refused", reason)

    def _is_complete(self, path: Path) -> bool:
        if path.name.startswith(".") or path.suffix.lower() in _HALF_WRITTEN or path.is_symlink() or not path.is_file():
            return False
        return time.time() - path.stat().st_mtime >= self.settled_seconds

    def _put_away(self, file: Fetched, where: str, text: str) -> None:
        """The text first, then the file: a file that lies in one of the folders always has its text. Equal names do not collide."""
        folder = self.folder / where
        folder.mkdir(exist_ok=True)
        name = file.name
        if (folder / name).exists():
            name = f"{hashlib.sha256(file.data).hexdigest()[:8]}-{name}"
        (folder / f"{name}.reason").write_text(text + "\n", encoding="utf-8")
        Path(file.handle).replace(folder / name)
