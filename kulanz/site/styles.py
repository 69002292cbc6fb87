"""All style sheets as one file: a phone on a bad line makes one request, and every component still has a file of its own."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "static" / "css"


@lru_cache(maxsize=1)
def bundle() -> bytes:
    """Tokens, base and layout first, then the components by name."""
    first = [FOLDER / name for name in ("tokens.css", "base.css", "layout.css")]
    return b"".join(path.read_bytes() for path in [*first, *sorted((FOLDER / "components").glob("*.css"))])


@lru_cache(maxsize=1)
def version() -> str:
    """Changes with the content, so that a browser may keep the file for a year."""
    return hashlib.sha256(bundle()).hexdigest()[:16]
