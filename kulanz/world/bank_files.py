"""Statements as files: camt.053.001.08, and MT940 in the German dialect with `?20` subfields."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from kulanz.law.money import format_money
from kulanz.world.bank import Movement, Statement

_CAMT: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_PURPOSE_FIELDS: Final = tuple(f"{number}" for number in (*range(20, 30), *range(60, 64)))
_FIELD_LENGTH: Final = 27
_CREDIT, _DEBIT, _RETURNED = "166", "177", "109"
_SPREAD: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def camt053(*statements: Statement) -> bytes:
    """One or more statements of an account as camt.053.001.08, one entry per movement."""
    latest = statements[-1]
    root = etree.Element(f"{{{_CAMT}}}Document", nsmap={None: _CAMT})
    message = _add(root, "BkToCstmrStmt")
    header = _add(message, "GrpHdr")
    _add(header, "MsgId", f"053-{latest.iban[-10:]}-{latest.day:%Y}-{latest.number}")
    _add(header, "CreDtTm", f"{latest.day}T19:30:00+01:00")
    for statement in statements:
        _statement(message, statement)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _statement(message: etree._Element, statement: Statement) -> None:
    body = _add(message, "Stmt")
    _add(body, "Id", f"{statement.iban[-10:]}-{statement.day:%Y}-{statement.number}")
    _add(body, "ElctrncSeqNb", str(statement.number))
    _add(body, "CreDtTm", f"{statement.day}T19:30:00+01:00")
    account = _add(body, "Acct")
    _add(_add(account, "Id"), "IBAN", statement.iban)
    _add(account, "Ccy", "EUR")
    _balance(body, "OPBD", statement.opening_cents, statement)
    _balance(body, "CLBD", statement.closing_cents, statement)
    for movement in statement.movements:
        _entry(body, movement)


def mt940(statement: Statement) -> bytes:
    """The statement as MT940. Umlauts are spread and what SWIFT's alphabet does not know is left out, as banks do it."""
    account = f"{statement.iban[4:12]}/{statement.iban[12:]}"
    rows = [":20:STARTUMS", f":25:{account}", f":28C:{statement.number:05d}/001"]
    rows.append(f":60F:{_side(statement.opening_cents)}{statement.day:%y%m%d}EUR{_comma(statement.opening_cents)}")
    for movement in statement.movements:
        mark = "CR" if movement.amount_cents >= 0 else "DR"
        amount = _comma(movement.amount_cents)
        rows.append(f":61:{movement.value_on:%y%m%d}{movement.booked_on:%m%d}{mark}{amount}NTRFNONREF//{movement.bank_ref}")
        rows += _details(movement)
    rows.append(f":62F:{_side(statement.closing_cents)}{statement.day:%y%m%d}EUR{_comma(statement.closing_cents)}")
    rows.append("-")
    return ("\r\n".join(rows) + "\r\n").encode("ascii")


def swift_text(text: str) -> str:
    """What is left of a text in SWIFT's alphabet: letters, digits and a few marks, single blanks."""
    known = re.sub(r"[^A-Za-z0-9/\-:().,'+ ]", " ", text.translate(_SPREAD))
    return re.sub(r" +", " ", known).strip()


def _add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_CAMT}}}{tag}", attributes)
    element.text = text
    return element


def _balance(body: etree._Element, code: str, cents: int, statement: Statement) -> None:
    balance = _add(body, "Bal")
    _add(_add(_add(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _add(balance, "Amt", format_money(abs(cents)), Ccy="EUR")
    _add(balance, "CdtDbtInd", "CRDT" if cents >= 0 else "DBIT")
    _add(_add(balance, "Dt"), "Dt", statement.day.isoformat())


def _entry(body: etree._Element, movement: Movement) -> None:
    credit = movement.amount_cents >= 0
    side = "CRDT" if credit else "DBIT"
    entry = _add(body, "Ntry")
    _add(entry, "Amt", format_money(abs(movement.amount_cents)), Ccy="EUR")
    _add(entry, "CdtDbtInd", side)
    _add(_add(entry, "Sts"), "Cd", "BOOK")
    _add(_add(entry, "BookgDt"), "Dt", movement.booked_on.isoformat())
    _add(_add(entry, "ValDt"), "Dt", movement.value_on.isoformat())
    _add(entry, "AcctSvcrRef", movement.bank_ref)
    domain = _add(_add(entry, "BkTxCd"), "Domn")
    _add(domain, "Cd", "PMNT")
    family = _add(domain, "Fmly")
    _add(family, "Cd", "RCDT" if credit else "ICDT")
    _add(family, "SubFmlyCd", "ESCT")
    details = _add(_add(entry, "NtryDtls"), "TxDtls")
    references = _add(details, "Refs")
    _add(references, "EndToEndId", movement.end_to_end_id or "NOTPROVIDED")
    _add(details, "Amt", format_money(abs(movement.amount_cents)), Ccy="EUR")
    _add(details, "CdtDbtInd", side)
    if movement.name or movement.iban:
        parties = _add(details, "RltdPties")
        role = "Dbtr" if credit else "Cdtr"
        if movement.name:
            _add(_add(_add(parties, role), "Pty"), "Nm", movement.name)
        if movement.iban:
            _add(_add(_add(parties, f"{role}Acct"), "Id"), "IBAN", movement.iban)
    if movement.purpose:
        _add(_add(details, "RmtInf"), "Ustrd", movement.purpose)
    if movement.return_reason:
        _add(_add(_add(details, "RtrInf"), "Rsn"), "Cd", movement.return_reason)


def _details(movement: Movement) -> list[str]:
    """The `:86:` field: two subfields a row, so that no row is longer than 65 characters and none begins like a field."""
    reference = f"EREF+{swift_text(movement.end_to_end_id)} " if movement.end_to_end_id else ""
    text = f"{reference}SVWZ+{swift_text(movement.purpose)}"
    business_code, booking_text = (_CREDIT, "GUTSCHRIFT") if movement.amount_cents >= 0 else (_DEBIT, "UEBERWEISUNG")
    if movement.return_reason:
        business_code, booking_text = _RETURNED, "RUECKLASTSCHRIFT"
    parts = [f"?00{booking_text}"]
    chunks = [text[at : at + _FIELD_LENGTH] for at in range(0, len(text), _FIELD_LENGTH)][: len(_PURPOSE_FIELDS)]
    parts += [f"?{code}{chunk}" for code, chunk in zip(_PURPOSE_FIELDS, chunks, strict=False)]
    if movement.iban:
        parts.append(f"?31{movement.iban}")
    name = swift_text(movement.name)[: 2 * _FIELD_LENGTH]
    parts += [f"?{code}{name[at : at + _FIELD_LENGTH]}" for code, at in (("32", 0), ("33", _FIELD_LENGTH)) if name[at:]]
    if movement.return_reason:
        parts.append(f"?34{movement.return_reason}")
    rows = ["".join(parts[at : at + 2]) for at in range(0, len(parts), 2)]
    return [f":86:{business_code}{rows[0]}", *rows[1:]]


def _side(cents: int) -> str:
    return "C" if cents >= 0 else "D"


def _comma(cents: int) -> str:
    return format_money(abs(cents)).replace(".", ",")
