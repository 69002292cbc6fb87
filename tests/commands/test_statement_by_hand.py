"""A person decides about a line: assign, take back, ignore; and everyone frozen because of it is free again."""

from __future__ import annotations

import pytest
from django.db import transaction

from kulanz.claims.models import Case, CaseEvent, CaseState, Claim, Hold, HoldReason
from kulanz.claims.viewer import Viewer
from kulanz.errors import KulanzError
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments import errors, queries
from kulanz.payments.commands import assign, ignore, import_statement, undo
from kulanz.payments.models import BankLine, LineState
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def take(*moves: Move, **values: object) -> None:
    import_statement(camt053(moves, **values), "a.xml", actor="test", now=NOW, day=DAY)  # type: ignore[arg-type]


def open_cents(claim: Claim) -> int:
    return sum(Posting.objects.filter(account=claim.account_id).values_list("amount_cents", flat=True))


def by_hand(line: BankLine, claim: Claim, **values: object) -> int:
    with transaction.atomic():
        return assign(line.id, claim.case_id, actor="mia", now=NOW, day=DAY, **values)  # type: ignore[arg-type]


def frozen(claim: Claim) -> bool:
    return Hold.objects.filter(case=claim.case_id, reason=HoldReason.MAYBE_PAID, lifted_at=None).exists()


def test_assigning_a_line_books_it_settles_the_case_and_ends_the_freeze() -> None:
    claim = factories.claim()
    take(Move(8490, "Strom", "Elif Yılmaz1"))
    line = BankLine.objects.get()
    assert (line.state, frozen(claim)) == (LineState.PROPOSED, True)
    by_hand(line, claim)
    line.refresh_from_db()
    assert (line.state, line.case_id, line.reason, line.decided_by) == (LineState.BOOKED, claim.case_id, "von Hand zugeordnet", "mia")
    assert (open_cents(claim), frozen(claim), Case.objects.get().state) == (0, False, CaseState.SETTLED)
    assert audit().findings == ()


def test_a_freeze_stays_while_another_undecided_line_points_to_the_case() -> None:
    claim = factories.claim()
    take(Move(8490, "Strom", "Elif Yılmaz1"), Move(8490, "Strom, nochmal", "Elif Yılmaz1"))
    first, second = BankLine.objects.order_by("id")
    with transaction.atomic():
        ignore(first.id, reason="gehört zum Laden", actor="mia", now=NOW)
    assert frozen(claim)
    with transaction.atomic():
        ignore(second.id, reason="gehört zum Laden", actor="mia", now=NOW)
    assert not frozen(claim)


def test_taking_back_is_one_counter_entry_and_the_line_is_open_again() -> None:
    claim = factories.claim()
    take(Move(8490, claim.case.reference))
    line = BankLine.objects.get()
    with transaction.atomic():
        undo(line.id, reason="falsche Akte", actor="mia", now=NOW, day=DAY)
    line.refresh_from_db()
    assert (line.state, line.case_id, line.entry_id) == (LineState.UNMATCHED, None, None)
    assert (open_cents(claim), Case.objects.get().state) == (8490, CaseState.OPEN)
    assert list(CaseEvent.objects.filter(kind="payment_undone").values_list("text", flat=True)) == [
        "Zahlung über 84,90 EUR zurückgenommen: falsche Akte"
    ]
    by_hand(line, claim)
    assert open_cents(claim) == 0
    assert audit().findings == ()


def test_the_payers_choice_of_invoice_is_kept() -> None:
    owner = factories.creditor()
    first = factories.claim(owner)
    second = factories.claim(owner, number=2, debtor_external_id="K1", identity_key="0" * 64)
    assert first.case_id == second.case_id
    take(Move(500, "Spende", "Wer Anders"))
    by_hand(BankLine.objects.get(), second, claim_ids=[second.id])
    assert (open_cents(first), open_cents(second)) == (8490, 7990)


def test_what_cannot_be_assigned_is_refused_and_changes_nothing() -> None:
    owner = factories.creditor()
    claim = factories.claim(owner)
    other = factories.claim(factories.creditor("anders", iban="DE02120300000000202051"), number=2)
    take(Move(100, "x"), Move(-200, "y"), Move(8490, claim.case.reference))
    incoming, outgoing, booked = BankLine.objects.order_by("id")
    for line, target, expected in (
        (outgoing, claim, errors.NotAnIncomingPayment),
        (booked, claim, errors.LineAlreadyBooked),
        (incoming, other, errors.WrongAccount),
    ):
        with pytest.raises(expected):
            by_hand(line, target)
    postings = Posting.objects.count()
    with pytest.raises(errors.NothingToBookOn):
        by_hand(incoming, claim, claim_ids=[other.id])
    with pytest.raises(errors.LineNotBooked), transaction.atomic():
        undo(incoming.id, reason="x", actor="mia", now=NOW, day=DAY)
    with pytest.raises(errors.ReasonMissing), transaction.atomic():
        ignore(incoming.id, reason=" ", actor="mia", now=NOW)
    assert Posting.objects.count() == postings


def test_every_error_says_what_happened_in_german() -> None:
    for name in dir(errors):
        kind = getattr(errors, name)
        if isinstance(kind, type) and issubclass(kind, KulanzError):
            assert kind().message.endswith((".", "!")), name


def test_a_viewer_of_one_creditor_never_sees_lines_of_another_or_of_nobody() -> None:
    mine = factories.creditor()
    other = factories.creditor("anders", iban="DE02120300000000202051")
    take(Move(100, "meins"))
    take(Move(200, "deins"), account=other.iban)
    take(Move(300, "niemandes"), account="DE02100100100006820101")
    viewer = Viewer("staff", frozenset({mine.id}))
    assert [row.line.purpose for row in queries.open_lines(viewer).rows] == ["meins"]
    assert queries.open_lines(Viewer.system()).total == 3
    assert [statement.account_iban for statement in queries.statements(viewer)] == [mine.iban]
    with pytest.raises(errors.LineNotFound):
        queries.line(viewer, BankLine.objects.get(purpose="deins").id)


def test_a_known_account_of_the_payer_is_learned_from_a_booked_line() -> None:
    claim = factories.claim(principal_cents=9000)
    take(Move(4000, claim.case.reference, "Elif Yılmaz1", "DE02120300000000202051"))
    take(Move(1000, f"Rest {claim.external_id}", "Firma Dritter", "DE02120300000000202051"), number=2, opening_cents=4000)
    assert list(BankLine.objects.order_by("id").values_list("state", flat=True)) == ["booked", "booked"]
    assert BankLine.objects.get(purpose__startswith="Rest").reason == "Rechnungsnummer stimmt, von diesem Konto kam schon eine Zahlung"
    assert open_cents(claim) == 4000
