"""A person shares one line out over cases and invoices: booked like a collective payment, all or nothing, taken back in one step."""

from __future__ import annotations

import sys
import threading

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.models import Case, CaseState, Claim, Hold, HoldReason
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments import errors
from kulanz.payments.commands import HandShare, assign, import_statement, share_out, undo
from kulanz.payments.models import BankLine, LineState
from tests import factories
from tests.bank import Move, camt053
from tests.commands.test_statement_race import together
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def open_cents(claim: Claim) -> int:
    return sum(Posting.objects.filter(account=claim.account_id).values_list("amount_cents", flat=True))


def three() -> list[Claim]:
    owner = factories.creditor()
    return [factories.claim(owner, number=number, principal_cents=1000 * number) for number in (1, 2, 3)]


def line_of(cents: int, text: str = "Sammelüberweisung laut Liste") -> BankLine:
    import_statement(camt053([Move(cents, text, "Betreuungsverein")]), "a.xml", actor="test", now=NOW, day=DAY)
    return BankLine.objects.latest("id")


def share(line: BankLine, *shares: HandShare) -> list[int]:
    with transaction.atomic():
        return share_out(line.id, shares, actor="mia", now=NOW, day=DAY)


def test_a_line_is_shared_over_three_cases_and_everything_falls_silent() -> None:
    claims = three()
    line = line_of(5500)
    entries = share(line, *(HandShare(claim.case_id, cents) for claim, cents in zip(claims, (1000, 2000, 2500), strict=True)))
    line.refresh_from_db()
    assert (line.state, line.case_id, line.entry_id, line.decided_by) == (LineState.BOOKED, None, None, "mia")
    assert [(split["case"], split["cents"], split["entry"]) for split in line.splits] == [
        (claim.case_id, cents, entry) for claim, cents, entry in zip(claims, (1000, 2000, 2500), entries, strict=True)
    ]
    assert [open_cents(claim) for claim in claims] == [0, 0, 500]
    states = [Case.objects.get(id=claim.case_id).state for claim in claims]
    assert states == [CaseState.SETTLED, CaseState.SETTLED, CaseState.OPEN]
    assert audit().findings == ()


def test_two_parts_of_one_case_go_to_the_invoices_that_were_meant_and_come_back_together() -> None:
    owner = factories.creditor()
    first = factories.claim(owner, principal_cents=3000)
    second = factories.claim(owner, number=2, principal_cents=5000, debtor_external_id="K1", identity_key="0" * 64)
    other = factories.claim(owner, number=3, principal_cents=1000)
    line = line_of(4700)
    parts = [HandShare(first.case_id, 1200, first.id), HandShare(first.case_id, 2500, second.id), HandShare(other.case_id, 1000)]
    assert len(set(share(line, *parts))) == 3
    assert [open_cents(claim) for claim in (first, second, other)] == [1800, 2500, 0]
    with transaction.atomic():
        undo(line.id, reason="falsche Liste", actor="mia", now=NOW, day=DAY)
    assert [open_cents(claim) for claim in (first, second, other)] == [3000, 5000, 1000]
    line.refresh_from_db()
    assert (line.state, line.splits) == (LineState.UNMATCHED, [])
    share(line, *parts)
    assert [open_cents(claim) for claim in (first, second, other)] == [1800, 2500, 0], "and can be shared out anew"
    assert audit().findings == ()


def test_the_proposed_who_get_nothing_are_free_again() -> None:
    claims = three()
    line = line_of(5999, " ".join(claim.external_id for claim in claims))
    assert line.state == LineState.PROPOSED
    share(line, HandShare(claims[1].case_id, 2000), HandShare(claims[2].case_id, 3999))
    assert not Hold.objects.filter(reason=HoldReason.MAYBE_PAID, lifted_at=None).exists()
    assert open_cents(claims[2]) == -999, "what is too much is credit of that case"


def test_what_does_not_fit_is_refused_and_changes_nothing() -> None:
    claims = three()
    foreign = factories.claim(factories.creditor("anders", iban="DE02120300000000202051"), number=7)
    francs = factories.claim(claims[0].creditor, number=8, currency="CHF", debtor_external_id="K8")
    line = line_of(3000)
    before = Posting.objects.count()
    first, second = claims[0].case_id, claims[1].case_id
    for expected, shares in (
        (errors.SharesDoNotAddUp, []),
        (errors.SharesDoNotAddUp, [HandShare(first, 2999)]),
        (errors.SharesDoNotAddUp, [HandShare(first, 3001)]),
        (errors.SharesDoNotAddUp, [HandShare(first, 3500), HandShare(second, -500)]),
        (errors.SharesDoNotAddUp, [HandShare(first, 3000), HandShare(second, 0)]),
        (errors.NothingToBookOn, [HandShare(first, 1000), HandShare(999_999, 2000)]),
        (errors.NothingToBookOn, [HandShare(first, 3000, claims[1].id)]),
        (errors.SeveralCreditors, [HandShare(first, 1000), HandShare(foreign.case_id, 2000)]),
        (errors.WrongAccount, [HandShare(foreign.case_id, 3000)]),
        (errors.WrongCurrency, [HandShare(francs.case_id, 3000)]),
    ):
        with pytest.raises(expected):
            share(line, *shares)
    line.refresh_from_db()
    assert (line.state, line.bookings) == (LineState.PROPOSED, 0)
    assert Posting.objects.count() == before


def test_outgoing_and_booked_lines_are_not_shared() -> None:
    claims = three()
    import_statement(camt053([Move(-500, "Entgelt"), Move(1000, claims[0].case.reference)]), "a.xml", actor="test", now=NOW, day=DAY)
    outgoing, booked = BankLine.objects.order_by("amount_cents")
    with pytest.raises(errors.NotAnIncomingPayment):
        share(outgoing, HandShare(claims[0].case_id, -500))
    with pytest.raises(errors.LineAlreadyBooked):
        share(booked, HandShare(claims[1].case_id, 1000))


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(1, 9_000)), min_size=1, max_size=6))
def test_whatever_the_parts_not_a_cent_is_lost_and_taking_back_leaves_all_as_it_was(parts: list[tuple[int, bool, int]]) -> None:
    with transaction.atomic():
        claims = three()
        line = line_of(sum(cents for _, _, cents in parts))
        shares = [HandShare(claims[at].case_id, cents, claims[at].id if named else None) for at, named, cents in parts]
        if line.state != LineState.BOOKED:
            share(line, *shares)
            paid = {claim.id: sum(cents for at, _, cents in parts if claims[at].id == claim.id) for claim in claims}
            after = [open_cents(claim) for claim in claims]
            with transaction.atomic():
                undo(line.id, reason="Probe", actor="mia", now=NOW, day=DAY)
            assert after == [claim.principal_cents - paid[claim.id] for claim in claims]
            assert [open_cents(claim) for claim in claims] == [claim.principal_cents for claim in claims]
            assert audit().findings == ()
        transaction.set_rollback(True)


@pytest.mark.race
def test_two_people_deciding_about_one_line_at_once_book_it_once() -> None:
    claims = three()
    for number in range(1, 9):
        import_statement(camt053([Move(30, f"Gruß {number}")], number=number), "a.xml", actor="test", now=NOW, day=DAY)
        line = BankLine.objects.latest("id")

        def divide(line: BankLine = line) -> None:
            share(line, HandShare(claims[2].case_id, 20), HandShare(claims[0].case_id, 10))

        def give(line_id: int = line.id) -> None:
            with transaction.atomic():
                assign(line_id, claims[0].case_id, actor="ben", now=NOW, day=DAY)

        raised = together(divide, give, divide)
        assert [type(error) for error in raised] == [errors.LineAlreadyBooked] * 2
    assert sum(open_cents(claim) for claim in claims) == 6000 - 8 * 30
    assert audit().findings == ()


@pytest.mark.race
def test_the_control_without_the_lock_of_the_line_books_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    claims, line = three(), line_of(30)
    both = threading.Barrier(2, timeout=20)

    def unlocked(line_id: int) -> BankLine:
        found = BankLine.objects.get(id=line_id)
        both.wait()
        return found

    monkeypatch.setattr(sys.modules["kulanz.payments.commands.share_out"], "locked_line", unlocked)
    monkeypatch.setattr(sys.modules["kulanz.payments.commands.by_hand"], "locked_line", unlocked)

    def divide() -> None:
        share(line, HandShare(claims[2].case_id, 20), HandShare(claims[1].case_id, 10))

    def give() -> None:
        with transaction.atomic():
            assign(line.id, claims[0].case_id, actor="ben", now=NOW, day=DAY)

    assert together(divide, give) == []
    assert sum(open_cents(claim) for claim in claims) == 6000 - 2 * 30, "thirty cents came in, sixty are booked"
