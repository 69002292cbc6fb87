"""A file's bytes, unpacked within limits, and what kind of content they are. Content decides, never the file's
ending."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath
from typing import IO, Final

from kulanz.intake.errors import DamagedFile, EmptyFile, FileMissing, FileTooLarge, NotATable

BYTES_MAX: Final = 256 * 1024 * 1024
LINE_BYTES_MAX: Final = 1024 * 1024
_CHUNK: Final = 1024 * 1024

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_FOREIGN: Final = {
    b"%PDF": "eine PDF-Datei",
    b"\xd0\xcf\x11\xe0": "eine alte Excel- oder Word-Datei (.xls, .doc)",
    b"\x89PNG": "ein Bild",
    b"\xff\xd8\xff": "ein Bild",
    b"GIF8": "ein Bild",
    b"{\\rtf": "ein Textdokument (RTF)",
    b"<?xml": "eine XML-Datei",
    b"PAR1": "eine Parquet-Datei",
    b"Rar!": "ein RAR-Archiv",
    b"7z\xbc\xaf": "ein 7z-Archiv",
    b"BZh": "ein bzip2-Archiv",
    b"\x28\xb5\x2f\xfd": "ein zstd-Archiv",
}


class Content(Enum):
    """What the bytes are."""

    TEXT = "text"
    WORKBOOK = "workbook"


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it came in: its name, its unpacked bytes, what they are, and the hash of the bytes as they came."""

    name: str
    data: bytes
    content: Content
    sha256: str
    compressed: bool
    notes: tuple[str, ...] = ()


def open_source(origin: Path | bytes, *, name: str = "", bytes_max: int = BYTES_MAX) -> Source:
    """Read and unpack a file (one layer of gzip) within ``bytes_max`` and `LINE_BYTES_MAX`, and tell table text from
    a workbook.

    Raises `FileMissing`, `EmptyFile`, `FileTooLarge`, `DamagedFile`, `NotATable`.
    """
    if isinstance(origin, bytes):
        return _open(io.BytesIO(origin), name, bytes_max)
    try:
        with origin.open("rb") as stream:
            return _open(stream, name or origin.name, bytes_max)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as cause:
        raise FileMissing(f"Die Datei „{name or origin.name}“ gibt es nicht oder sie ist nicht lesbar.") from cause


def _open(stream: IO[bytes], name: str, bytes_max: int) -> Source:
    """Unpack, hash and classify a stream."""
    digest = hashlib.sha256()
    head = stream.read(4)
    stream.seek(0)
    compressed = head.startswith(_GZIP)
    data = _read_gzip(stream, bytes_max, digest) if compressed else _read_plain(stream, bytes_max, digest)
    if not data.strip():
        raise EmptyFile(f"Die Datei „{name}“ ist leer.")
    content = _content(data)
    return Source(name, data, content, digest.hexdigest(), compressed, _notes(name, content))


def _read_plain(stream: IO[bytes], bytes_max: int, digest: hashlib._Hash) -> bytes:
    """The whole stream, refused as soon as it passes a limit."""
    limit = _Limit(bytes_max)
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        limit.take(chunk)
    return limit.data()


def _read_gzip(stream: IO[bytes], bytes_max: int, digest: hashlib._Hash) -> bytes:
    """The unpacked stream. It is unpacked piece by piece, so that a small file that unpacks to a huge one costs
    nothing."""
    limit = _Limit(bytes_max)
    try:
        with gzip.GzipFile(fileobj=stream) as unpacked:
            while chunk := unpacked.read(_CHUNK):
                limit.take(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as cause:
        raise DamagedFile("Das gzip-Archiv ist beschädigt oder unvollständig.") from cause
    stream.seek(0)
    while packed := stream.read(_CHUNK):
        digest.update(packed)
    return limit.data()


class _Limit:
    """Collects chunks and refuses as soon as the file or one of its lines is too long (binary workbooks have no
    lines)."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._chunks: list[bytes] = []
        self._size = 0
        self._open_line = 0

    def take(self, chunk: bytes) -> None:
        """Add a chunk. Raises `FileTooLarge` or `NotATable`."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > self._bytes_max:
            raise FileTooLarge(f"Die Datei ist (entpackt) größer als {self._bytes_max // 1024 // 1024} MB.")
        if self._chunks[0].startswith(_ZIP):
            return
        last_break = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        self._open_line = len(chunk) - last_break - 1 if last_break >= 0 else self._open_line + len(chunk)
        if self._open_line > LINE_BYTES_MAX:
            raise NotATable("Die Datei hat eine Zeile, die länger als 1 MB ist; das ist keine Tabelle mit Zeilen.")

    def data(self) -> bytes:
        """Everything collected."""
        return b"".join(self._chunks)


def _content(data: bytes) -> Content:
    """Table text or workbook; anything else is refused by its name."""
    if data.startswith(_ZIP):
        return Content.WORKBOOK
    if data.startswith(_GZIP):
        raise NotATable("Die Datei ist zweimal mit gzip gepackt.")
    for magic, what in _FOREIGN.items():
        if data.startswith(magic):
            raise NotATable(f"Die Datei ist {what}, keine Tabelle.")
    return Content.TEXT


def _notes(name: str, content: Content) -> tuple[str, ...]:
    """A sentence if the ending says something else than the content."""
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes]
    says_workbook = ".xlsx" in suffixes or ".xlsm" in suffixes
    says_text = ".csv" in suffixes or ".tsv" in suffixes or ".txt" in suffixes
    if content is Content.WORKBOOK and says_text:
        return ("Die Endung sagt CSV, der Inhalt ist Excel; gelesen wurde nach dem Inhalt.",)
    if content is Content.TEXT and says_workbook:
        return ("Die Endung sagt Excel, der Inhalt ist Text; gelesen wurde nach dem Inhalt.",)
    return ()
