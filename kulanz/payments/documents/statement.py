"""The remittance statement (`Abrechnung`): what came in, our fees, what is paid out, every line with its case and bank line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from kulanz.claims.models import Creditor
from kulanz.law.money import format_money
from kulanz.payments.documents.setting import Paper, Rows, euro, german_day, percent, set_paper
from kulanz.payments.models import Agency, Remittance, RemittanceItem
from kulanz.payments.rules.remit import Via, Why

KINDS: Final = {
    "payment": "Zahlung",
    "assignment": "Zahlung",
    "chargeback": "Rückgabe",
    "refund": "Rückzahlung",
    "reversal": "Rücknahme",
    "correction": "Neu verrechnet",
    "payout": "Einbehalten",
}
WAYS: Final = {Via.BANK.value: "auf unser Konto", Via.PROVIDER.value: "über Zahlungsdienst", Via.DIRECT.value: "direkt an Sie"}
WHY: Final = {
    Why.PAID.value: "",
    Why.NOTHING.value: "Eingang und Honorar gleichen sich aus, daher wird nichts ausgezahlt.",
    Why.BELOW_THRESHOLD.value: "Der Betrag liegt unter der vereinbarten Auszahlungsgrenze und geht in die nächste Abrechnung ein.",
    Why.OWED_TO_US.value: "Das Guthaben reicht nicht für unser Honorar und zurückgegangene Zahlungen. Der Rest wird mit der nächsten"
    " Abrechnung verrechnet.",
    Why.NOT_HERE_YET.value: "Ein Teil ist noch nicht auf unserem Konto angekommen. Er geht in die nächste Abrechnung ein.",
}


def statement_paper(run: Remittance, items: Sequence[RemittanceItem], agency: Agency) -> Paper:
    """What the statement says. The figures are the run's own; nothing is computed anew."""
    creditor: Creditor = run.creditor
    since = f"{german_day(run.from_on)} bis " if run.from_on else "bis "
    info = [
        ("Abrechnung", str(run.number)),
        ("Zeitraum", f"{since}{german_day(run.to_on)}"),
        ("Erstellt", german_day(run.prepared_at.date())),
    ]
    if run.invoice_number:
        info.append(("Rechnung", run.invoice_number))
    notes = [text for text in [WHY[run.why]] if text]
    if any(item.overpaid_cents for item in items):
        notes.append("Zu viel gezahlte Beträge gehören den Zahlenden. Sie bleiben auf dem Konto, bis sie zurückgezahlt sind.")
    if run.payout_cents:
        terms = run.terms
        notes.insert(0, f"Wir überweisen den Betrag auf das Konto {_grouped(terms.payout_iban)} ({terms.payout_name}).")
    return Paper(
        title=f"Abrechnung Nr. {run.number}",
        day=run.prepared_at.date(),
        sender=agency.legal_name,
        return_line=f"{agency.legal_name} · {agency.street} · {agency.postcode} {agency.city}",
        address=[creditor.legal_name, creditor.street, f"{creditor.postcode} {creditor.city}".strip()],
        info=info,
        intro=["Guten Tag,", "hier sehen Sie jede Zahlung Ihrer Kundinnen und Kunden, unser Honorar und was wir Ihnen überweisen."],
        tables=[_sums(run)],
        details=[_items(items)],
        result=[("Wir überweisen Ihnen" if run.payout_cents else "Auszahlung"), euro(run.payout_cents)],
        notes=notes,
        imprint=imprint_of(agency),
    )


def statement_pdf(run: Remittance, items: Sequence[RemittanceItem], agency: Agency) -> bytes:
    """The statement as PDF."""
    return set_paper(statement_paper(run, items, agency))


def _items(items: Sequence[RemittanceItem]) -> Rows:
    rows = [
        [
            german_day(item.occurred_on),
            f"{item.debtor_name}\n{_grouped(item.reference)} · {item.invoices}\n{KINDS[item.kind]} {WAYS[item.via]}"
            + (f", Bankumsatz {item.line_id}" if item.line_id else ""),
            euro(item.principal_cents),
            euro(item.interest_cents),
            euro(item.costs_cents),
            euro(item.handed_cents),
            euro(item.kept_cents + item.fee_cents),
        ]
        for item in items
    ]
    total = ["", "Summe"] + [
        euro(sum(getattr(item, name) for item in items)) for name in ("principal_cents", "interest_cents", "costs_cents", "handed_cents")
    ]
    return Rows(
        "Zahlungen",
        ["Tag", "Wofür", "Hauptford.", "Zinsen", "Kosten", "bei uns", "Honorar"],
        rows,
        [*total, euro(sum(item.kept_cents + item.fee_cents for item in items))],
        about="Honorar netto. „Bei uns“ ist, was davon für Sie auf unserem Konto liegt; was Sie selbst erhalten haben, steht mit null.",
        right=2,
        wide=1,
    )


def _sums(run: Remittance) -> Rows:
    lines = [
        ("Vortrag aus der letzten Abrechnung", run.carried_in_cents),
        ("Eingang für Sie", run.handed_cents),
        ("Erfolgshonorar", -run.fee_cents),
        ("Kosten, die uns zustehen", -run.kept_cents),
        *((f"Umsatzsteuer {percent(part['rate_bp'])} auf {euro(part['net_cents'])}", -part["vat_cents"]) for part in run.vat),
        ("Auszahlung", -run.payout_cents),
    ]
    rows = [[what, euro(cents)] for what, cents in lines if cents]
    return Rows("Zusammenfassung", ["", "Betrag"], rows, ["Vortrag auf die nächste Abrechnung", euro(run.carried_out_cents)])


def imprint_of(agency: Agency) -> list[str]:
    """Who writes: firm, address, tax numbers, how to reach them."""
    tax = [f"USt-IdNr. {agency.vat_id}" if agency.vat_id else "", f"Steuernummer {agency.tax_number}" if agency.tax_number else ""]
    first = f"{agency.legal_name}, {agency.street}, {agency.postcode} {agency.city}"
    return [first, " · ".join(part for part in (*tax, agency.email) if part)]


CSV_HEAD: Final = (
    "Tag", "Art", "Weg", "Aktenzeichen", "Name", "Rechnungen", "Hauptforderung", "Zinsen", "Kosten", "Überzahlung", "Für Sie",
    "Einbehalten", "Honorar netto", "USt-Satz", "Bankumsatz", "Buchung",
)  # fmt: skip


def statement_rows(items: Sequence[RemittanceItem]) -> list[list[object]]:
    """The rows of the statement as plain values, amounts with a decimal comma."""
    return [
        [
            german_day(item.occurred_on), KINDS[item.kind], WAYS[item.via], item.reference, item.debtor_name, item.invoices,
            _comma(item.principal_cents), _comma(item.interest_cents), _comma(item.costs_cents), _comma(item.overpaid_cents),
            _comma(item.handed_cents), _comma(item.kept_cents), _comma(item.fee_cents), percent(item.vat_bp),
            item.line_id or "", item.entry_id,
        ]
        for item in items
    ]  # fmt: skip


def statement_csv(items: Sequence[RemittanceItem]) -> bytes:
    """The rows as a German CSV file with byte-order mark; names cannot become formulas of a spreadsheet."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(CSV_HEAD)
    for row in statement_rows(items):
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+@\t\r" and cell else cell for cell in row])
    return ("\ufeff" + buffer.getvalue()).encode()


def _comma(cents: int) -> str:
    return format_money(cents).replace(".", ",")


def _grouped(code: str) -> str:
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))
