"""Small readings of camt elements: local names, texts, amounts, dates. All forgiving about namespaces, strict about values."""

from __future__ import annotations

from datetime import date
from typing import Final

from lxml import etree

from kulanz.payments.readers.shape import amount_cents

_LOCAL: dict[object, str] = {}
_LOCAL_MAX: Final = 5_000


def local(element: etree._Element) -> str:
    """The element's name without its namespace; names repeat, so each is cut only once."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    name = _LOCAL.get(tag)
    if name is None:
        name = tag.rpartition("}")[2]
        if len(_LOCAL) < _LOCAL_MAX:
            _LOCAL[tag] = name
    return name


def children(element: etree._Element) -> dict[str, etree._Element]:
    """The first child of each name."""
    found: dict[str, etree._Element] = {}
    known = _LOCAL.get
    for child in element:
        name = known(child.tag) or local(child)
        if name not in found:
            found[name] = child
    return found


def text_of(element: etree._Element | None) -> str:
    """The element's own text, trimmed; nothing for a missing one."""
    return (element.text or "").strip() if element is not None else ""


def money(element: etree._Element | None) -> tuple[int | None, str]:
    """An amount element → (unsigned cents or None if unreadable, currency)."""
    if element is None:
        return None, ""
    return amount_cents(element.text or ""), (element.get("Ccy") or "")[:3].upper()


def day_of(element: etree._Element | None) -> date | None:
    """A date from ``Dt``/``DtTm`` children or an ISO text itself; the day as the bank wrote it, without time-zone shift."""
    if element is None:
        return None
    written = (element.text or "").strip()
    if not written:
        parts = children(element)
        written = text_of(parts.get("Dt")) or text_of(parts.get("DtTm"))
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None
