"""camt.052, .053, .054 in any version and namespace, read as a stream: one entry in memory at a time.

DTDs are refused, nothing is fetched, entities are not expanded, and a file that grows without ever completing an entry is refused before
it fills the memory. Validity against a schema is no gate: real banks break it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from lxml import etree

from kulanz.payments.readers.camt_entry import Entry, Facts, facts_of, header_of_entry, lines_of
from kulanz.payments.readers.camt_values import children, day_of, local, money, text_of
from kulanz.payments.readers.shape import (
    ENTRIES_MAX,
    NO_LINES,
    STATEMENTS_MAX,
    TOO_MANY,
    ParsedFile,
    ParsedStatement,
    Problem,
    StatementLine,
    Totals,
    clean,
)

CHUNK_BYTES: Final = 65_536
_UNFINISHED_BYTES_MAX: Final = 4 * 1024 * 1024
"""No single header, balance or transaction of a bank is this long; more means the file wants the memory."""

_ENCODINGS: Final = frozenset({"utf-8", "utf8", "utf-16", "iso-8859-1", "iso-8859-15", "latin-1", "windows-1252", "us-ascii", "ascii"})
_DECLARED: Final = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_STATEMENTS: Final = frozenset({"Stmt", "Rpt", "Ntfctn"})
_MESSAGES: Final = {"BkToCstmrStmt": "camt.053", "BkToCstmrAcctRpt": "camt.052", "BkToCstmrDbtCdtNtfctn": "camt.054"}
_MESSAGES_V1: Final = {f"{tag}V01": name for tag, name in _MESSAGES.items()}
_WATCHED: Final = [f"{{*}}{tag}" for tag in (*_MESSAGES, *_MESSAGES_V1, *_STATEMENTS, "Ntry", "TxDtls")]
_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)


@dataclass(slots=True)
class _Draft:
    """A statement while its entries stream by."""

    line: int
    intraday: bool
    entries: int = 0
    pending: int = 0
    lines: list[StatementLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    account: str | None = None
    handed_over: Totals = NO_LINES


def read_camt(data: bytes, name: str) -> ParsedFile:
    """Read one camt message. A file that breaks off is refused as a whole: what is missing cannot be known.

    Returns an empty `ParsedFile` with one problem if the bytes are not a camt message; never raises for bad input.
    """
    refusal = forbidden(data, name)
    if refusal is not None:
        return ParsedFile(name, "xml", (), (refusal,))
    reading = Reading(name)
    view = memoryview(data)
    for _ in reading.steps(bytes(view[start : start + CHUNK_BYTES]) for start in range(0, len(data), CHUNK_BYTES)):
        pass
    return reading.finish()


class _TooMuch(Exception):
    """Too many bytes went by without completing anything."""


def forbidden(data: bytes, name: str) -> Problem | None:
    """Refuse document types (entity bombs) and encodings that could hide one from this look."""
    declared = _DECLARED.search(data[:400].replace(b"\x00", b""))
    if declared and declared[1].decode("ascii").lower() not in _ENCODINGS:
        reason = f"Die Zeichenkodierung {declared[1].decode('ascii')} wird nicht gelesen. Bitte als UTF-8 herunterladen."
        return Problem(name, 1, reason, "statement_encoding")
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:64]
    seen = data.replace(b"\x00", b"") if wide else data
    if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
        return Problem(name, 0, "Die XML-Datei enthält eine DTD. Aus Sicherheitsgründen wird sie nicht gelesen.", "statement_dtd")
    return None


def _events(chunks: Iterable[bytes]) -> Iterator[tuple[str, etree._Element]]:
    """Parse in small pieces and stop if nothing has been completed for too long."""
    parser = etree.XMLPullParser(
        ("start", "end"), tag=_WATCHED, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    unfinished = 0
    for chunk in chunks:
        parser.feed(chunk)
        unfinished += len(chunk)
        for event, element in parser.read_events():
            yield event, element
            if event == "end":
                unfinished = 0
        if unfinished > _UNFINISHED_BYTES_MAX:
            raise _TooMuch
    parser.close()
    yield from parser.read_events()


class Reading:
    """The state of reading one message.

    Whoever reads ahead (`readers.ahead`) takes lines out of ``draft`` while its entries stream by and counts them in ``handed_over``.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.format = "xml"
        self.statements: list[ParsedStatement] = []
        self.draft: _Draft | None = None
        self.entries = 0
        self.transactions = 0
        self.refusal: Problem | None = None

    def steps(self, chunks: Iterable[bytes]) -> Iterator[None]:
        """Read the file (without those of `forbidden`) step by step, to its end or until ``refusal`` says why nothing of it is taken."""
        try:
            for event, element in _events(chunks):
                self.refusal = self._take(event, element)
                if self.refusal is not None:
                    return
                yield
        except etree.XMLSyntaxError as error:
            row, column = error.position
            reason = "Die XML-Datei ist beschädigt oder unvollständig. Bitte neu herunterladen."
            self.refusal = Problem(self.name, row or 0, reason, "statement_xml_damaged", column or 0)
        except _TooMuch:
            reason = "Die XML-Datei ist ungewöhnlich aufgebaut (ein einzelner Teil ist größer als 4 MB). Sie wird nicht gelesen."
            self.refusal = Problem(self.name, 0, reason, "statement_too_large")

    def _take(self, event: str, element: etree._Element) -> Problem | None:
        """Take one event. ``Ntry`` and ``TxDtls`` outside a statement belong to no account and are ignored with their message."""
        tag = local(element)
        if event == "start":
            if tag in _MESSAGES or tag in _MESSAGES_V1:
                namespace = str(etree.QName(element).namespace or "")
                version = re.search(r"camt\.05[234]\.\d{3}\.\d{2}", namespace)
                self.format = version[0] if version else _MESSAGES[tag.removesuffix("V01")]
            elif tag in _STATEMENTS and self.format != "xml":
                if self.draft is not None:
                    return Problem(self.name, element.sourceline or 0, "Ein Auszug steht im anderen.", "statement_nested")
                self.draft = _Draft(element.sourceline or 0, intraday=tag != "Stmt")
            return None
        if self.draft is None:
            return None
        if tag == "TxDtls":
            self.transactions += 1
            if self.transactions > ENTRIES_MAX:
                return Problem(self.name, element.sourceline or 0, TOO_MANY, "statement_too_large")
            self.draft.facts.append(facts_of(element))
            _release(element)
        elif tag == "Ntry":
            self.entries += 1
            if self.entries > ENTRIES_MAX:
                return Problem(self.name, element.sourceline or 0, TOO_MANY, "statement_too_large")
            self._take_entry(self.draft, element)
            _release(element)
        elif tag in _STATEMENTS:
            self.statements.append(_finish(self.draft, element, self.name))
            self.draft = None
            _release(element)
            if len(self.statements) > STATEMENTS_MAX:
                return Problem(self.name, element.sourceline or 0, TOO_MANY, "statement_too_large")
        return None

    def _take_entry(self, draft: _Draft, element: etree._Element) -> None:
        draft.entries += 1
        if draft.account is None:
            draft.account = _account(element.getparent())
        facts, draft.facts = draft.facts, []
        entry = header_of_entry(element)
        if isinstance(entry, str):
            line = element.sourceline or 0
            draft.problems.append(Problem(self.name, line, f"Umsatz {draft.entries}: {entry}", "statement_unreadable_entry"))
        elif not entry.booked:
            draft.pending += 1
        else:
            self._take_booked(draft, element, entry, facts)

    def _take_booked(self, draft: _Draft, element: etree._Element, entry: Entry, facts: list[Facts]) -> None:
        booked_on = entry.booked_on or entry.value_on
        if booked_on is None:
            booked_on = _created(element.getparent())
            if booked_on is None:
                reason = f"Umsatz {draft.entries}: Der Buchungstag fehlt."
                draft.problems.append(Problem(self.name, element.sourceline or 0, reason, "statement_unreadable_entry"))
                return
            reason = f"Umsatz {draft.entries} nennt keinen Buchungstag; genommen ist der Tag der Anzeige, {booked_on:%d.%m.%Y}."
            draft.problems.append(Problem(self.name, element.sourceline or 0, reason, "statement_no_booking_day", refuses=False))
        draft.lines += lines_of(entry, facts, booked_on, account=draft.account or "", line=element.sourceline or 0)

    def finish(self) -> ParsedFile:
        """The file, or the reason why nothing of it is taken."""
        if self.refusal is not None:
            return ParsedFile(self.name, self.format, (), (self.refusal,))
        if self.statements:
            return ParsedFile(self.name, self.format, tuple(self.statements))
        if self.format == "xml":
            reason = "Das ist XML, aber kein Kontoauszug (camt.052, camt.053 oder camt.054)."
            return ParsedFile(self.name, "xml", (), (Problem(self.name, 1, reason, "statement_unknown_format"),))
        return ParsedFile(self.name, self.format, (), (Problem(self.name, 1, "Die Datei enthält keinen Auszug.", "statement_empty"),))


def _release(element: etree._Element) -> None:
    """Give the memory of a finished element back: its content, and its place in the parent."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _account(statement: etree._Element | None) -> str:
    account = children(statement).get("Acct") if statement is not None else None
    identification = children(account).get("Id") if account is not None else None
    if identification is None:
        return ""
    parts = children(identification)
    for tag in ("IBAN", "BBAN", "UPIC"):
        if text_of(parts.get(tag)):
            return re.sub(r"\s", "", clean(text_of(parts[tag]), 60)).upper()
    other = next((parts[tag] for tag in ("Othr", "PrtryAcct") if tag in parts), None)
    return re.sub(r"\s", "", clean(text_of(children(other).get("Id")) if other is not None else "", 60)).upper()


def _created(statement: etree._Element | None) -> date | None:
    return day_of(children(statement).get("CreDtTm")) if statement is not None else None


def _finish(draft: _Draft, element: etree._Element, name: str) -> ParsedStatement:
    parts = children(element)
    balances = _balances(element, draft, name)
    opening = next((balances[code] for code in _OPENING if code in balances), None)
    closing = next((balances[code] for code in _CLOSING if code in balances), None)
    period = children(parts["FrToDt"]) if "FrToDt" in parts else {}
    account = children(parts["Acct"]) if "Acct" in parts else {}
    totals = draft.handed_over.with_lines(draft.lines)
    currency = text_of(account.get("Ccy")) or (opening[1] if opening else "") or (totals.currencies[0][0] if totals.count else "")
    currency = currency or (closing[1] if closing else "") or next((balance[1] for balance in balances.values()), "")
    if not draft.intraday:
        draft.problems += [
            Problem(name, draft.line, f"Der {what} steht in {other}, das Konto wird in {currency} geführt.", "statement_mixed_currency")
            for what, other in (("Anfangssaldo", opening and opening[1]), ("Endsaldo", closing and closing[1]))
            if other is not None and other != currency
        ]
    draft.problems += _summary_note(parts.get("TxsSummry"), draft, name)
    pages = next((children(parts[tag]) for tag in ("StmtPgntn", "RptPgntn", "NtfctnPgntn") if tag in parts), {})
    return ParsedStatement(
        account=draft.account if draft.account is not None else _account(element),
        number=clean(text_of(parts.get("ElctrncSeqNb")) or text_of(parts.get("LglSeqNb")), 60).lstrip("0"),
        sequence=clean(text_of(pages.get("PgNb")), 60).lstrip("0"),
        currency=currency[:3].upper(),
        opening_cents=opening[0] if opening else None,
        closing_cents=closing[0] if closing else None,
        from_on=day_of(period.get("FrDtTm")) or (opening[2] if opening else None) or totals.first_on,
        to_on=day_of(period.get("ToDtTm")) or (closing[2] if closing else None) or totals.last_on,
        intraday=draft.intraday,
        entries=draft.entries,
        pending=draft.pending,
        lines=tuple(draft.lines),
        problems=tuple(draft.problems),
        line=draft.line,
        handed_over=draft.handed_over,
    )


def _balances(statement: etree._Element, draft: _Draft, name: str) -> dict[str, tuple[int, str, date | None]]:
    """Balances by code, signed. Of several pages' interim balances the first opening and the last closing count."""
    found: dict[str, tuple[int, str, date | None]] = {}
    for element in statement:
        if local(element) != "Bal":
            continue
        parts = children(element)
        kind = children(parts["Tp"]) if "Tp" in parts else {}
        code = text_of(children(kind["CdOrPrtry"]).get("Cd")) if "CdOrPrtry" in kind else ""
        cents, currency = money(parts.get("Amt"))
        if cents is None:
            if code in _OPENING + _CLOSING:
                reason = f"Der Saldo {code} ist nicht lesbar."
                draft.problems.append(Problem(name, element.sourceline or 0, reason, "statement_unreadable_balance"))
            continue
        signed = -cents if text_of(parts.get("CdtDbtInd")) == "DBIT" else cents
        if code not in found or code in _CLOSING:
            found[code] = (signed, currency, day_of(parts.get("Dt")))
    return found


def _summary_note(summary: etree._Element | None, draft: _Draft, name: str) -> list[Problem]:
    """The bank's own count of entries, if it gives one, is compared and a difference shown."""
    total = children(summary).get("TtlNtries") if summary is not None else None
    counted = text_of(children(total).get("NbOfNtries")) if total is not None else ""
    if not counted.isdigit() or int(counted) == draft.entries:
        return []
    reason = f"Die Bank nennt {int(counted)} Umsätze, in der Datei stehen {draft.entries}."
    return [Problem(name, draft.line, reason, "statement_totals_differ", refuses=False)]
