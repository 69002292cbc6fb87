"""Money is passed on: from the bank line that brought it to the bank line that took it, every euro in every document."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from lxml import etree

from kulanz.claims.models import Claim, Creditor
from kulanz.claims.viewer import Viewer
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, Posting
from kulanz.ledger.queries import audit
from kulanz.payments.client_money import client_money, money_of
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.remit import NewTerms, approve, drop, paid_out, prepare, set_agency, set_terms
from kulanz.payments.commands.remit.terms import TermsRefused
from kulanz.payments.errors import DraftStands, NoTerms, PeriodNotOver, SamePerson, WrongRunState
from kulanz.payments.models import BankLine, LineState, MandateTerms, Remittance, RemittanceItem, Rhythm, RunState
from tests import factories
from tests.bank import Move, camt053

pytestmark = pytest.mark.django_db(transaction=True)
NOW, DAY = factories.NOW, factories.DAY
ACCOUNT = "DE89370400440532013000"
OWN = "DE02120300000000202051"
THEIRS = "DE02100500000054540402"


class Bank:
    """The account's statements, one after the other, so that balances tie."""

    def __init__(self) -> None:
        self.balance, self.number = 0, 0

    def shows(self, *moves: Move) -> None:
        self.number += 1
        data = camt053(moves, account=ACCOUNT, opening_cents=self.balance, number=self.number)
        self.balance += sum(move.amount_cents for move in moves)
        import_statement(data, f"{self.number}.xml", actor="test", now=NOW, day=DAY)


def agency() -> None:
    set_agency(
        legal_name="Fair Inkasso GmbH",
        street="Am Markt 1",
        postcode="28195",
        city="Bremen",
        vat_id="DE123456789",
        iban=OWN,
        email="k@fair.example",
    )


def agreed(creditor: Creditor, **values: object) -> None:
    given: dict[str, object] = {
        "valid_from": date(2026, 1, 1), "payout_iban": THEIRS, "payout_name": creditor.legal_name, "vat_bp": 1900, "fee_bp": 1000,
    }  # fmt: skip
    set_terms(creditor.id, NewTerms(**(given | values)), actor="lead", now=NOW)  # type: ignore[arg-type]


@pytest.fixture
def claim() -> Claim:
    owner = factories.creditor()
    agency()
    agreed(owner)
    return factories.claim(owner)


def run_of(claim: Claim, to_on: date = DAY - timedelta(days=1), *, day: date = DAY) -> Remittance:
    run = prepare(claim.creditor_id, to_on=to_on, actor="anna", now=NOW, day=day)
    assert run is not None
    return run


def orders(run: Remittance) -> dict[str, int]:
    root = etree.fromstring(run.payment_xml.encode())
    name = etree.QName(root).namespace
    return {
        one.findtext(f".//{{{name}}}EndToEndId"): int(one.findtext(f".//{{{name}}}InstdAmt").replace(".", ""))
        for one in root.iter(f"{{{name}}}CdtTrfTxInf")
    }


def carried_out(bank: Bank, run: Remittance) -> None:
    """The bank carries out everything the order says."""
    bank.shows(*(Move(-cents, "raus", end_to_end=key, ref=key) for key, cents in orders(run).items()))


def balance(creditor_id: int, kind: AccountKind, component: Component = Component.CASH) -> int:
    rows = Posting.objects.filter(account__tenant_id=creditor_id, account__kind=kind, component=component)
    return sum(rows.values_list("amount_cents", flat=True))


def test_a_payment_is_passed_on_less_the_fee_and_everything_ties(claim: Claim) -> None:
    bank = Bank()
    bank.shows(Move(8490, claim.case.reference, "Elif Yılmaz1"))
    run = run_of(claim)
    assert (run.handed_cents, run.fee_cents, run.vat_cents, run.payout_cents) == (8490, 849, 161, 7480)
    assert [item.line_id for item in run.items.all()] == [BankLine.objects.get().id]
    run = approve(run.id, actor="lena", now=NOW, day=DAY)
    assert orders(run) == {f"KLZ-{claim.creditor_id}-1-1-P": 7480, f"KLZ-{claim.creditor_id}-1-1-F": 1010}
    assert run.invoice_number == "K-2026-00001"
    here = money_of(claim.creditor_id, "EUR", DAY)
    assert here and (here.client_cents, here.in_flight_cents, here.payable_cents) == (8490, 8490, 0), "nothing is booked before the bank"
    carried_out(bank, run)
    run.refresh_from_db()
    assert (run.state, run.paid_on) == (RunState.PAID, date(2026, 2, 20))
    assert bank.balance == balance(claim.creditor_id, AccountKind.BANK) == 0
    assert balance(claim.creditor_id, AccountKind.REMITTED) == 7480
    assert balance(claim.creditor_id, AccountKind.WITHHELD, Component.COLLECTION_COST) == 1010
    assert balance(claim.creditor_id, AccountKind.WITHHELD) == balance(claim.creditor_id, AccountKind.SUSPENSE) == 0
    assert not BankLine.objects.exclude(state=LineState.BOOKED).exists()
    here = money_of(claim.creditor_id, "EUR", DAY)
    assert here and (here.client_cents, here.own_fees_cents, here.oldest_on) == (0, 0, None)
    assert audit().findings == ()


def test_asked_twice_there_is_one_run_and_a_draft_can_be_dropped(claim: Claim) -> None:
    Bank().shows(Move(8490, claim.case.reference))
    first, second = run_of(claim), run_of(claim)
    assert first.id == second.id
    with pytest.raises(DraftStands):
        prepare(claim.creditor_id, to_on=DAY - timedelta(days=2), actor="anna", now=NOW, day=DAY)
    drop(first.id)
    assert not RemittanceItem.objects.exists()
    again = run_of(claim)
    assert (again.id != first.id, again.number, again.items.count()) == (True, 1, 1)
    with pytest.raises(WrongRunState):
        drop(first.id)


def test_whoever_drafts_does_not_approve(claim: Claim) -> None:
    Bank().shows(Move(8490, claim.case.reference))
    run = run_of(claim)
    with pytest.raises(SamePerson):
        approve(run.id, actor="anna", now=NOW, day=DAY)
    approve(run.id, actor="lena", now=NOW, day=DAY)
    approve(run.id, actor="lena", now=NOW, day=DAY)
    assert Remittance.objects.get().invoice_number == "K-2026-00001"


def test_money_that_went_back_before_approval_stops_the_approval(claim: Claim) -> None:
    from kulanz.payments.commands import undo

    Bank().shows(Move(8490, claim.case.reference))
    run = run_of(claim)
    with transaction.atomic():
        undo(BankLine.objects.get().id, reason="falsche Akte", actor="mia", now=NOW, day=DAY)
    with pytest.raises(WrongRunState):
        approve(run.id, actor="lena", now=NOW, day=DAY)
    drop(run.id)
    assert prepare(claim.creditor_id, to_on=DAY - timedelta(days=1), actor="anna", now=NOW, day=DAY).payout_cents == 0  # type: ignore[union-attr]


def test_what_is_taken_back_after_the_payout_is_settled_in_the_next_run(claim: Claim) -> None:
    from kulanz.payments.commands import undo

    bank = Bank()
    bank.shows(Move(8490, claim.case.reference))
    run = approve(run_of(claim).id, actor="lena", now=NOW, day=DAY)
    carried_out(bank, run)
    with transaction.atomic():
        undo(BankLine.objects.get(amount_cents=8490).id, reason="falsche Akte", actor="mia", now=NOW, day=DAY)
    later = DAY + timedelta(days=1)
    second = prepare(claim.creditor_id, to_on=DAY, actor="anna", now=NOW, day=later)
    assert second is not None
    assert (second.handed_cents, second.fee_cents, second.vat_cents, second.payout_cents) == (-8490, -849, -161, 0)
    assert (second.carried_out_cents, second.why) == (-7480, "owed_to_us")
    assert approve(second.id, actor="lena", now=NOW, day=later).state == RunState.CLOSED
    assert audit().findings == ()


def test_a_payout_that_the_bank_sends_back_is_ordered_again(claim: Claim) -> None:
    bank = Bank()
    bank.shows(Move(8490, claim.case.reference))
    run = approve(run_of(claim).id, actor="lena", now=NOW, day=DAY)
    carried_out(bank, run)
    bank.shows(Move(7480, "Konto erloschen", end_to_end=f"KLZ-{claim.creditor_id}-1-1-P", ref="zurück"))
    run.refresh_from_db()
    assert (run.state, run.attempt, balance(claim.creditor_id, AccountKind.REMITTED)) == (RunState.APPROVED, 2, 0)
    assert orders(run) == {f"KLZ-{claim.creditor_id}-1-2-P": 7480}
    carried_out(bank, run)
    run.refresh_from_db()
    assert (run.state, bank.balance) == (RunState.PAID, 0)
    assert (balance(claim.creditor_id, AccountKind.REMITTED), balance(claim.creditor_id, AccountKind.BANK)) == (7480, 0)
    assert audit().findings == ()


def test_another_amount_under_our_id_waits_for_a_person(claim: Claim) -> None:
    bank = Bank()
    bank.shows(Move(8490, claim.case.reference))
    approve(run_of(claim).id, actor="lena", now=NOW, day=DAY)
    bank.shows(Move(-7479, "raus", end_to_end=f"KLZ-{claim.creditor_id}-1-1-P"))
    assert BankLine.objects.get(amount_cents=-7479).state == LineState.UNMATCHED
    assert Remittance.objects.get().state == RunState.APPROVED


def test_on_a_shared_account_each_creditor_gets_its_own_money(claim: Claim) -> None:
    other = factories.creditor("stadtwerk", name="Stadtwerk", legal_name="Stadtwerk AG")
    agreed(other, fee_bp=0)
    theirs = factories.claim(other, number=7)
    bank = Bank()
    bank.shows(Move(8490, claim.case.reference), Move(5000, theirs.case.reference, "Elif Yılmaz7"), Move(777, "wem gehört das"))
    here = {one.creditor: one for one in client_money(Viewer.system(), DAY)}
    assert {name: one.client_cents for name, one in here.items()} == {"Nordlicht Energie": 8490, "Stadtwerk": 5000}
    for mine in (claim, theirs):
        carried_out(bank, approve(run_of(mine).id, actor="lena", now=NOW, day=DAY))
    assert balance(other.id, AccountKind.REMITTED) == 5000
    assert bank.balance == 777, "what nobody owns yet is still here, and nothing else"
    assert audit().findings == ()


def test_a_creditor_that_collects_itself_has_no_client_money() -> None:
    owner = factories.creditor()
    Bank().shows(Move(8490, factories.claim(owner).case.reference))
    assert client_money(Viewer.system(), DAY) == []
    with pytest.raises(NoTerms):
        prepare(owner.id, to_on=DAY - timedelta(days=1), actor="anna", now=NOW, day=DAY)


def test_a_period_must_be_over_and_terms_that_were_used_stay(claim: Claim) -> None:
    with pytest.raises(PeriodNotOver):
        run_of(claim, DAY)
    assert prepare(claim.creditor_id, to_on=DAY - timedelta(days=1), actor="anna", now=NOW, day=DAY) is None
    Bank().shows(Move(8490, claim.case.reference))
    run_of(claim)
    with pytest.raises(TermsRefused):
        agreed(claim.creditor, fee_bp=2000)
    agreed(claim.creditor, fee_bp=2000, valid_from=date(2026, 4, 1))


def test_money_that_lies_too_long_is_late(claim: Claim) -> None:
    Bank().shows(Move(8490, claim.case.reference, on=date(2026, 2, 20)))
    (here,) = client_money(Viewer.system(), date(2026, 2, 27))
    assert (here.oldest_on, here.due_on, here.is_late) == (date(2026, 2, 20), date(2026, 2, 27), False)
    (here,) = client_money(Viewer.system(), date(2026, 2, 28))
    assert (here.is_late, here.age_days) == (True, 8)


def test_a_line_that_is_no_order_of_ours_is_left_alone(claim: Claim) -> None:
    bank = Bank()
    bank.shows(Move(-500, "Kontogebühr", end_to_end="NOTPROVIDED"), Move(-100, "x", end_to_end=f"KLZ-{claim.creditor_id}-9-1-P"))
    for line in BankLine.objects.all():
        with transaction.atomic():
            assert not paid_out(line, now=NOW, day=DAY)


def test_the_audit_ties_accounts_to_statements_and_payouts_to_runs(claim: Claim) -> None:
    from kulanz.runs.check import check

    bank = Bank()
    bank.shows(Move(8490, claim.case.reference), Move(333, "wem gehört das"))
    carried_out(bank, approve(run_of(claim).id, actor="lena", now=NOW, day=DAY))
    report = check(DAY)
    assert report.findings == ()
    assert any("3,33 EUR noch keiner Akte" in warning for warning in report.warnings)


def test_the_audit_finds_what_does_not_tie(claim: Claim) -> None:
    """The control: each promise broken on purpose is named."""
    from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
    from kulanz.ledger.models import EntryKind
    from kulanz.payments.models import BankStatement
    from kulanz.runs.check import check

    bank = Bank()
    bank.shows(Move(8490, claim.case.reference))
    run = approve(run_of(claim).id, actor="lena", now=NOW, day=DAY)
    carried_out(bank, run)
    accounts = [tenant_account(claim.creditor_id, kind, "EUR") for kind in (AccountKind.BANK, AccountKind.REMITTED)]
    lines = tuple(Line(account, Component.CASH, cents) for account, cents in zip(accounts, (-5, 5), strict=True))
    post([NewEntry(claim.creditor_id, DAY, EntryKind.REMITTANCE, "x", "by hand", lines)], now=NOW)
    Remittance.objects.filter(id=run.id).update(withheld_cents=1)
    RemittanceItem.objects.update(handed_cents=1)
    last = BankStatement.objects.order_by("-id")[0]
    BankStatement.objects.filter(id=last.id).update(closing_cents=7)
    found = {finding.code for finding in check(DAY).findings}
    assert found >= {
        "bank_posting_without_bank_line", "account_does_not_tie_to_its_statements", "paid_out_differs_from_runs",
        "fees_kept_back_differ_from_runs", "run_differs_from_its_lines",
    }  # fmt: skip


def test_money_at_a_payment_provider_waits_until_it_is_here_and_its_fee_is_a_line_of_its_own(claim: Claim) -> None:
    from kulanz.claims.commands import touch
    from kulanz.claims.commands.account import NewFact, book
    from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
    from kulanz.ledger.models import EntryKind
    from kulanz.ledger.replay import FactKind
    from kulanz.runs.check import check

    on = date(2026, 2, 20)
    with transaction.atomic():
        touch([claim.case_id])
        book([NewFact(claim.case_id, FactKind.PAYMENT, on, "card 1", "Karte", 8490, against=AccountKind.PROVIDER)], now=NOW)
    first = run_of(claim)
    assert (first.handed_cents, first.payout_cents, first.carried_out_cents, first.why) == (8490, 0, 7480, "not_here_yet")
    approve(first.id, actor="lena", now=NOW, day=DAY)
    bank = Bank()
    bank.shows(Move(8400, "Auszahlung", "Stripe"))
    own = {
        kind: tenant_account(claim.creditor_id, kind, "EUR") for kind in (AccountKind.SUSPENSE, AccountKind.WITHHELD, AccountKind.PROVIDER)
    }
    lines = (
        Line(own[AccountKind.SUSPENSE], Component.CASH, 8400),
        Line(own[AccountKind.WITHHELD], Component.EXPENSE, 90),
        Line(own[AccountKind.PROVIDER], Component.CASH, -8490),
    )
    post([NewEntry(claim.creditor_id, on, EntryKind.PAYOUT, "Auszahlung", "payout 1", lines)], now=NOW)
    second = prepare(claim.creditor_id, to_on=DAY, actor="anna", now=NOW, day=DAY + timedelta(days=1))
    assert second is not None
    assert (second.handed_cents, second.payout_cents, second.withheld_cents, second.carried_out_cents) == (-90, 7390, 1010, 0)
    assert [(item.debtor_name, item.handed_cents) for item in second.items.all()] == [("Gebühr des Zahlungsdienstes", -90)]
    carried_out(bank, approve(second.id, actor="lena", now=NOW, day=DAY))
    assert bank.balance == 0
    here = money_of(claim.creditor_id, "EUR", DAY)
    assert here and (here.client_cents, here.oldest_on) == (0, None)
    assert check(DAY).findings == ()


def test_people_who_draft_at_the_same_moment_make_one_run(claim: Claim) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    Bank().shows(Move(8490, claim.case.reference))

    def draft(name: str) -> int:
        try:
            run = prepare(claim.creditor_id, to_on=DAY - timedelta(days=1), actor=name, now=NOW, day=DAY)
            return run.id if run else 0
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        assert len(set(people.map(draft, ["a", "b", "c", "d"]))) == 1
    assert (Remittance.objects.count(), RemittanceItem.objects.count()) == (1, 1)


def test_without_a_separate_account_nothing_may_wait() -> None:
    owner = factories.creditor()
    for values in ({"rhythm": Rhythm.WEEKLY}, {"threshold_cents": 1}, {"pass_on_days": 2}):
        given = {"rhythm": Rhythm.DAILY, "threshold_cents": 0, "pass_on_days": 1, "separate_account": False} | values
        with pytest.raises(TermsRefused, match="§ 13g RDG"):
            agreed(owner, **given)
    agreed(owner, rhythm=Rhythm.DAILY, threshold_cents=0, pass_on_days=1, separate_account=False)
    assert MandateTerms.objects.get().separate_account is False


def test_older_terms_without_a_separate_account_are_late_after_a_day_all_the_same() -> None:
    owner = factories.creditor()
    claim = factories.claim(owner)
    agreed(owner, pass_on_days=7)
    Bank().shows(Move(8490, claim.case.reference, on=date(2026, 2, 20)))
    assert [one.is_late for one in client_money(Viewer.system(), date(2026, 2, 22))] == [False]
    MandateTerms.objects.update(separate_account=False)
    assert [one.is_late for one in client_money(Viewer.system(), date(2026, 2, 21))] == [False]
    assert [one.is_late for one in client_money(Viewer.system(), date(2026, 2, 22))] == [True]
