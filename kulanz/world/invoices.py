"""Invoices of the world, and the export files in which a creditor hands them in."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from kulanz.law.money import format_money
from kulanz.world.dice import dice
from kulanz.world.firms import Firm
from kulanz.world.people import Person

_SECOND_INVOICE, _THIRD_INVOICE = 0.20, 0.06
_BETWEEN_DAYS: Final = 30
_MONTHS: Final = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember")


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice as its creditor issued it."""

    number: str
    person: Person
    invoiced_on: date
    due_on: date
    cents: int
    subject: str


def draw_invoices(seed: int, firm: Firm, people: Sequence[Person], *, first_day: date, last_day: date) -> list[Invoice]:
    """All invoices a firm issues between two days, in the order of their numbers: each person gets one to three."""
    wanted: list[tuple[date, Person, int]] = []
    span = (last_day - first_day).days
    for person in people:
        stream = dice(seed, firm.key, person.number, "invoices")
        at = stream.random()
        count = 3 if at < _THIRD_INVOICE else 2 if at < _THIRD_INVOICE + _SECOND_INVOICE else 1
        issued_on = first_day + timedelta(days=stream.randrange(max(1, span - 4)))
        for _ in range(count):
            if issued_on <= last_day:
                wanted.append((issued_on, person, firm.amount_cents(stream, business=person.kind == "company")))
            issued_on += timedelta(days=_BETWEEN_DAYS + stream.randrange(5))
    wanted.sort(key=lambda each: (each[0], each[1].number))
    return [
        Invoice(
            number=firm.invoice_number(issued_on.year, 10_000 + running),
            person=person,
            invoiced_on=issued_on,
            due_on=issued_on + timedelta(days=firm.term_days),
            cents=cents,
            subject=subject_of(seed, firm, person, issued_on),
        )
        for running, (issued_on, person, cents) in enumerate(wanted, start=1)
    ]


def subject_of(seed: int, firm: Firm, person: Person, issued_on: date) -> str:
    """What an invoice is about."""
    what = dice(seed, firm.key, person.number, "subject", issued_on).choice(firm.subjects)
    if firm.key == "nordlicht" and not what.startswith("Jahr"):
        month = _MONTHS[(issued_on.replace(day=1) - timedelta(days=1)).month - 1]
        return f"{what}, {month} {issued_on.year if issued_on.month > 1 else issued_on.year - 1}"
    return what


def export_file(firm: Firm, invoices: Sequence[Invoice]) -> bytes:
    """The firm's own export of these invoices, as its system writes it."""
    rows = _of_utility(invoices) if firm.key == "nordlicht" else _of_shop(invoices)
    delimiter, encoding = (";", "utf-8-sig") if firm.key == "nordlicht" else (",", "utf-8")
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return sink.getvalue().encode(encoding)


_UTILITY_HEADER: Final = (
    "Kundennr", "Art", "Anrede", "Titel", "Vorname", "Nachname", "Firma", "Straße", "PLZ", "Ort", "Land", "Sprache", "E-Mail", "Telefon",
    "Rechnungsnr", "Rechnungsdatum", "Fällig am", "Betrag", "Leistung",
)  # fmt: skip
_SHOP_HEADER: Final = (
    "order", "date", "customer", "type", "first_name", "last_name", "company", "address", "zip", "city", "state", "locale", "email",
    "total", "items",
)  # fmt: skip


def _of_utility(invoices: Sequence[Invoice]) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [_UTILITY_HEADER]
    for invoice in invoices:
        person = invoice.person
        rows.append(
            (
                person.customer_number,
                "F" if person.kind == "company" else "P",
                person.salutation.capitalize(),
                person.title,
                person.given_name,
                person.family_name,
                person.company_name,
                person.street,
                person.postcode,
                person.city,
                person.land,
                person.language,
                person.email,
                person.phone,
                invoice.number,
                f"{invoice.invoiced_on:%d.%m.%Y}",
                f"{invoice.due_on:%d.%m.%Y}",
                german_amount(invoice.cents),
                invoice.subject,
            )
        )
    return rows


def _of_shop(invoices: Sequence[Invoice]) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [_SHOP_HEADER]
    for invoice in invoices:
        person = invoice.person
        rows.append(
            (
                invoice.number,
                invoice.invoiced_on.isoformat(),
                person.customer_number,
                person.kind,
                person.given_name,
                person.family_name,
                person.company_name,
                person.street,
                person.postcode,
                person.city,
                person.land,
                person.language,
                person.email,
                format_money(invoice.cents),
                invoice.subject,
            )
        )
    return rows


def german_amount(cents: int) -> str:
    """``123456`` → ``1.234,56``."""
    units, _, fraction = format_money(cents).partition(".")
    return f"{int(units):,}".replace(",", ".") + f",{fraction}"


def broken_export(firm: Firm, invoices: Sequence[Invoice]) -> bytes:
    """An export as it comes on a bad day: a date that does not exist, no amount, words for an amount, a negative one, a number twice."""
    rows = _of_utility(invoices)
    spoiled: list[Sequence[str]] = [rows[0]]
    date_at, amount_at, number_at = (_UTILITY_HEADER.index(name) for name in ("Rechnungsdatum", "Betrag", "Rechnungsnr"))
    damages = {
        2: (date_at, "31.11.2026"),
        4: (amount_at, ""),
        6: (amount_at, "siehe Anlage"),
        8: (amount_at, "-12,50"),
        10: (date_at, "heute"),
    }
    for position, row in enumerate(rows[1:]):
        cells = list(row)
        if position in damages:
            place, text = damages[position]
            cells[place] = text
        spoiled.append(cells)
    twice = list(rows[2])
    twice[number_at] = rows[1][number_at]
    spoiled.append(twice)
    sink = io.StringIO()
    csv.writer(sink, delimiter=";", lineterminator="\r\n").writerows(spoiled)
    return sink.getvalue().encode("utf-8-sig")
