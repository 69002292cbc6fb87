"""Files that prove what was sent, kept by the hash of their content under the data folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings

from kulanz.failpoints import fp


def keep(content: bytes) -> tuple[str, str]:
    """Store a file for good; returns its path below the data folder and its SHA-256. The same content is stored
    once."""
    digest = hashlib.sha256(content).hexdigest()
    relative = f"documents/{digest[:2]}/{digest}.pdf"
    target = Path(settings.KULANZ_HOME) / relative
    if not target.exists():
        write_once(target, content)
    return relative, digest


def read(relative: str, digest: str) -> bytes:
    """A kept file. Raises `ValueError` if its content is no longer what its hash says: evidence that was tampered
    with is none."""
    content = (Path(settings.KULANZ_HOME) / relative).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"document {relative} is not what was stored")
    return content


def write_once(target: Path, content: bytes, *, durable: bool = True) -> bool:
    """Write a file so that it is there whole or not at all, and never over an existing one. Returns False if it was
    there.

    A hard link to a finished temporary file either succeeds or finds the name taken, also when two writers come at
    once.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        fp("write_once.before_link")
        try:
            os.link(temporary, target)
        except FileExistsError:
            return False
        fp("write_once.after_link")
        return True
    finally:
        Path(temporary).unlink()
