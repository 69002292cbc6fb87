"""The invoice of fees as ZUGFeRD / Factur-X: the paper as PDF/A-3 with its data (CII, profile EN 16931) inside.

Fees that go back (a payment was returned) make a credit note (type 381) with positive amounts, as EN 16931 wants it. The sums are the
run's: net by rate, VAT rounded once per rate, so that paper, data and statement say the same cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from facturx import generate_cii_xml, generate_from_binary, xml_check_xsd

from kulanz.law.money import format_money, format_percent
from kulanz.payments.documents.setting import Paper, Rows, euro, german_day, percent, set_paper
from kulanz.payments.documents.statement import imprint_of
from kulanz.payments.errors import PaymentsError
from kulanz.payments.models import Agency, Remittance, RemittanceItem

_INVOICE: Final = "380"
_CREDIT_NOTE: Final = "381"
_OFFSET: Final = "97"  # UNTDID 4461: clearing between partners; the fee is kept back from the payout


class InvoiceMissing(PaymentsError):
    """Zu dieser Abrechnung gibt es keine Rechnung."""

    code, status = "invoice_missing", 404
    fix = "Eine Rechnung entsteht mit der Freigabe, wenn Honorar angefallen ist."


class _Line:
    """One position: success fees or kept costs of one rate of VAT."""

    def __init__(self, what: str, rate_bp: int, net_cents: int) -> None:
        self.what, self.rate_bp, self.net_cents = what, rate_bp, net_cents


def invoice_pdf(run: Remittance, items: Sequence[RemittanceItem], agency: Agency) -> bytes:
    """The invoice with its data inside. Raises `InvoiceMissing` if the run has none."""
    xml = invoice_xml(run, items, agency)
    paper = set_paper(invoice_paper(run, items, agency))
    # The library draws the file's number and writes the clock into it: the data is what must be the same, and it is.
    made: bytes = generate_from_binary(paper, xml, check_xsd=True, lang="de-DE", afrelationship="alternative")
    return made


def invoice_xml(run: Remittance, items: Sequence[RemittanceItem], agency: Agency) -> bytes:
    """The data alone (CII, EN 16931), checked against the schema the library brings."""
    made: bytes = generate_cii_xml(invoice_data(run, items, agency), level="en16931", check_xsd=True, check_schematron=False)
    xml_check_xsd(made, flavor="factur-x", level="en16931")
    return made


def _lines(run: Remittance, items: Sequence[RemittanceItem]) -> list[_Line]:
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for item in items:
        sums["Erfolgshonorar auf eingegangene Zahlungen", item.vat_bp] += item.fee_cents
        sums["Kosten, die Ihre Kundinnen und Kunden für unsere Tätigkeit ersetzt haben", item.vat_bp] += item.kept_cents
    found = [_Line(what, rate, net) for (what, rate), net in sums.items() if net]
    if not run.invoice_number or run.invoiced_on is None or not found:
        raise InvoiceMissing
    return found


def _sign(run: Remittance) -> int:
    """1 for an invoice, -1 for a credit note."""
    return 1 if run.fee_cents + run.kept_cents >= 0 else -1


def invoice_data(run: Remittance, items: Sequence[RemittanceItem], agency: Agency) -> dict[str, Any]:
    """The terms of EN 16931, as the library takes them."""
    sign, creditor = _sign(run), run.creditor
    lines = _lines(run, items)
    net = sum(line.net_cents for line in lines) * sign
    gross = net + run.vat_cents * sign
    period = {"BT-74": run.to_on} | ({"BT-73": run.from_on} if run.from_on else {})
    return {
        "BT-1": run.invoice_number,
        "BT-2": run.invoiced_on,
        "BT-3": _INVOICE if sign > 0 else _CREDIT_NOTE,
        "BT-5": run.currency,
        "BT-10": creditor.key,
        "BT-72": run.to_on,
        **period,
        "BT-81": _OFFSET,
        "BT-82": "Verrechnung mit der Auszahlung",
        "BT-20": _how_paid(run),
        "BT-9": run.invoiced_on,
        "BG-1": [{"BT-22": f"Abrechnung Nr. {run.number} bis {german_day(run.to_on)}"}],
        "BG-4": _seller(agency),
        "BG-7": {
            "name": creditor.legal_name,
            **_address(creditor.street, creditor.postcode, creditor.city, creditor.country),
        },
        "BG-23": [_vat(part, sign) for part in run.vat],
        "BG-25": [_position(number, line, sign) for number, line in enumerate(lines, start=1)],
        "BT-106": _amount(net),
        "BT-109": _amount(net),
        "BT-110": _amount(run.vat_cents * sign),
        "BT-112": _amount(gross),
        "BT-115": _amount(gross),
    }


def _seller(agency: Agency) -> dict[str, Any]:
    tax = {"vat_identifier": agency.vat_id} if agency.vat_id else {"tax_identifier": agency.tax_number}
    return {
        "name": agency.legal_name,
        **_address(agency.street, agency.postcode, agency.city, agency.country),
        **{key: value for key, value in tax.items() if value},
    }


def _address(street: str, postcode: str, city: str, country: str) -> dict[str, str]:
    return {"addr_l1": street, "postcode": postcode, "city": city, "country_code": country}


def _vat(part: Mapping[str, int], sign: int) -> dict[str, Any]:
    return {
        "BT-116": _amount(part["net_cents"] * sign),
        "BT-117": _amount(part["vat_cents"] * sign),
        "BT-118": "S" if part["rate_bp"] else "Z",
        "BT-119": format_percent(part["rate_bp"]),
    }


def _position(number: int, line: _Line, sign: int) -> dict[str, Any]:
    """Prices are never negative (BR-27): what goes the other way has a negative quantity."""
    cents = line.net_cents * sign
    return {
        "BT-126": str(number),
        "BT-129": "1" if cents >= 0 else "-1",
        "BT-130": "C62",
        "BT-131": _amount(cents),
        "BT-146": _amount(abs(cents)),
        "BT-151": "S" if line.rate_bp else "Z",
        "BT-152": format_percent(line.rate_bp),
        "BT-153": line.what,
    }


def _amount(cents: int) -> str:
    """The library takes amounts as text; floats would not be exact."""
    return format_money(cents)


def _how_paid(run: Remittance) -> str:
    if run.withheld_cents:
        return f"Der Betrag ist mit der Auszahlung aus Abrechnung {run.number} verrechnet. Bitte nichts überweisen."
    return "Der Betrag wird mit der nächsten Auszahlung verrechnet. Bitte nichts überweisen."


def invoice_paper(run: Remittance, items: Sequence[RemittanceItem], agency: Agency) -> Paper:
    """What the invoice says on paper; § 14 (4) UStG names what must stand there."""
    sign, creditor, lines = _sign(run), run.creditor, _lines(run, items)
    day: date = run.invoiced_on or run.prepared_at.date()
    title = f"{'Rechnung' if sign > 0 else 'Rechnungskorrektur'} {run.invoice_number}"
    net = sum(line.net_cents for line in lines) * sign
    rows = [[line.what, percent(line.rate_bp), euro(line.net_cents * sign)] for line in lines]
    sums = [["Netto", "", euro(net)]]
    sums += [
        [f"Umsatzsteuer auf {euro(part['net_cents'] * sign)}", percent(part["rate_bp"]), euro(part["vat_cents"] * sign)] for part in run.vat
    ]
    since = f"{german_day(run.from_on)} bis " if run.from_on else "bis "
    return Paper(
        title=title,
        day=day,
        sender=agency.legal_name,
        return_line=f"{agency.legal_name} · {agency.street} · {agency.postcode} {agency.city}",
        address=[creditor.legal_name, creditor.street, f"{creditor.postcode} {creditor.city}".strip()],
        info=[
            ("Rechnungsnummer" if sign > 0 else "Nummer", run.invoice_number),
            ("Datum", german_day(day)),
            ("Leistung", f"{since}{german_day(run.to_on)}"),
            ("Abrechnung", str(run.number)),
        ],
        intro=["Guten Tag,", _intro(sign)],
        tables=[
            Rows("Leistungen", ["Was", "USt", "Netto"], rows, right=1),
            Rows(
                "Summe",
                ["", "USt", "Betrag"],
                sums,
                ["Rechnungsbetrag" if sign > 0 else "Betrag zu Ihren Gunsten", "", euro(net + run.vat_cents * sign)],
            ),
        ],
        notes=[_how_paid(run), "Diese Rechnung trägt ihre Daten in sich (ZUGFeRD / Factur-X, Profil EN 16931)."],
        imprint=imprint_of(agency),
    )


def _intro(sign: int) -> str:
    if sign > 0:
        return "für unsere Arbeit im genannten Zeitraum berechnen wir:"
    return "weil Zahlungen zurückgegangen sind, geben wir Ihnen Honorar zurück:"
