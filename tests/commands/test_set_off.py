"""Money that was there before its invoice pays it at once: the payer is not written to."""

from __future__ import annotations

import importlib
import random
from datetime import date

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands import open_claims
from kulanz.claims.commands.set_off import set_off
from kulanz.claims.models import Case, CaseEvent, CaseState, Claim, Creditor
from kulanz.intake.commands import import_claims
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import import_statement
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW
from tests.rules.intake.making import lines, profile

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = "0001;K1;Weber;05.01.2026;04.02.2026;100,00;;"
SECOND = "0002;K1;Weber;20.02.2026;20.03.2026;50,00;;"


def _hand_in(content: str, owner: Creditor) -> None:
    import_claims(content.encode(), owner, profile(), name="r.csv", actor="test", now=NOW, dice=random.Random(7))


def _pay(cents: int, reference: str, on: date) -> None:
    import_statement(camt053([Move(cents, reference, "Weber", on=on)]), "a.xml", actor="test", now=NOW, day=DAY)


def _open(number: str) -> dict[str, int]:
    claim = Claim.objects.get(external_id=number)
    [balance] = [one for one in open_amounts([claim.case_id], DAY)[claim.case_id] if one.claim.id == claim.id]
    return {"principal": balance.principal_cents, "overpaid": balance.overpaid_cents, "total": balance.total_cents}


def test_an_overpayment_pays_the_next_invoice_when_it_comes_in() -> None:
    owner = factories.creditor()
    _hand_in(lines(FIRST), owner)
    case = Case.objects.get()
    _pay(15_000, case.reference, date(2026, 2, 10))
    assert _open("0001") == {"principal": 0, "overpaid": 5_000, "total": 0}
    _hand_in(lines(SECOND), owner)
    assert _open("0001") == {"principal": 0, "overpaid": 0, "total": 0}
    assert _open("0002") == {"principal": 0, "overpaid": 0, "total": 0}
    assert Case.objects.get().state == CaseState.SETTLED
    assert CaseEvent.objects.get(kind="credit_set_off").text == "Guthaben über 50,00 EUR mit der neuen Rechnung 0002 verrechnet."
    suspense = Posting.objects.filter(account__kind="suspense").values_list("amount_cents", flat=True)
    assert sum(suspense) == 0
    assert audit().findings == ()


def test_without_the_set_off_the_invoice_would_stand_open() -> None:
    owner = factories.creditor()
    _hand_in(lines(FIRST), owner)
    _pay(15_000, Case.objects.get().reference, date(2026, 2, 10))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.import_module("kulanz.intake.commands.import_claims"), "set_off", lambda *_, **__: 0)
        _hand_in(lines(SECOND), owner)
    assert Case.objects.get().state == CaseState.OPEN
    assert _open("0002")["total"] == 5_000


def test_a_credit_smaller_than_the_invoice_leaves_the_rest_open() -> None:
    owner = factories.creditor()
    _hand_in(lines(FIRST), owner)
    _pay(12_000, Case.objects.get().reference, date(2026, 2, 10))
    _hand_in(lines(SECOND), owner)
    assert (_open("0001")["overpaid"], _open("0002")["principal"]) == (0, 3_000)
    assert Case.objects.get().state == CaseState.OPEN


def test_an_invoice_issued_before_the_money_came_shares_in_it() -> None:
    owner = factories.creditor()
    _hand_in(lines(FIRST), owner)
    _pay(15_000, Case.objects.get().reference, date(2026, 2, 10))
    _hand_in(lines("0002;K1;Weber;08.01.2026;07.02.2026;50,00;;"), owner)
    assert (_open("0001")["overpaid"], _open("0002")["total"]) == (0, 0)
    assert audit().findings == ()


def test_a_case_without_credit_is_not_touched() -> None:
    owner = factories.creditor()
    _hand_in(lines(FIRST), owner)
    before = Case.objects.get().revision
    claim = Claim.objects.get()
    assert set_off([claim.case_id], [claim.id], actor="test", now=NOW) == 0
    assert Case.objects.get().revision == before


@settings(max_examples=15)
@given(
    paid=st.integers(1, 40_000),
    later=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20_000)), min_size=1, max_size=4),
)
def test_no_cent_is_made_or_lost_and_the_credit_is_used_up_first(paid: int, later: list[tuple[int, int]]) -> None:
    with transaction.atomic():
        owner = factories.creditor()
        first = factories.claim(owner, number=1, principal_cents=10_000, debtor_external_id="K1")
        _pay(paid, first.case.reference, date(2026, 2, 1))
        rows = [
            factories.claim_row(n, debtor_external_id="K1", principal_cents=cents, invoiced_on=date.fromordinal(DAY.toordinal() - days))
            for n, (days, cents) in enumerate(later, start=2)
        ]
        opened = open_claims(factories.frame(*rows), owner, day=DAY, now=NOW, dice=random.Random(1))
        paid_in = -sum(Posting.objects.filter(account__kind="claim", amount_cents__lt=0).values_list("amount_cents", flat=True))
        set_off(opened.claims["case_id"].to_list(), opened.claims["claim_id"].to_list(), actor="test", now=NOW)
        balances = open_amounts([first.case_id], DAY)[first.case_id]
        owed = sum(balance.principal_cents for balance in balances)
        credit = sum(balance.overpaid_cents for balance in balances)
        assert audit().findings == ()
        transaction.set_rollback(True)
    if paid_in:
        assert owed - credit == 10_000 + sum(cents for _, cents in later) - paid
        assert min(owed, credit) == 0
