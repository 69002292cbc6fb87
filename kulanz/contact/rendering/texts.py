"""Texts written by people: a YAML head and a liquid body, filled from a flat context and read into blocks.

A text knows paragraphs (separated by a blank line), ``- `` list items, ``## `` headings, ``**bold**`` and slots
(``::claims``) where a channel puts a table or the payment part. Values can never become markup: every value is
escaped before it is put in, and read back after the text has been cut into blocks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from liquid import Environment, StrictUndefined
from liquid.exceptions import LiquidError
from markupsafe import Markup

from kulanz.contact.errors import TextBroken, TextMissing
from kulanz.contact.rendering.facts import Language

TEMPLATES = Path(__file__).parent / "templates"
SLOTS = frozenset({"amount", "claims", "pay", "booked", "plan", "ways", "genuine"})

ClaimScope = Literal["upcoming", "overdue", "all"]


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one weight."""

    text: str
    bold: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, a list of items or a slot; ``runs`` holds one line per paragraph or list item."""

    kind: Literal["paragraph", "heading", "list", "slot"]
    lines: tuple[tuple[Run, ...], ...] = ()
    slot: str = ""


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A filled text: subject line, heading, the line mail programs show beside the subject, and the blocks of the
    body.
    """

    subject: str
    title: str
    preview: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class TextSource:
    """A text as it was written, before any value is filled in.

    ``claims`` says which claims of the case it speaks about.
    """

    family: str
    language: Language
    claims: ClaimScope
    subject: str
    title: str
    preview: str
    body: str


class _TextEnvironment(Environment):
    """Liquid with an end to everything: loops, output and stored values.

    ``join`` is gone because a range piped into it has none.
    """

    loop_iteration_limit = 2_000
    output_stream_limit = 100_000
    local_namespace_limit = 20_000

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=True)
        del self.filters["join"]
        for tag in ("include", "render", "extends", "block", "macro", "call"):
            self.tags.pop(tag, None)


_ENVIRONMENT = _TextEnvironment()
_MARKUP = re.compile(r"[&<>\"'*#:\-]")


def guarded(value: str) -> Markup:
    """A value that can only be read as itself: markup signs become character references, line breaks become spaces."""
    one_line = value.translate({10: " ", 13: " ", 9: " "})
    escaped = _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", one_line)
    return Markup(escaped)  # noqa: S704  (every sign that markup is made of is a reference by now)


@lru_cache(maxsize=256)
def load(family: str, language: Language) -> TextSource:
    """The text of a step in a language.

    Raises `TextMissing` for an unknown family and `TextBroken` for an unreadable file.
    """
    file = TEMPLATES / language / f"{family}.liquid"
    if not re.fullmatch(r"[a-z0-9_]+", family) or not file.is_file():
        raise TextMissing(f"Es gibt keinen Text „{family}“ in der Sprache „{language}“.")
    return parse_source(family, language, file.read_text(encoding="utf-8"))


def families(language: Language) -> list[str]:
    """The names of all texts in a language."""
    return sorted(file.stem for file in (TEMPLATES / language).glob("*.liquid"))


def parse_source(family: str, language: Language, source: str) -> TextSource:
    """Read a text file: ``---`` YAML head ``---`` body."""
    parts = source.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise TextBroken(f"Der Text „{family}“ ({language}) hat keinen Kopf zwischen zwei Zeilen aus drei Strichen.")
    head = yaml.safe_load(parts[1])
    missing = {"claims", "subject", "title", "preview"} - set(head or ())
    if missing:
        raise TextBroken(f"Dem Text „{family}“ ({language}) fehlt im Kopf: {', '.join(sorted(missing))}.")
    return TextSource(family, language, head["claims"], head["subject"], head["title"], head["preview"], parts[2])


def used_names(source: TextSource) -> set[str]:
    """The names of all facts a text asks for, so that an editor can refuse a text that asks for something unknown."""
    names: set[str] = set()
    for part in (source.subject, source.title, source.preview, source.body):
        names |= set(_parse(part, source).analyze().globals)
    return names


def write(source: TextSource, context: Mapping[str, Any]) -> WrittenText:
    """Fill a text. A fact the context does not hold raises `TextBroken`: no message leaves with a gap in it."""
    safe = {name: guarded(value) if isinstance(value, str) else value for name, value in context.items()}
    subject, title, preview, body = (_fill(part, source, safe) for part in (source.subject, source.title, source.preview, source.body))
    return WrittenText(_plain(subject), _plain(title), _plain(preview), tuple(_blocks(body, source)))


@lru_cache(maxsize=1024)
def _parse(part: str, source: TextSource) -> Any:
    try:
        return _ENVIRONMENT.from_string(part)
    except LiquidError as problem:
        raise TextBroken(f"Der Text „{source.family}“ ({source.language}) lässt sich nicht lesen: {problem}") from problem


def _fill(part: str, source: TextSource, context: Mapping[str, Any]) -> str:
    try:
        return str(_parse(part, source).render(**context))
    except LiquidError as problem:
        raise TextBroken(f"Der Text „{source.family}“ ({source.language}) lässt sich nicht füllen: {problem}") from problem


def _blocks(body: str, source: TextSource) -> list[Block]:
    blocks: list[Block] = []
    for chunk in re.split(r"\n\s*\n", body.strip()):
        lines = [line.strip() for line in chunk.splitlines() if line.strip()]
        if not lines:
            continue
        if lines[0].startswith("::"):
            slot = lines[0][2:]
            if slot not in SLOTS:
                raise TextBroken(f"Der Text „{source.family}“ ({source.language}) nennt die unbekannte Stelle „{slot}“.")
            blocks.append(Block("slot", slot=slot))
        elif all(line.startswith("- ") for line in lines):
            blocks.append(Block("list", tuple(_runs(line[2:]) for line in lines)))
        elif lines[0].startswith("## "):
            blocks.append(Block("heading", (_runs(lines[0][3:]),)))
            if len(lines) > 1:
                blocks.append(Block("paragraph", (_runs(" ".join(lines[1:])),)))
        else:
            blocks.append(Block("paragraph", (_runs(" ".join(lines)),)))
    return blocks


def _runs(line: str) -> tuple[Run, ...]:
    pieces = line.split("**")
    return tuple(Run(html.unescape(piece), bold=index % 2 == 1) for index, piece in enumerate(pieces) if piece)


def _plain(line: str) -> str:
    return html.unescape(" ".join(line.split()))
