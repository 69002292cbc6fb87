"""Settlement files of payment providers (CSV): each row as what it means for a payment, a fee or a payout.

Stripe: the reports "balance change from activity" and "payout reconciliation", itemized. PayPal: "Aktivitäten herunterladen", German.
What cannot be read is named and left out; what can be read and means nothing here is `LineKind.OTHER`, for a person.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kulanz.payments.providers.port import LineKind
from kulanz.payments.readers.bank_csv import CSV_BYTES_MAX, UnreadableRow, cents_of, find_profile, rows_below
from kulanz.payments.readers.csv_profile import CsvProfile
from kulanz.payments.readers.shape import ENTRIES_MAX, TOO_MANY, Problem, clean

PROVIDERS: Final = ("stripe", "paypal")
_PROBLEMS_MAX: Final = 200
_NAME_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """One row. Gross is signed from our side, the fee positive when it costs us. `ref` is the provider's own name of the row.

    `payout_ref` names the payout the row belongs to; `is_payout` says that the row is the payout itself (then gross is what left the
    provider, negative). `what` is the provider's own word for it.
    """

    ref: str
    kind: LineKind
    refs: tuple[str, ...]
    gross_cents: int
    fee_cents: int
    currency: str
    on: date
    line: int
    what: str
    payout_ref: str = ""
    arrival_on: date | None = None
    is_payout: bool = False


@dataclass(frozen=True, slots=True)
class SettlementFile:
    """What a settlement file says."""

    name: str
    provider: str
    rows: tuple[SettlementRow, ...]
    problems: tuple[Problem, ...]

    @property
    def net_cents(self) -> int:
        return sum(row.gross_cents - row.fee_cents for row in self.rows)


def read_settlement(data: bytes, name: str) -> SettlementFile | None:
    """Read a provider's settlement file; None if the file is none. Never raises for bad input."""
    if len(data) > CSV_BYTES_MAX or data[:2] == b"PK":
        return None
    found = find_profile(data)
    if found is None or found[0].key not in PROVIDERS:
        return None
    profile = found[0]
    rows: list[SettlementRow] = []
    problems: list[Problem] = []
    try:
        for line, cells in rows_below(data, profile):
            if len(rows) >= ENTRIES_MAX:
                return SettlementFile(name, profile.key, (), (Problem(name, 0, TOO_MANY, "statement_too_large"),))
            try:
                rows += _READ[profile.key](profile, line, cells)
            except UnreadableRow as unreadable:
                if len(problems) < _PROBLEMS_MAX:
                    reason = f"{unreadable} Die Zeile wurde nicht übernommen."
                    problems.append(Problem(name, line, reason, "settlement_bad_row", refuses=False))
    except (csv.Error, UnicodeDecodeError):
        reason = "Die CSV-Datei ist beschädigt: Eine Zeile oder ein Feld ist zu lang, nicht geschlossen oder falsch kodiert."
        return SettlementFile(name, profile.key, (), (Problem(name, 0, reason, "statement_csv_damaged"),))
    return SettlementFile(name, profile.key, tuple(rows), tuple(problems))


_STRIPE_KINDS: Final = {
    "charge": LineKind.PAYMENT,
    "refund": LineKind.REFUND,
    "refund_failure": LineKind.REFUND,
    "dispute": LineKind.CHARGEBACK,
    "dispute_reversal": LineKind.CHARGEBACK,
    "fee": LineKind.FEE,
    "network_cost": LineKind.FEE,
}
"""Stripe's reporting categories; everything else (top-ups, transfers, adjustments) is for a person."""

_STRIPE_NAMES: Final = ("source_id", "payment_intent_id", "charge_id", "payment_metadata[kulanz_checkout]", "balance_transaction_id")


def _stripe(profile: CsvProfile, line: int, cells: dict[str, str]) -> Iterator[SettlementRow]:
    """One balance transaction. Its payout is named where the report is the one about payouts."""
    what = cells.get("reporting_category", "")
    if what == "payout":
        return  # the report about payouts leaves them out, the one about the balance lists them apart
    kind = _STRIPE_KINDS.get(what, LineKind.OTHER)
    gross, fee = cents_of(cells.get("gross", ""), profile.decimal), cents_of(cells.get("fee", "") or "0", profile.decimal)
    if kind is LineKind.FEE:  # a fee of its own stands there as a negative gross
        gross, fee = 0, fee - gross
    arrival = cells.get("automatic_payout_effective_at_utc") or cells.get("automatic_payout_effective_at", "")
    yield SettlementRow(
        ref=_ref(cells.get("balance_transaction_id", "")),
        kind=kind,
        refs=_names(cells, _STRIPE_NAMES),
        gross_cents=gross,
        fee_cents=fee,
        currency=_currency(cells.get("currency", "")),
        on=_day(cells.get("created_utc") or cells.get("created", ""), profile.dates),
        line=line,
        what=clean(what, 40),
        payout_ref=cells.get("automatic_payout_id", "")[:_NAME_MAX],
        arrival_on=_day(arrival, profile.dates) if arrival else None,
    )


_PAYPAL_PAYOUTS: Final = ("Allgemeine Abbuchung", "Von Nutzer eingeleitete Abbuchung")
_PAYPAL_BACK: Final = ("Rückzahlung", "Rückbuchung", "Zahlungsrückbuchung", "Zahlungsstornierung")
_PAYPAL_FEES: Final = ("Gebühr", "Allgemeine Gebühr")
_PAYPAL_NAMES: Final = ("Transaktionscode", "Zugehöriger Transaktionscode", "Rechnungsnummer", "Zollnummer")
"""`Zollnummer` is how the German page translates "custom number": there stands our own number of the payment."""


def _paypal(profile: CsvProfile, line: int, cells: dict[str, str]) -> Iterator[SettlementRow]:
    """One movement of the PayPal balance; rows that do not change it, and announced ones, are passed over."""
    if any(cells.get(column, "") not in values for column, values in profile.only.items()):
        return
    if any(cells.get(column, "") in values for column, values in profile.pending.items()):
        return
    what = cells.get("Typ", "")
    gross, fee = cents_of(cells.get("Brutto", ""), profile.decimal), -cents_of(cells.get("Gebühr", "") or "0", profile.decimal)
    names = _names(cells, _PAYPAL_NAMES)
    kind, is_payout = _paypal_kind(what, cells.get("Transaktionsereigniscode", ""), gross)
    if kind is LineKind.FEE:
        gross, fee = 0, fee - gross
    ref = _ref(cells.get("Transaktionscode", ""))
    on = _day(cells.get("Datum", ""), profile.dates)
    yield SettlementRow(
        ref=ref,
        kind=kind,
        refs=names,
        gross_cents=gross,
        fee_cents=fee,
        currency=_currency(cells.get("Währung", "")),
        on=on,
        line=line,
        what=clean(what, 40),
        payout_ref=ref if is_payout else "",
        arrival_on=on if is_payout else None,
        is_payout=is_payout,
    )


def _paypal_kind(what: str, code: str, gross: int) -> tuple[LineKind, bool]:
    """What a row is: by PayPal's event code where the file has it (T04: to the bank), else by the word in `Typ`."""
    if gross < 0 and (code.startswith("T04") if code else any(what.startswith(word) for word in _PAYPAL_PAYOUTS)):
        return LineKind.OTHER, "Kreditkarte" not in what
    if code.startswith("T01") or what in _PAYPAL_FEES:
        return LineKind.FEE, False
    if code.startswith("T12") or code in ("T1106", "T1108", "T1110", "T1111"):
        return LineKind.CHARGEBACK, False
    if code.startswith("T11") or any(what.startswith(word) for word in _PAYPAL_BACK):
        return LineKind.REFUND, False
    payment = code.startswith("T00") if code else "zahlung" in what.lower()
    return (LineKind.PAYMENT if payment and gross > 0 else LineKind.OTHER), False


_READ: Final[dict[str, Callable[[CsvProfile, int, dict[str, str]], Iterator[SettlementRow]]]] = {"stripe": _stripe, "paypal": _paypal}


def _names(cells: dict[str, str], columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cells[column][:_NAME_MAX] for column in columns if cells.get(column)))


def _ref(written: str) -> str:
    if not written:
        raise UnreadableRow("Die Zeile hat keine Nummer des Anbieters.")
    return written[:_NAME_MAX]


def _currency(written: str) -> str:
    found = written.strip().upper()
    if len(found) != 3 or not found.isalpha() or not found.isascii():
        raise UnreadableRow("Die Währung fehlt oder ist keine.")
    return found


def _day(written: str, patterns: tuple[str, ...]) -> date:
    for pattern in patterns:
        try:
            return datetime.strptime(written, pattern).date()  # noqa: DTZ007  (only the day counts)
        except ValueError:
            continue
    raise UnreadableRow(f"„{clean(written, 40)}“ ist kein Datum." if written else "Das Datum fehlt.")
