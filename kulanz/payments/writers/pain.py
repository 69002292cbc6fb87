"""pain.008.001.08 (direct debits) and pain.001.001.09 (transfers), made by `sepaxml`, then put into one fixed form and validated.

The library draws random numbers and reads the clock; both are replaced by what the caller says, so that the same order is the same file
byte for byte, and its number at the bank (MsgId) is the one we stored. The finished file is checked against the schema of the standard:
one that does not fit never leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

import sepaxml
from lxml import etree

from kulanz.law.money import format_money
from kulanz.payments.debit_errors import OrderInvalid
from kulanz.payments.rules.sepa_ids import ID_MAX, sepa_text

DEBIT_SCHEMA: Final = "pain.008.001.08"
TRANSFER_SCHEMA: Final = "pain.001.001.09"
NAME_MAX: Final = 70
PURPOSE_MAX: Final = 140
_ZONE: Final = ZoneInfo("Europe/Berlin")
_SUFFIX_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class Party:
    """Whose account the money reaches or leaves. `creditor_id` is needed for direct debits only."""

    name: str
    iban: str
    bic: str = ""
    creditor_id: str = ""
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Debit:
    """One collection: from whom, how much (cents), under which mandate, when, and as which kind (`FRST`, `RCUR`, `OOFF`)."""

    name: str
    iban: str
    bic: str
    cents: int
    mandate: str
    signed_on: date
    due_on: date
    sequence: str
    end_to_end_id: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment out: to whom, how much (cents), why."""

    name: str
    iban: str
    bic: str
    cents: int
    end_to_end_id: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file with its control totals as they stand in it."""

    content: bytes
    schema: str
    count: int
    sum_cents: int

    @property
    def sha256(self) -> str:
        """The hash of the file, to compare with what was uploaded."""
        return hashlib.sha256(self.content).hexdigest()


def debit_file(party: Party, debits: Sequence[Debit], *, message_id: str, now: datetime, single_bookings: bool = True) -> Written:
    """Write collections, grouped by due day and kind. Raises `OrderInvalid` if the standard does not take it."""
    config = _config(party) | {"creditor_id": party.creditor_id, "instrument": "CORE"}
    made = sepaxml.SepaDD(config, schema=DEBIT_SCHEMA, clean=True)
    ordered = sorted(debits, key=lambda one: (one.due_on, one.sequence, one.end_to_end_id))
    for debit in ordered:
        payment = _payment(debit) | {
            "type": debit.sequence,
            "collection_date": debit.due_on,
            "mandate_id": debit.mandate,
            "mandate_date": debit.signed_on,
        }
        made.add_payment(payment)
    return _finish(made, DEBIT_SCHEMA, [debit.cents for debit in ordered], message_id, now=now, single_bookings=single_bookings)


def transfer_file(party: Party, transfers: Sequence[Transfer], *, message_id: str, on: date, now: datetime) -> Written:
    """Write transfers to be executed on one day. Raises `OrderInvalid` if the standard does not take it."""
    made = sepaxml.SepaTransfer(_config(party), schema=TRANSFER_SCHEMA, clean=True)
    ordered = sorted(transfers, key=lambda one: one.end_to_end_id)
    for transfer in ordered:
        made.add_payment(_payment(transfer) | {"execution_date": on})
    return _finish(made, TRANSFER_SCHEMA, [one.cents for one in ordered], message_id, now=now, single_bookings=True)


def _config(party: Party) -> dict[str, Any]:
    bic = {"BIC": party.bic} if party.bic else {}
    return {"name": sepa_text(party.name, NAME_MAX), "IBAN": party.iban, "batch": True, "currency": party.currency, **bic}


def _payment(one: Debit | Transfer) -> dict[str, Any]:
    """What collections and transfers have in common. `sepaxml` takes amounts in integer cents."""
    bic = {"BIC": one.bic} if one.bic else {}
    return {
        "name": sepa_text(one.name, NAME_MAX),
        "IBAN": one.iban,
        "amount": one.cents,
        "endtoend_id": one.end_to_end_id,
        "description": sepa_text(one.purpose, PURPOSE_MAX),
        **bic,
    }


def _finish(made: Any, schema: str, cents: Sequence[int], message_id: str, *, now: datetime, single_bookings: bool) -> Written:
    """Replace what was drawn at random, say what is not provided, check everything."""
    if not cents or min(cents) <= 0 or len(message_id) > ID_MAX - _SUFFIX_MAX:
        raise OrderInvalid("Ein Auftrag ohne Posten, mit einem Betrag von null oder mit einer zu langen Nummer.")
    root = etree.fromstring(made.export(validate=False))
    find = _finder(root, schema)
    find("GrpHdr/MsgId")[0].text = message_id
    find("GrpHdr/CreDtTm")[0].text = now.astimezone(_ZONE).strftime("%Y-%m-%dT%H:%M:%S")
    for number, identifier in enumerate(find("PmtInf/PmtInfId"), start=1):
        identifier.text = f"{message_id}-{number}"
    for booking in find("PmtInf/BtchBookg"):
        booking.text = "false" if single_bookings else "true"
    for agent in root.iter(f"{{{_namespace(schema)}}}FinInstnId"):
        if len(agent) == 0:
            other = etree.SubElement(etree.SubElement(agent, f"{{{_namespace(schema)}}}Othr"), f"{{{_namespace(schema)}}}Id")
            other.text = "NOTPROVIDED"
    total = sum(cents)
    if find("GrpHdr/CtrlSum")[0].text != format_money(total) or find("GrpHdr/NbOfTxs")[0].text != str(len(cents)):
        raise OrderInvalid("Die Kontrollsummen der Datei stimmen nicht.")
    checked = _schema(schema)
    if not checked.validate(root):
        raise OrderInvalid(f"Die Datei entspricht nicht dem Standard {schema}: {checked.error_log.last_error}")
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return Written(content, schema, len(cents), total)


def _namespace(schema: str) -> str:
    return f"urn:iso:std:iso:20022:tech:xsd:{schema}"


def _finder(root: etree._Element, schema: str) -> Callable[[str], list[etree._Element]]:
    """A search for a path below the message element."""

    def find(path: str) -> list[etree._Element]:
        steps = "/".join(f"{{{_namespace(schema)}}}{step}" for step in path.split("/"))
        return root[0].findall(steps)

    return find


@cache
def _schema(schema: str) -> etree.XMLSchema:
    """The schema of the standard, as the library brings it."""
    with (files("sepaxml") / "schemas" / f"{schema}.xsd").open("rb") as file:
        return etree.XMLSchema(etree.parse(file))
