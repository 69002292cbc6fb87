"""The whole way of a euro, and random ways: claim, bank file, remittance, the bank's outgoing line, DATEV. It is found in each document."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lxml import etree
from schwifty import IBAN

from kulanz.claims.commands import close_if_settled, touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.models import Claim, Creditor
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, Entry, EntryKind, Posting
from kulanz.ledger.replay import FactKind
from kulanz.payments.client_money import money_of
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.datev import NewSettings, datev_file, export_datev, set_datev
from kulanz.payments.commands.direct import DirectReport, report_direct
from kulanz.payments.commands.remit import NewTerms, approve, prepare, set_agency, set_terms
from kulanz.payments.documents.statement import statement_csv
from kulanz.payments.models import BankLine, LineState, Remittance, RemittanceItem, RunState
from kulanz.runs.check import check
from tests import factories
from tests.bank import Move, camt053

NOW, DAY = factories.NOW, factories.DAY
OWN, THEIRS = "DE02120300000000202051", "DE02100500000054540402"


class Account:
    """The bank's side: what it shows ties from statement to statement."""

    def __init__(self, iban: str) -> None:
        self.iban, self.balance, self.number = iban, 0, 0

    def shows(self, *moves: Move) -> None:
        self.number += 1
        data = camt053(moves, account=self.iban, opening_cents=self.balance, number=self.number)
        self.balance += sum(move.amount_cents for move in moves)
        import_statement(data, "a.xml", actor="bank", now=NOW, day=DAY + timedelta(days=400))

    def carries_out(self, run: Remittance, on: date) -> None:
        root = etree.fromstring(run.payment_xml.encode())
        name = etree.QName(root).namespace
        orders = [
            (one.findtext(f".//{{{name}}}EndToEndId") or "", int((one.findtext(f".//{{{name}}}InstdAmt") or "").replace(".", "")))
            for one in root.iter(f"{{{name}}}CdtTrfTxInf")
        ]
        self.shows(*(Move(-cents, "raus", end_to_end=key, ref=key, on=on) for key, cents in orders))


def agreed(creditor: Creditor, **values: object) -> None:
    set_agency(legal_name="Fair Inkasso GmbH", street="Am Markt 1", postcode="28195", city="Bremen", vat_id="DE123456789", iban=OWN)
    terms: dict[str, object] = {"valid_from": date(2026, 1, 1), "payout_iban": THEIRS, "payout_name": "N", "vat_bp": 1900, "fee_bp": 750}
    set_terms(creditor.id, NewTerms(**(terms | values)), actor="lead", now=NOW)  # type: ignore[arg-type]


def ledger(creditor_id: int, kind: AccountKind, component: Component = Component.CASH) -> int:
    rows = Posting.objects.filter(account__tenant_id=creditor_id, account__kind=kind, component=component)
    return sum(rows.values_list("amount_cents", flat=True))


def charge_back(line: BankLine, on: date, account: Account) -> None:
    """The bank takes a payment back: the case owes again, the outgoing line stands against suspense."""
    assert line.entry_id and line.case_id
    with transaction.atomic():
        case = touch([line.case_id])[line.case_id]
        fact = NewFact(line.case_id, FactKind.CHARGEBACK, on, f"back:{line.id}", "Rückgabe", payment_entry_id=line.entry_id)
        book([fact], now=NOW)
        close_if_settled(case, day=on, now=NOW)
    account.shows(Move(-line.amount_cents, "Rückgabe", ref=f"back {line.id}", on=on))


@pytest.mark.django_db(transaction=True)
def test_each_euro_is_found_in_every_document_from_the_claim_to_datev() -> None:
    owner = factories.creditor()
    agreed(owner)
    claims = [factories.claim(owner, number=n, principal_cents=10_000 + n) for n in (1, 2, 3)]
    account = Account(owner.iban)
    account.shows(*(Move(c.principal_cents, c.case.reference, c.case.debtor.display_name, ref=f"in {c.id}") for c in claims[:2]))
    report_direct(DirectReport(claims[2].case_id, 10_003, date(2026, 2, 20), "B1"), actor="mia", now=NOW, day=DAY)
    run = prepare(owner.id, to_on=date(2026, 2, 28), actor="anna", now=NOW, day=DAY)
    assert run is not None
    run = approve(run.id, actor="lena", now=NOW, day=DAY)
    account.carries_out(run, on=date(2026, 2, 27))
    run.refresh_from_db()

    collected = sum(c.principal_cents for c in claims[:2])
    assert run.state == RunState.PAID
    assert (run.handed_cents, run.direct_cents) == (collected, 10_003), "the run"
    assert collected == run.payout_cents + run.transfer_cents, "what came in went out: to the creditor and to us"
    assert account.balance == 0, "the bank"
    assert ledger(owner.id, AccountKind.REMITTED) == run.payout_cents, "the books: paid out"
    assert ledger(owner.id, AccountKind.WITHHELD, Component.COLLECTION_COST) == run.transfer_cents, "the books: kept back"
    assert ledger(owner.id, AccountKind.DIRECT) == 10_003 and ledger(owner.id, AccountKind.SUSPENSE) == 0
    table = list(csv.reader(io.StringIO(statement_csv(list(run.items.all())).decode("utf-8-sig")), delimiter=";"))[1:]
    column = [int(row[6].replace(",", "")) for row in table]
    assert sorted(column) == [c.principal_cents for c in claims], "the statement, line by line"
    assert {row[14] for row in table} == {*(str(line.id) for line in BankLine.objects.filter(amount_cents__gt=0)), ""}

    accounts = {"bank": "1200", "suspense": "1590", "claim": "1400", "income": "8400", "direct": "1360", "remitted": "1361"}
    set_datev(owner.id, NewSettings(29098, 55003, accounts | {"withheld:collection_cost": "4970", "withheld:cash": "1591"}))
    made = export_datev(owner.id, from_on=date(2026, 2, 1), to_on=date(2026, 2, 28), actor="anna", now=NOW, day=DAY)
    sums: dict[str, int] = {}
    for row in list(csv.reader(io.StringIO(datev_file(made)[1].decode("cp1252")), delimiter=";"))[2:]:
        cents = int(row[0].replace(",", ""))
        sums[row[6]] = sums.get(row[6], 0) + cents
        sums[row[7]] = sums.get(row[7], 0) - cents
    assert sums == {
        "1200": 0, "1590": 0, "1400": -30_006, "1360": 10_003, "1361": run.payout_cents, "4970": run.transfer_cents, "1591": 0,
    }, "DATEV"  # fmt: skip
    report = check(DAY)
    assert report.findings == ()


move = st.tuples(st.sampled_from(["pay", "direct", "back", "run"]), st.integers(0, 2), st.integers(1, 12_000))


@pytest.mark.django_db(transaction=True)
@settings(max_examples=10, phases=[Phase.generate])  # an example takes a second: a failing one is told as it is
@given(st.lists(move, min_size=3, max_size=14), st.sampled_from([0, 3_000]))
def test_over_any_story_the_books_tie_and_nobody_is_paid_more_than_came_in(story: list[tuple[str, int, int]], threshold: int) -> None:
    number = Creditor.objects.count()
    owner = factories.creditor(f"n{number}", iban=str(IBAN.generate("DE", bank_code="37040044", account_code=str(532013000 + number))))
    agreed(owner, threshold_cents=threshold)
    claims = [factories.claim(owner, number=n, principal_cents=10_000) for n in range(1, 4)]
    account = Account(owner.iban)
    for step, (what, which, cents) in enumerate(story):
        on = date(2026, 3, 3) + timedelta(days=step)
        _act(what, claims[which], cents, account, on, owner)
        here = money_of(owner.id, "EUR", on)
        if here is not None:
            assert here.on_account_cents == ledger(owner.id, AccountKind.BANK) == account.balance
            assert here.on_account_cents == here.client_cents + here.own_fees_cents + here.overpaid_cents + here.unassigned_cents
    last = prepare(owner.id, to_on=date(2026, 6, 1), actor="anna", now=NOW, day=date(2026, 6, 2))
    end = last or Remittance.objects.filter(creditor=owner).order_by("-number").first()
    runs = list(Remittance.objects.filter(creditor=owner))
    if end is not None:
        fees = sum(run.fee_cents + run.kept_cents + run.vat_cents for run in runs)
        assert sum(run.handed_cents for run in runs) - fees == sum(run.payout_cents for run in runs) + end.carried_out_cents
        moved = {i for (i,) in Entry.objects.filter(tenant_id=owner.id, kind__in=_MONEY).values_list("id")}
        assert set(RemittanceItem.objects.filter(creditor=owner).values_list("entry_id", flat=True)) == moved, "every entry once"
    report = check(date(2026, 6, 2))
    assert report.findings == ()


_MONEY = (EntryKind.PAYMENT, EntryKind.ASSIGNMENT, EntryKind.CHARGEBACK, EntryKind.REVERSAL)


def _act(what: str, claim: Claim, cents: int, account: Account, on: date, owner: Creditor) -> None:
    match what:
        case "pay":
            account.shows(Move(cents, claim.case.reference, claim.case.debtor.display_name, ref=f"in {on}", on=on))
        case "direct":
            report_direct(DirectReport(claim.case_id, cents, on, str(on)), actor="mia", now=NOW, day=on)
        case "back":
            paid = BankLine.objects.filter(creditor=owner, case=claim.case, state=LineState.BOOKED, amount_cents__gt=0)
            returned = {
                k.removeprefix("back:")
                for k in Entry.objects.filter(idempotency_key__startswith="back:").values_list("idempotency_key", flat=True)
            }
            line = next((one for one in paid.order_by("id") if str(one.id) not in returned), None)
            if line is not None:
                charge_back(line, on, account)
        case _:
            run = prepare(owner.id, to_on=on - timedelta(days=1), actor="anna", now=NOW, day=on)
            if run is not None and run.state == RunState.DRAFT:
                before = account.balance
                run = approve(run.id, actor="lena", now=NOW, day=on)
                assert run.payout_cents + run.transfer_cents <= max(0, before), "never more out than lies here"
                if run.payout_cents:
                    account.carries_out(run, on)
