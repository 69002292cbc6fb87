"""Statement, list and invoice say the same cents as the run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from facturx import get_facturx_xml_from_pdf, get_level, parse_ubl_cii_xml, xml_check_xsd
from lxml import etree
from pypdf import PdfReader

from kulanz.claims.models import Creditor
from kulanz.payments.documents.invoice import InvoiceMissing, invoice_pdf, invoice_xml
from kulanz.payments.documents.statement import CSV_HEAD, statement_csv, statement_pdf
from kulanz.payments.models import Agency, MandateTerms, Remittance, RemittanceItem
from tests.factories import DAY, NOW


def agency() -> Agency:
    return Agency(
        legal_name="Fair Inkasso GmbH", street="Am Markt 1", postcode="28195", city="Bremen", vat_id="DE123456789", email="k@fair.example"
    )


def item(sign: int = 1, *, name: str = "Elif Yılmaz", via: str = "bank", line: int | None = 17, entry: int = 1) -> RemittanceItem:
    return RemittanceItem(
        occurred_on=DAY,
        kind="payment" if sign > 0 else "chargeback",
        via=via,
        line_id=line,
        reference="RF18539007547034",
        debtor_name=name,
        invoices="2026-00001",
        principal_cents=sign * 8490,
        interest_cents=sign * 13,
        costs_cents=sign * 3240,
        overpaid_cents=0,
        handed_cents=sign * 11743 if via != "direct" else 0,
        kept_cents=sign * 3240,
        fee_cents=sign * 849,
        vat_bp=1900,
        entry_id=entry,
    )


def run_of(items: list[RemittanceItem], *, number: str = "K-2026-00001") -> Remittance:
    fee, kept = sum(one.fee_cents for one in items), sum(one.kept_cents for one in items)
    vat = (abs(fee + kept) * 19 + 50) // 100 * (1 if fee + kept >= 0 else -1)
    handed = sum(one.handed_cents for one in items)
    total = handed - fee - kept - vat
    return Remittance(
        creditor=Creditor(
            key="nord", legal_name="Nordlicht Energie GmbH", street="Hafenstraße 4", postcode="24103", city="Kiel", country="DE"
        ),
        terms=MandateTerms(payout_name="Nordlicht Energie GmbH", payout_iban="DE02100500000054540402"),
        number=3,
        currency="EUR",
        from_on=date(2026, 2, 1),
        to_on=date(2026, 2, 28),
        carried_in_cents=0,
        handed_cents=handed,
        fee_cents=fee,
        kept_cents=kept,
        vat=[{"rate_bp": 1900, "net_cents": fee + kept, "vat_cents": vat}],
        vat_cents=vat,
        payout_cents=max(0, total),
        carried_out_cents=min(0, total),
        withheld_cents=max(0, fee + kept + vat),
        why="paid",
        prepared_at=NOW,
        invoice_number=number,
        invoiced_on=DAY if number else None,
    )


def words_of(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).replace("\xa0", " ").replace("\n", " ")


def test_the_statement_names_every_payment_and_ends_in_what_is_paid_out() -> None:
    items = [item(), item(via="direct", line=None, entry=2)]
    text = words_of(statement_pdf(run_of(items), items, agency()))
    for words in (
        "Abrechnung Nr. 3",
        "Bankumsatz 17",
        "direkt an Sie",
        "2026-00001",
        "Wir überweisen Ihnen",
        "DE02 1005 0000 0054 5404 02",
    ):
        assert words in text, words
    net = 2 * (849 + 3240)
    payout = 11743 - net - 1554
    assert f"{payout // 100},{payout % 100:02d} €" in text


def test_the_same_statement_is_the_same_file() -> None:
    items = [item()]
    assert statement_pdf(run_of(items), items, agency()) == statement_pdf(run_of(items), items, agency())


def test_the_list_has_a_column_for_everything_and_no_formula() -> None:
    items = [item(name="=HYPERLINK(1)")]
    rows = statement_csv(items).decode("utf-8-sig").split("\r\n")
    assert rows[0] == ";".join(CSV_HEAD)
    assert "'=HYPERLINK(1)" in rows[1] and ";84,90;0,13;32,40;" in rows[1]


def test_the_invoice_carries_data_that_pass_the_schema_of_en_16931() -> None:
    items = [item()]
    pdf = invoice_pdf(run_of(items), items, agency())
    name, xml = get_facturx_xml_from_pdf(pdf)
    assert name == "factur-x.xml"
    assert xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert get_level(etree.fromstring(xml)) == "en16931"
    assert "Rechnung K-2026-00001" in words_of(pdf) and "48,66 €" in words_of(pdf)
    told = parse_ubl_cii_xml(etree.fromstring(xml))
    assert (told["BT-1"], told["BT-3"]) == ("K-2026-00001", "380")
    assert [Decimal(str(told[key])) for key in ("BT-109", "BT-110", "BT-112", "BT-115")] == [
        Decimal("40.89"),
        Decimal("7.77"),
        Decimal("48.66"),
        Decimal("48.66"),
    ]


def test_fees_that_go_back_make_a_correction_with_positive_amounts() -> None:
    items = [item(-1)]
    told = parse_ubl_cii_xml(etree.fromstring(invoice_xml(run_of(items), items, agency())))
    assert (told["BT-3"], Decimal(str(told["BT-112"]))) == ("381", Decimal("48.66"))
    assert "Rechnungskorrektur K-2026-00001" in words_of(invoice_pdf(run_of(items), items, agency()))


def test_a_run_without_fees_has_no_invoice() -> None:
    with pytest.raises(InvoiceMissing):
        invoice_xml(run_of([item()], number=""), [item()], agency())


def test_our_data_have_the_structure_of_published_invoices(shared: Path) -> None:
    """Every element we write stands in the same place in some published ZUGFeRD or XRechnung sample."""
    samples = list((shared / "data" / "formats" / "einvoice").rglob("*.xml"))
    known: set[str] = set()
    for path in samples:
        root = etree.parse(path).getroot()
        if root.tag.endswith("CrossIndustryInvoice"):
            known |= {_path(node) for node in root.iter(etree.Element)}
    if not known:
        pytest.skip("no CII samples here")
    ours = etree.fromstring(invoice_xml(run_of([item()]), [item()], agency()))
    missing = {_path(node) for node in ours.iter(etree.Element)} - known
    assert missing <= {_path(node) for node in ours.iter("{*}Information")}, missing


def _path(node: etree._Element) -> str:
    steps = [etree.QName(node).localname, *(etree.QName(up).localname for up in node.iterancestors())]
    return "/".join(reversed(steps))
