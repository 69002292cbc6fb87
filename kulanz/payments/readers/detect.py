"""Find out what a bank file is, unpack it if need be, and hand it to its reader."""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from typing import Final

from kulanz.payments.readers.balances import checked
from kulanz.payments.readers.bank_csv import looks_like_csv, read_bank_csv
from kulanz.payments.readers.camt import forbidden, read_camt
from kulanz.payments.readers.mt940 import read_mt940
from kulanz.payments.readers.shape import ENTRIES_MAX, INPUT_BYTES_MAX, STATEMENTS_MAX, TOO_MANY, ParsedFile, ParsedStatement, Problem

_MEMBERS_MAX: Final = 500
_SWIFT: Final = re.compile(rb"(?:^|[\r\n]|\{4:\s*):(?:20|25|28C?|60[FM]?|61|62[FM]|86|13D|34F):")
_KNOWN_STRANGERS: Final = (
    (b"%PDF", "Das ist ein PDF. Bitte den Auszug im Bankportal als camt.053 (XML) oder MT940 herunterladen."),
    (b"\xd0\xcf\x11\xe0", "Das ist eine Office-Datei. Bitte den Auszug im Bankportal als camt.053 (XML) oder MT940 herunterladen."),
    (b"\x1f\x8b", "Die Datei ist mit gzip gepackt. Bitte entpacken oder als ZIP einreichen."),
)


def read_statements(data: bytes, name: str) -> ParsedFile:
    """Read a camt.052/053/054, an MT940/MT942, a CSV of a known layout, or a zip of them.

    Never raises for bad input: the reason stands in ``problems``.

    Each statement's balances are checked on the way (opening + entries = closing); one that does not tie carries a problem that refuses it.
    """
    if not data.strip(b"\x00\t\r\n \x1a"):
        return refused(name, "Die Datei ist leer.", "statement_empty")
    if len(data) > INPUT_BYTES_MAX:
        return refused(name, "Die Datei ist größer als 100 MB. Bitte einen kürzeren Zeitraum herunterladen.", "statement_too_large")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_zip(data, name)
    return _read_plain(data, name)


def refused(name: str, reason: str, code: str, *, format_name: str = "unbekannt") -> ParsedFile:
    """A file of which nothing is taken, with the one sentence why."""
    return ParsedFile(name, format_name, (), (Problem(name, 0, reason, code),))


def is_camt(data: bytes, name: str) -> bool:
    """Is this one XML file, of a size that is taken and without anything that is forbidden in one?"""
    return len(data) <= INPUT_BYTES_MAX and _looks_like_xml(data) and forbidden(data, name) is None


def _looks_like_xml(data: bytes) -> bool:
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").lstrip(b"\xff\xfe \t\r\n\x01")
    return head.startswith(b"<")


def _read_plain(data: bytes, name: str) -> ParsedFile:
    for magic, sentence in _KNOWN_STRANGERS:
        if data.startswith(magic):
            return refused(name, sentence, "statement_unknown_format")
    if _looks_like_xml(data):
        parsed = read_camt(data, name)
    elif _SWIFT.search(data[:65536]):
        parsed = read_mt940(data, name)
    elif looks_like_csv(data):
        parsed = read_bank_csv(data, name)
    else:
        sentence = "Das ist weder camt (XML) noch MT940 noch CSV. Bitte den Auszug im Bankportal in einem dieser Formate herunterladen."
        return refused(name, sentence, "statement_unknown_format")
    return ParsedFile(parsed.name, parsed.format, tuple(checked(statement, name) for statement in parsed.statements), parsed.problems)


def _read_zip(data: bytes, name: str) -> ParsedFile:
    statements: list[ParsedStatement] = []
    problems: list[Problem] = []
    formats: set[str] = set()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir() and not member.filename.startswith("__MACOSX/")]
            if len(members) > _MEMBERS_MAX:
                return refused(name, f"Das ZIP enthält mehr als {_MEMBERS_MAX} Dateien.", "statement_too_large", format_name="zip")
            left = INPUT_BYTES_MAX
            for member in members:
                content = _unpack(archive, member, left)
                if content is None:
                    return refused(name, "Das ZIP ist entpackt größer als 100 MB.", "statement_too_large", format_name="zip")
                left -= len(content)
                inside = f"{name}/{member.filename}"
                if content.startswith(b"PK"):
                    reason = "Ein ZIP im ZIP wird nicht gelesen. Bitte einmal entpacken."
                    problems.append(Problem(inside, 0, reason, "statement_nested_zip"))
                    continue
                parsed = _read_plain(content, inside) if content.strip() else refused(inside, "Die Datei ist leer.", "statement_empty")
                statements += parsed.statements
                if sum(len(one.lines) for one in statements) > ENTRIES_MAX or len(statements) > STATEMENTS_MAX:
                    return refused(name, TOO_MANY, "statement_too_large", format_name="zip")
                problems += parsed.problems
                formats.add(parsed.format)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError, NotImplementedError):
        # RuntimeError is zipfile's word for "encrypted", NotImplementedError for a packing method it does not know.
        reason = "Das ZIP ist beschädigt oder mit Kennwort geschützt. Bitte neu packen."
        return refused(name, reason, "statement_zip_unreadable", format_name="zip")
    if not statements and not problems:
        return refused(name, "Das ZIP enthält keine Datei.", "statement_empty", format_name="zip")
    return ParsedFile(name, "zip: " + ", ".join(sorted(formats)), tuple(statements), tuple(problems))


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes | None:
    """A member's content, or None if it is larger than ``limit``: the size in the directory may lie, so only what is read counts."""
    with archive.open(member) as stream:
        content = stream.read(limit + 1)
    return content if len(content) <= limit else None
