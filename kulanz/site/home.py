"""Where an installation keeps its data: one folder, named by ``KULANZ_HOME``."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path


def home() -> Path:
    """The data folder (database, mail, letters, documents, secret). Created when first asked for.

    Default: ``.kulanz`` in the working folder. As root a folder that no other account can enter cannot hold the embedded
    database; the launcher then says so.
    """
    folder = Path(os.environ.get("KULANZ_HOME") or ".kulanz").expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def secret_key() -> str:
    """The installation's secret: ``KULANZ_SECRET``, else a random one kept in the data folder, readable by its owner only."""
    if given := os.environ.get("KULANZ_SECRET"):
        return given
    file = home() / "secret"
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return file.read_text().strip()


def tag() -> str:
    """A short name of this data folder, for sockets and folders elsewhere that belong to it."""
    return hashlib.sha256(str(home()).encode()).hexdigest()[:12]
