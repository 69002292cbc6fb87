"""Files between upload and confirmation: kept in the data folder for a day, reachable only by who uploaded them."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

from kulanz.claims.errors import NotFound

_KEEP_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Upload:
    """What was chosen on the upload page. ``profile`` is the text of the mapping profile, ``as_of`` an ISO day or ''."""

    user_id: int
    creditor_id: int
    name: str
    profile: str
    as_of: str

    @property
    def as_of_day(self) -> date | None:
        return date.fromisoformat(self.as_of) if self.as_of else None


def keep(content: bytes, upload: Upload) -> str:
    """Store a file and return its key; files older than a day go."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.iterdir():
        if old.stat().st_mtime < time.time() - _KEEP_SECONDS:
            old.unlink(missing_ok=True)
    key = secrets.token_hex(16)
    (folder / f"{key}.bin").write_bytes(content)
    (folder / f"{key}.json").write_text(json.dumps(asdict(upload)), encoding="utf-8")
    return key


def find(key: str, user_id: int | None) -> tuple[bytes, Upload]:
    """The file and what was chosen. Somebody else's upload is not found."""
    described = _folder() / f"{key}.json"
    content = _folder() / f"{key}.bin"
    if described.is_file() and content.is_file():
        upload = Upload(**json.loads(described.read_text(encoding="utf-8")))
        if upload.user_id == user_id:
            return content.read_bytes(), upload
    raise NotFound("Diese Datei liegt hier nicht mehr.", fix="Bitte laden Sie sie noch einmal hoch; übernommen wurde noch nichts.")


def drop(key: str) -> None:
    """Forget a file that has been imported."""
    for suffix in (".bin", ".json"):
        (_folder() / f"{key}{suffix}").unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.KULANZ_HOME) / "uploads"
