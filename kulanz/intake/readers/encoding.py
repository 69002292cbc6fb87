"""Bytes → text: UTF-8, UTF-16 or Windows-1252, never silently. Binary content is refused here."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from kulanz.intake.errors import DamagedFile, NotATable
from kulanz.intake.readers.table import one_of

ENCODINGS: Final = ("utf-8", "utf-16", "windows-1252", "iso-8859-15")
"""What a profile may state."""

_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 65_536
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_UTF8_READ_AS_1252: Final = re.compile("[ÂÃ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text and the name of the encoding that was found or stated."""

    text: str
    encoding: str


def decode(data: bytes, stated: str | None) -> Decoded:
    """Decode ``data``. With ``stated`` only that encoding is tried.

    Raises `NotATable` for binary content, `DamagedFile` if the stated encoding does not fit, `AmbiguousFormat` for
    mixed encodings.
    """
    decoded = _decode_as(data, stated) if stated else _decode_found(data)
    control = _CONTROL.search(decoded.text)
    if control is not None:
        line = decoded.text.count("\n", 0, control.start()) + 1
        raise NotATable(f"Zeile {line} enthält das Steuerzeichen {ord(control.group()):#04x}; die Datei ist kein reiner Text.")
    return decoded


def _decode_as(data: bytes, encoding: str) -> Decoded:
    """Decode as stated in the profile; a byte-order mark of UTF-8 is taken off."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        return Decoded(data.decode(codec), encoding)
    except UnicodeDecodeError as cause:
        line = data.count(b"\n", 0, cause.start) + 1
        raise DamagedFile(f"Zeile {line} ist nicht als {encoding} lesbar, wie es im Profil steht.") from cause


def _decode_found(data: bytes) -> Decoded:
    """Decode by evidence: byte-order mark, NUL pattern of UTF-16, valid UTF-8, else Windows-1252 if every byte is a
    character there."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            if name == "utf-32":
                raise NotATable("Die Datei ist in UTF-32 geschrieben.", fix="Bitte als UTF-8 speichern.")
            return _checked(data, name, f"{name} (mit BOM)" if name != "utf-8-sig" else "utf-8 (mit BOM)")
    if b"\x00" in data[:_SAMPLE]:
        return _without_mark(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as cause:
        return _windows(data, cause.start)
    return Decoded(text, "ascii" if text.isascii() else "utf-8")


def _without_mark(data: bytes) -> Decoded:
    """UTF-16 without a mark shows as NULs on one side of nearly every character; any other NUL is binary."""
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    pairs = max(1, len(sample) // 2)
    if odd > 0.8 * pairs and even == 0:
        return _checked(data, "utf-16-le", "utf-16-le (ohne BOM)")
    if even > 0.8 * pairs and odd == 0:
        return _checked(data, "utf-16-be", "utf-16-be (ohne BOM)")
    line = data.count(b"\n", 0, data.index(0)) + 1
    raise NotATable(f"Zeile {line} enthält Null-Bytes; die Datei ist kein Text.")


def _checked(data: bytes, codec: str, name: str) -> Decoded:
    """Decode with a codec the evidence is for."""
    try:
        return Decoded(data.decode(codec), name)
    except UnicodeDecodeError as cause:
        raise DamagedFile(f"Die Datei beginnt als {name}, ist es ab Byte {cause.start} aber nicht mehr.") from cause


def _windows(data: bytes, first_bad: int) -> Decoded:
    """Windows-1252, unless the same file also holds UTF-8 sequences: then one of the two would turn names into
    rubbish."""
    try:
        text = data.decode("windows-1252")
    except UnicodeDecodeError as cause:
        line = data.count(b"\n", 0, cause.start) + 1
        raise NotATable(f"Zeile {line} enthält Bytes, die weder UTF-8 noch Windows-1252 sind.") from cause
    if _UTF8_READ_AS_1252.search(text):
        line = data.count(b"\n", 0, first_bad) + 1
        raise one_of(f"Die Datei mischt Zeichensätze (Zeile {line})", ["utf-8", "windows-1252"], hint="file: {encoding: …}")
    return Decoded(text, "windows-1252")
