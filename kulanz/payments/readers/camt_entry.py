"""One camt entry (`Ntry`) and its transactions (`TxDtls`) → lines. A collective entry is split only if its parts add up to it."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

from lxml import etree

from kulanz.payments.readers.camt_values import children, day_of, local, money, text_of
from kulanz.payments.readers.shape import NAME_MAX, StatementLine, clean, reference

_BOOKED: Final = frozenset({"BOOK", ""})
_EMPTY: Final[dict[str, etree._Element]] = {}


class Entry(NamedTuple):
    """What an entry says about itself."""

    cents: int
    currency: str
    credit: bool
    booked: bool
    booked_on: date | None
    value_on: date | None
    bank_ref: str
    reversal: bool
    info: str


class Party(NamedTuple):
    """A side of a transaction."""

    name: str = ""
    iban: str = ""
    ultimate: str = ""


class Facts(NamedTuple):
    """What one transaction inside an entry says. ``cents`` is None if it names no readable amount; ``credit`` None if it names no side."""

    cents: int | None
    currency: str
    credit: bool | None
    debtor: Party
    creditor: Party
    purpose: str
    end_to_end_id: str
    bank_ref: str
    return_reason: str
    charges_cents: int
    instructed: str


_NO_FACTS: Final = Facts(None, "", None, Party(), Party(), "", "", "", "", 0, "")


def header_of_entry(element: etree._Element) -> Entry | str:
    """Read an entry's own fields; a sentence instead says which one is unreadable."""
    parts = children(element)
    cents, currency = money(parts.get("Amt"))
    if cents is None:
        return f"Der Betrag „{text_of(parts.get('Amt'))[:30]}“ ist nicht lesbar."
    side = text_of(parts.get("CdtDbtInd"))
    if side not in {"CRDT", "DBIT"}:
        return "Es fehlt, ob es eine Gutschrift oder eine Belastung ist."
    booked_on, value_on = day_of(parts.get("BookgDt")), day_of(parts.get("ValDt"))
    for tag, what, day in (("BookgDt", "Buchungstag", booked_on), ("ValDt", "Wertstellungstag", value_on)):
        if day is None and tag in parts:
            return f"Der {what} ist kein Datum."
    status = parts.get("Sts")
    code = text_of(status) or (text_of(children(status).get("Cd")) if status is not None else "")
    return Entry(
        cents=cents,
        currency=currency,
        credit=side == "CRDT",
        booked=code in _BOOKED,
        booked_on=booked_on,
        value_on=value_on,
        bank_ref=reference(text_of(parts.get("AcctSvcrRef"))),
        reversal=text_of(parts.get("RvslInd")) in {"true", "1"},
        info=clean(text_of(parts.get("AddtlNtryInf"))),
    )


def facts_of(element: etree._Element) -> Facts:
    """Read one `TxDtls`."""
    parts = children(element)
    refs = children(parts["Refs"]) if "Refs" in parts else _EMPTY
    details = children(parts["AmtDtls"]) if "AmtDtls" in parts else _EMPTY
    cents, currency = money(parts.get("Amt"))
    if cents is None and "TxAmt" in details:
        cents, currency = money(children(details["TxAmt"]).get("Amt"))
    instructed_cents, instructed_currency = money(children(details["InstdAmt"]).get("Amt")) if "InstdAmt" in details else (None, "")
    side = text_of(parts.get("CdtDbtInd"))
    debtor, creditor = _parties(parts.get("RltdPties"))
    returned = children(parts["RtrInf"]) if "RtrInf" in parts else _EMPTY
    reason = children(returned["Rsn"]) if "Rsn" in returned else _EMPTY
    purpose = _purpose(parts.get("RmtInf"))
    return Facts(
        cents=cents,
        currency=currency,
        credit=(side == "CRDT") if side in {"CRDT", "DBIT"} else None,
        debtor=debtor,
        creditor=creditor,
        purpose=purpose or clean(text_of(parts.get("AddtlTxInf"))),
        end_to_end_id=reference(text_of(refs.get("EndToEndId"))),
        bank_ref=reference(text_of(refs.get("AcctSvcrRef"))),
        return_reason=clean(text_of(reason.get("Cd")) or text_of(reason.get("Prtry")), 10) or ("?" if returned else ""),
        charges_cents=_charges(element) if "Chrgs" in parts else 0,
        instructed=f"{instructed_cents // 100}.{instructed_cents % 100:02d} {instructed_currency}" if instructed_cents else "",
    )


def _charges(element: etree._Element) -> int:
    """Charges in cents: version 2 repeats `Chrgs` with `Amt`, later ones hold `Rcrd` records."""
    total = 0
    for charge in element:
        if local(charge) == "Chrgs":
            amounts = [child for child in charge if local(child) == "Amt"]
            amounts += [child for record in charge if local(record) == "Rcrd" for child in record if local(child) == "Amt"]
            total += sum(money(amount)[0] or 0 for amount in amounts)
    return total


def _parties(element: etree._Element | None) -> tuple[Party, Party]:
    if element is None:
        return Party(), Party()
    parts = children(element)
    debtor = Party(_name(parts.get("Dbtr")), _iban(parts.get("DbtrAcct")), _name(parts.get("UltmtDbtr")))
    creditor = Party(_name(parts.get("Cdtr")), _iban(parts.get("CdtrAcct")), _name(parts.get("UltmtCdtr")))
    return debtor, creditor


def _name(party: etree._Element | None) -> str:
    """A party's name: direct in versions to 4, inside `Pty` from 8 on, or that of a bank (`Agt/FinInstnId`)."""
    if party is None:
        return ""
    parts = children(party)
    if "Pty" in parts:
        parts = children(parts["Pty"])
    elif "Agt" in parts:
        bank = children(parts["Agt"]).get("FinInstnId")
        parts = children(bank) if bank is not None else _EMPTY
    return clean(text_of(parts.get("Nm")), NAME_MAX)


def _iban(account: etree._Element | None) -> str:
    identification = children(account).get("Id") if account is not None else None
    if identification is None:
        return ""
    parts = children(identification)
    written = text_of(parts.get("IBAN")) or (text_of(children(parts["Othr"]).get("Id")) if "Othr" in parts else "")
    return re.sub(r"\s", "", clean(written, 60)).upper()


def _purpose(remittance: etree._Element | None) -> str:
    """Free and structured remittance text in the file's order: every reference a payer may have used must be found."""
    if remittance is None:
        return ""
    words: list[str] = []
    for part in remittance:
        name = local(part)
        if name == "Ustrd":
            words.append(part.text or "")
        elif name == "Strd":
            words += [
                leaf.text or "" for leaf in part.iter() if local(leaf) in {"Ref", "Nb", "AddtlRmtInf"} and leaf.text and leaf.text.strip()
            ]
    return clean(" ".join(words))


def lines_of(entry: Entry, facts: list[Facts], booked_on: date, *, account: str, line: int) -> list[StatementLine]:
    """The lines of a booked entry: one per transaction if their amounts are all there and add up to it, else one for the whole.

    Transactions without a reference of their own get the entry's with their position, so that each keeps one identity.
    """
    total = entry.cents if entry.credit else -entry.cents
    if len(facts) <= 1:
        return [_line(entry, facts[0] if facts else None, booked_on, account, total, entry.bank_ref, line)]
    signed = [cents for fact in facts if (cents := _signed(fact, entry)) is not None]
    if len(signed) == len(facts) and sum(signed) == total:
        refs = [f"{entry.bank_ref}/{position}" if entry.bank_ref else "" for position in range(1, len(facts) + 1)]
        return [_line(entry, *one, line) for one in zip(facts, [booked_on] * len(facts), [account] * len(facts), signed, refs, strict=True)]
    whole = _line(entry, None, booked_on, account, total, entry.bank_ref, line)
    purpose = clean(" | ".join(" ".join(filter(None, (fact.debtor.name, fact.purpose, fact.end_to_end_id))) for fact in facts))
    return [whole._replace(purpose=purpose or whole.purpose)]


def _signed(fact: Facts, entry: Entry) -> int | None:
    if fact.cents is None or fact.currency != entry.currency:
        return None
    credit = entry.credit if fact.credit is None else fact.credit
    return fact.cents if credit else -fact.cents


def _line(entry: Entry, fact: Facts | None, booked_on: date, account: str, amount_cents: int, bank_ref: str, line: int) -> StatementLine:
    if fact is None:
        fact = _NO_FACTS
    other = _counterparty(fact, account, credit=amount_cents >= 0)
    return StatementLine(
        booked_on=booked_on,
        value_on=entry.value_on,
        amount_cents=amount_cents,
        currency=entry.currency,
        purpose=fact.purpose or entry.info,
        counterparty_name=other.name,
        counterparty_iban=other.iban,
        end_to_end_id=fact.end_to_end_id,
        bank_ref=fact.bank_ref or bank_ref,
        line=line,
        on_behalf_of=other.ultimate if other.ultimate != other.name else "",
        reversal=entry.reversal,
        return_reason=fact.return_reason,
        charges_cents=fact.charges_cents,
        instructed=fact.instructed,
    )


def _counterparty(fact: Facts, account: str, *, credit: bool) -> Party:
    """Who stands on the other side: the debtor of a credit, the creditor of a debit; of a returned payment its original other side."""
    first, second = (fact.debtor, fact.creditor) if credit else (fact.creditor, fact.debtor)
    if fact.return_reason or (first.iban and first.iban == account):
        first, second = second, first
    return first if first.name or first.iban or not (second.name and second.iban != account) else second
