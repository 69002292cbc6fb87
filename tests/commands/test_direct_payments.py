"""Money that went past our account: booked on the case, contact falls silent, the agency's fee is due, nothing is paid out twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction

from kulanz.claims.models import Case, CaseState, Claim
from kulanz.contact.models import Message
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands.direct import DirectReport, import_direct, report_direct, undo_direct
from kulanz.payments.commands.remit import NewTerms, prepare, set_terms
from kulanz.payments.errors import DirectPaymentRefused, ReasonMissing
from kulanz.payments.models import DirectPayment
from kulanz.payments.readers.direct import read_direct
from tests import factories
from tests.pages.conftest import message_of

pytestmark = pytest.mark.django_db(transaction=True)
NOW, DAY = factories.NOW, factories.DAY
PAID = date(2026, 2, 20)


def report(claim: Claim, cents: int = 8490, key: str = "B1", on: date = PAID) -> DirectPayment:
    return report_direct(DirectReport(claim.case_id, cents, on, key), actor="mia", now=NOW, day=DAY)


def open_cents(claim: Claim) -> int:
    return sum(Posting.objects.filter(account=claim.account_id).values_list("amount_cents", flat=True))


def direct_cents() -> int:
    rows = Posting.objects.filter(account__kind=AccountKind.DIRECT, component=Component.CASH)
    return sum(rows.values_list("amount_cents", flat=True))


def test_a_direct_payment_settles_the_case_and_everything_falls_silent() -> None:
    claim = factories.claim()
    waiting = message_of(claim.case, step="reminder_2", state="queued")
    report(claim)
    waiting.refresh_from_db()
    assert (open_cents(claim), direct_cents(), Case.objects.get().state) == (0, 8490, CaseState.SETTLED)
    assert waiting.state == "cancelled"
    assert not Posting.objects.filter(account__kind__in=[AccountKind.BANK, AccountKind.SUSPENSE]).exists(), "no money came to our account"
    assert Message.objects.filter(template="receipt").count() == 1
    assert audit().findings == ()


def test_the_same_report_counts_once_and_another_under_its_number_is_refused() -> None:
    claim = factories.claim()
    first, second = report(claim, 1000), report(claim, 1000)
    assert (first.id, direct_cents()) == (second.id, 1000)
    with pytest.raises(DirectPaymentRefused):
        report(claim, 2000)
    assert direct_cents() == 1000


def test_a_report_taken_back_leaves_the_case_as_it_was_and_can_be_made_again() -> None:
    claim = factories.claim()
    made = report(claim)
    counter = undo_direct(made.id, reason="war ein anderer Kunde", actor="mia", now=NOW, day=DAY)
    assert undo_direct(made.id, reason="war ein anderer Kunde", actor="mia", now=NOW, day=DAY) == counter
    assert (open_cents(claim), direct_cents(), Case.objects.get().state) == (8490, 0, CaseState.OPEN)
    report(claim)
    assert (open_cents(claim), direct_cents()) == (0, 8490)
    with pytest.raises(ReasonMissing):
        undo_direct(made.id, reason=" ", actor="mia", now=NOW, day=DAY)
    assert audit().findings == ()


def test_what_cannot_be_is_refused() -> None:
    claim = factories.claim()
    for cents, on in ((0, PAID), (-5, PAID), (100, DAY + timedelta(days=1))):
        with pytest.raises(DirectPaymentRefused):
            report(claim, cents, on=on)
    assert not DirectPayment.objects.exists()


def test_the_fee_is_due_and_nothing_is_paid_out() -> None:
    claim = factories.claim()
    terms = NewTerms(date(2026, 1, 1), "DE02100500000054540402", "Nordlicht", vat_bp=1900, fee_bp=1000)
    set_terms(claim.creditor_id, terms, actor="lead", now=NOW)
    report(claim)
    run = prepare(claim.creditor_id, to_on=DAY - timedelta(days=1), actor="anna", now=NOW, day=DAY)
    assert run is not None
    assert (run.handed_cents, run.direct_cents, run.payout_cents, run.carried_out_cents) == (0, 8490, 0, -1010)
    assert [item.via for item in run.items.all()] == ["direct"]


LIST = (
    "Nummer;Betrag;Datum;Notiz\n{ref};40,00;20.02.2026;bar\n2026-00001;20,00;2026-02-21;\nX-9;5,00;20.02.2026;\n{ref};1.234;20.02.2026;\n"
)


def test_a_list_books_what_can_be_taken_names_the_rest_and_counts_once() -> None:
    claim = factories.claim()
    data = LIST.format(ref=claim.case.reference).encode("cp1252")
    with transaction.atomic():
        first = import_direct(data, "liste.csv", claim.creditor, actor="mia", now=NOW, day=DAY)
    assert (first.booked, first.known, first.sum_cents) == (2, 0, 6000)
    assert [(problem.line, problem.reason) for problem in first.problems] == [
        (5, "„1.234“ ist kein eindeutiger Betrag (so: 1.234,56)."),
        (4, "Zu „X-9“ gibt es bei diesem Mandanten keine Akte."),
    ]
    again = import_direct(data, "liste.csv", claim.creditor, actor="mia", now=NOW, day=DAY)
    assert (again.booked, again.known, open_cents(claim)) == (0, 2, 2490)


def test_two_equal_rows_are_two_payments() -> None:
    row = "A;5,00;20.02.2026\n"
    assert len({one.key for one in read_direct(("Nummer;Betrag;Datum\n" + row * 3).encode(), "x").rows}) == 3


def test_a_list_of_another_creditor_books_nothing() -> None:
    claim = factories.claim()
    other = factories.creditor("anders", iban="DE02120300000000202051")
    data = f"Nummer;Betrag;Datum\n{claim.case.reference};40,00;20.02.2026\n".encode()
    assert import_direct(data, "x.csv", other, actor="mia", now=NOW, day=DAY).booked == 0
    assert open_cents(claim) == 8490


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", b"a;b\n1;2\n", b'"' * 200_000, b"Nummer;Betrag;Datum\n" + b"x" + b";" * 999, b"x" * 6_000_000]
)
def test_a_hostile_list_is_a_problem_and_no_crash(data: bytes) -> None:
    read = read_direct(data, "x.csv")
    assert read.rows == () and read.problems
