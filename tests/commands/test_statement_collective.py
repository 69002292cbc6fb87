"""One transfer for several cases: each gets its share with one reason, and one step takes all of it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from kulanz.claims.models import Case, CaseState, Claim, Hold, HoldReason
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import assign, import_statement, undo
from kulanz.payments.models import BankLine, LineState
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def open_cents(claim: Claim) -> int:
    return sum(Posting.objects.filter(account=claim.account_id).values_list("amount_cents", flat=True))


def three() -> list[Claim]:
    owner = factories.creditor()
    return [factories.claim(owner, number=number, principal_cents=1000 * number) for number in (1, 2, 3)]


def pay(claims: list[Claim], cents: int, text: str) -> BankLine:
    import_statement(camt053([Move(cents, text, "Jobcenter Kiel")]), "a.xml", actor="test", now=NOW, day=DAY)
    return BankLine.objects.get()


def test_a_list_of_three_is_booked_on_three_cases_with_one_reason() -> None:
    claims = three()
    line = pay(claims, 6000, f"{claims[0].external_id} 10,00, {claims[1].external_id} 20,00, {claims[2].external_id} 30,00")
    assert (line.state, line.case_id, line.entry_id) == (LineState.BOOKED, None, None)
    assert line.reason == "Sammelzahlung für 3 Akten, alle mit Nummer genannt; Beträge stehen in der Liste"
    assert [(split["case"], split["cents"]) for split in line.splits] == [(claim.case_id, claim.principal_cents) for claim in claims]
    assert [open_cents(claim) for claim in claims] == [0, 0, 0]
    assert set(Case.objects.values_list("state", flat=True)) == {CaseState.SETTLED}
    assert audit().findings == ()


def test_the_list_of_the_payer_counts_even_if_it_pays_only_parts() -> None:
    claims = three()[:2]
    pay(claims, 1200, f"{claims[0].external_id} 5,00 {claims[1].external_id} 7,00")
    assert [open_cents(claim) for claim in claims] == [500, 1300]


def test_undoing_takes_every_share_back_and_the_line_can_be_given_to_somebody() -> None:
    claims = three()
    line = pay(claims, 6000, " ".join(claim.external_id for claim in claims))
    with transaction.atomic():
        undo(line.id, reason="falsche Liste", actor="anna", now=NOW, day=DAY)
    line.refresh_from_db()
    assert (line.state, line.splits) == (LineState.UNMATCHED, [])
    assert [open_cents(claim) for claim in claims] == [1000, 2000, 3000]
    assert set(Case.objects.values_list("state", flat=True)) == {CaseState.OPEN}
    with transaction.atomic():
        assign(line.id, claims[2].case_id, actor="anna", now=NOW, day=DAY)
    assert open_cents(claims[2]) == -3000
    assert audit().findings == ()


def test_a_sum_that_nobody_explains_books_nothing_and_leaves_everybody_named_in_peace() -> None:
    claims = three()
    line = pay(claims, 5999, " ".join(claim.external_id for claim in claims))
    assert line.state == LineState.PROPOSED
    held = Hold.objects.filter(reason=HoldReason.MAYBE_PAID, lifted_at=None).values_list("case_id", flat=True)
    assert set(held) == {claim.case_id for claim in claims}


def test_the_same_file_again_shares_nothing_twice() -> None:
    claims = three()
    text = " ".join(claim.external_id for claim in claims)
    pay(claims, 6000, text)
    move = Move(6000, text, "Jobcenter Kiel")
    import_statement(camt053([move]), "b.xml", actor="test", now=NOW + timedelta(hours=1), day=DAY)
    assert BankLine.objects.count() == 1
    assert [open_cents(claim) for claim in claims] == [0, 0, 0]
