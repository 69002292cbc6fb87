"""Texts of the pages: German in the source, other languages as .po files beside it, compiled without GNU gettext.

``python -m kulanz.site.translations compile`` writes the .mo files, ``update`` brings the .po files up to date with the source, and
``missing`` lists what a language lacks. A process that finds a .mo older than its .po compiles it by itself.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from kulanz.site import refusals

PACKAGE = Path(__file__).resolve().parent.parent
LOCALE = PACKAGE / "site" / "locale"
LANGUAGES = ("en",)
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
_HEADER = """\
# Texts of the pages. The source is German; `python -m kulanz.site.translations update` keeps this file complete.
msgid ""
msgstr ""
"Project-Id-Version: Kulanz\\n"
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
_ROOMS = ("portal", "desk", "office", "site")


def sources() -> Catalog:
    """Every text the pages show: of the templates and the Python files of the rooms that make pages, and the refusals of all rooms."""
    catalog = Catalog(locale="de", domain="django")
    for room in _ROOMS:
        for path in sorted((PACKAGE / room).rglob("*")):
            if path.suffix in {".py", ".html"}:
                for line, message in _texts(path):
                    catalog.add(message, locations=[(str(path.relative_to(PACKAGE.parent)), line)])
    for path, line, sentence in refusals.sentences(PACKAGE):
        catalog.add(sentence, locations=[(str(path.relative_to(PACKAGE.parent)), line)])
    return catalog


def _texts(path: Path) -> Iterator[tuple[int, str | tuple[str, ...]]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        text = _as_python(text)
    source = io.BytesIO(text.encode())
    for line, message, _comments, _context in extract("python", source, keywords=_KEYWORDS, options={"encoding": "utf-8"}):
        if message and (isinstance(message, str) or message[0]):
            yield line, message


def _as_python(template: str) -> str:
    """A template as a text that a Python tokenizer accepts: only the calls of gettext stay, each on a line of its own."""
    from django.utils.translation.template import templatize

    # Lines must not begin with blanks (that would be an indentation), and the dummy text between the calls must not join them.
    calls = templatize(template).replace(" gettext(", "\ngettext(").replace(" ngettext(", "\nngettext(")
    return "\n".join(line.strip() for line in calls.split("\n"))


def catalog(language: str) -> Catalog:
    """The translations of a language as they stand in its .po file."""
    path = _po(language)
    if not path.is_file():
        return Catalog(locale=language, domain="django")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django")


def missing(language: str) -> list[str]:
    """The texts that a language lacks, or has only as a guess."""
    known = catalog(language)
    lacking = []
    for message in sources():
        if not message.id:
            continue
        found = known.get(message.id if isinstance(message.id, str) else message.id[0])
        strings = () if found is None else (found.string,) if isinstance(found.string, str) else found.string
        if not strings or not all(strings) or (found is not None and found.fuzzy):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def update(language: str) -> None:
    """Bring the .po file up to date: new texts are added empty, texts that are gone leave."""
    known, fresh = catalog(language), Catalog(locale=language, domain="django", fuzzy=False)
    for message in sources():
        if message.id:
            found = known.get(message.id if isinstance(message.id, str) else message.id[0])
            same = found is not None and isinstance(found.id, str) == isinstance(message.id, str)  # a text may have got a plural since
            fresh.add(message.id, string=found.string if found and same else None, locations=message.locations, flags=message.flags)
    content = io.BytesIO()
    write_po(content, fresh, sort_output=True, no_location=True, width=140, omit_header=True)
    _write(_po(language), _HEADER.format(language=language, plural=fresh.plural_forms).encode() + content.getvalue())


def compile_all() -> None:
    """Write the .mo file of every language. Whole or not at all, so that two processes may do it at once."""
    for language in LANGUAGES:
        content = io.BytesIO()
        write_mo(content, catalog(language))
        _write(_po(language).with_suffix(".mo"), content.getvalue())


def ensure() -> None:
    """Compile what is older than its source: German must not appear in an English page because a step was forgotten."""
    for language in LANGUAGES:
        source, compiled = _po(language), _po(language).with_suffix(".mo")
        if not compiled.is_file() or compiled.stat().st_mtime < source.stat().st_mtime:
            compile_all()
            return


def _po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=target.suffix)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(target)


def main(arguments: list[str]) -> int:
    """The commands named at the top of this file."""
    match arguments:
        case ["compile"]:
            compile_all()
        case ["update"]:
            for language in LANGUAGES:
                update(language)
        case ["missing"]:
            lacking = [f"{language}: {text}" for language in LANGUAGES for text in missing(language)]
            print("\n".join(lacking))
            return 1 if lacking else 0
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
