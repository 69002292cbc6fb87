"""Money going out as acts of an experiment, each in one transaction."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from lxml import etree

from kulanz.claims.models import Case, Creditor
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.datev import NewSettings, discard_datev, export_datev, lock_datev, set_datev
from kulanz.payments.commands.direct import DirectReport, report_direct, undo_direct
from kulanz.payments.commands.remit import NewTerms, approve, drop, prepare, set_agency, set_terms
from kulanz.payments.models import BankLine, LineState
from kulanz.site import clock
from tests.bank import Move, camt053


def pay_out() -> None:
    """A run is drafted, dropped, drafted again, approved by another, and carried out by the bank."""
    with transaction.atomic():
        creditor, day, now = _paid_creditor(), clock.today(), clock.now()
        set_agency(
            legal_name="Fair Inkasso", street="Markt 1", postcode="28195", city="Bremen", vat_id="DE1", iban="DE02120300000000202051"
        )
        terms = NewTerms(date(2026, 1, 1), "DE02100500000054540402", creditor.legal_name, vat_bp=1900, fee_bp=1000)
        set_terms(creditor.id, terms, actor="lead", now=now)
        for last in (False, True):
            run = prepare(creditor.id, to_on=day, actor="anna", now=now, day=day + timedelta(days=1))
            assert run and run.payout_cents, "nothing to pay out: the act proves nothing"
            if not last:
                drop(run.id)
        run = approve(run.id, actor="lena", now=now, day=day)
        moves = [Move(-cents, "raus", end_to_end=key, ref=key, on=day) for key, cents in _orders(run.payment_xml).items()]
        import_statement(camt053(moves, account=creditor.iban, number="", opening_cents=10**9), "out.xml", actor="bank", now=now, day=day)
        run.refresh_from_db()
        assert run.state == "paid"


def paid_elsewhere() -> None:
    """A payment to the creditor itself is reported, and taken back."""
    with transaction.atomic():
        case = Case.objects.filter(state="open").order_by("id")[0]
        report = DirectReport(case.id, 500, clock.today(), "B1", "bar")
        made = report_direct(report, actor="agent", now=clock.now(), day=clock.today())
        undo_direct(made.id, reason="anderer Kunde", actor="agent", now=clock.now(), day=clock.today())


def hand_to_accounts() -> None:
    """Bookings go to DATEV; the batch is made, thrown away, made again and locked."""
    with transaction.atomic():
        creditor, day, now = _paid_creditor(), clock.today(), clock.now()
        accounts = dict.fromkeys(("claim", "income", "writeoff"), "1400") | {"bank": "1200", "suspense": "1590"}
        set_datev(creditor.id, NewSettings(29098, 55003, accounts))
        for last in (False, True):
            made = export_datev(creditor.id, from_on=day.replace(day=1), to_on=day, actor="anna", now=now, day=day + timedelta(days=1))
            if not last:
                discard_datev(made.id)
        lock_datev(made.id, actor="anna", now=now)


def _paid_creditor() -> Creditor:
    line = BankLine.objects.filter(state=LineState.BOOKED, amount_cents__gt=0).select_related("creditor").order_by("id")[0]
    assert line.creditor is not None
    return line.creditor


def _orders(xml: str) -> dict[str, int]:
    root = etree.fromstring(xml.encode())
    name = etree.QName(root).namespace
    found = {}
    for one in root.iter(f"{{{name}}}CdtTrfTxInf"):
        key, amount = one.findtext(f".//{{{name}}}EndToEndId"), one.findtext(f".//{{{name}}}InstdAmt")
        assert key and amount
        found[key] = int(amount.replace(".", ""))
    return found
