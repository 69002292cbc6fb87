"""Agreements followed by money: kept to the cent, announced, missed kindly, broken, gone back, in agreement with the books."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.db import transaction

from kulanz.claims.models import Case, CaseState, HoldReason
from kulanz.contact.models import Message, MessageState
from kulanz.ledger.queries import audit
from kulanz.payments.agreement_errors import (
    TooManyRevisions,
)
from kulanz.payments.commands import undo
from kulanz.payments.commands.agreements import OfferAsked, offer_settlement, revise, shift
from kulanz.payments.models import Agreement, AgreementPolicy, AgreementState, BankLine
from kulanz.payments.queries_agreements import instalments_due, told
from kulanz.payments.rules.plan import Wish
from kulanz.runs.check import check
from tests import factories
from tests.commands.agreement_house import due, events, hold, moment, owed, owing, pay, plan, templates
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_plan_paid_on_time_settles_the_case_to_the_cent_and_costs_no_interest() -> None:
    claim = owing()
    agreed = plan(claim)
    for row in agreed.instalments.order_by("number"):
        pay(claim, row.amount_cents, row.due_on)
    agreed.refresh_from_db()
    assert (agreed.state, owed(claim, date(2026, 6, 30))) == (AgreementState.KEPT, 0)
    assert Case.objects.get(id=claim.case_id).state == CaseState.SETTLED
    assert hold(claim) is None and audit().findings == ()


def test_with_statutory_interest_the_last_instalment_closes_the_account_too() -> None:
    claim = owing(200_000)
    AgreementPolicy.objects.create(creditor_id=claim.creditor_id, interest_during="statutory")
    agreed = plan(claim, 50_000)
    assert agreed.interest_cents > 0 and agreed.total_cents == agreed.open_cents + agreed.interest_cents
    for row in agreed.instalments.order_by("number"):
        pay(claim, row.amount_cents, row.due_on)
    agreed.refresh_from_db()
    assert (agreed.state, owed(claim, date(2026, 12, 1))) == (AgreementState.KEPT, 0)
    assert audit().findings == ()


def test_paying_early_and_more_covers_later_instalments_and_ends_the_plan_sooner() -> None:
    claim = owing()
    agreed = plan(claim)
    pay(claim, 9_000, date(2026, 3, 5))
    each = told([agreed])[0].progress
    assert [row.paid_cents for row in each.rows] == [4_000, 4_000, 1_000]
    pay(claim, each.open_cents, date(2026, 3, 6))
    agreed.refresh_from_db()
    assert agreed.state == AgreementState.KEPT and Case.objects.get(id=claim.case_id).state == CaseState.SETTLED


def test_a_missed_instalment_gets_the_kind_path_and_only_then_the_plan_ends_with_a_word() -> None:
    claim = owing()
    agreed = plan(claim)
    assert due(date(2026, 3, 21)).looked_at == 0
    assert due(date(2026, 3, 22)).missed == 1
    assert due(date(2026, 3, 22)).missed == 0
    agreed.refresh_from_db()
    assert (agreed.state, agreed.missed_on, agreed.recover_until) == ("active", date(2026, 3, 22), date(2026, 4, 1))
    assert hold(claim) is not None and templates(claim)[-1] == "instalment_missed"
    assert due(date(2026, 4, 1)).broken == 0
    assert due(date(2026, 4, 2)).broken == 1
    agreed.refresh_from_db()
    assert agreed.state == AgreementState.BROKEN and hold(claim) is None
    assert templates(claim)[-1] == "agreement_ended" and "instalment_missed" not in templates(claim)
    assert due(date(2026, 4, 3)).looked_at == 0


def test_a_broken_plan_owes_no_interest_for_the_time_it_stood() -> None:
    claim = owing(100_000)
    before = owed(claim, DAY)
    plan(claim, 20_000)
    pay(claim, 20_000, date(2026, 3, 16))
    due(date(2026, 4, 22))
    due(date(2026, 5, 3))
    assert owed(claim, date(2026, 5, 3)) == before - 20_000
    assert owed(claim, date(2026, 6, 3)) > before - 20_000
    assert audit().findings == ()


def test_money_ends_the_kind_path() -> None:
    claim = owing()
    agreed = plan(claim)
    due(date(2026, 3, 22))
    pay(claim, 4_000, date(2026, 3, 23))
    agreed.refresh_from_db()
    assert (agreed.state, agreed.missed_on) == ("active", None)
    assert "agreement_caught_up" in events(claim) and "instalment_missed" not in templates(claim)
    assert due(date(2026, 4, 2)).broken == 0


def test_a_missed_instalment_can_be_shifted_and_the_plan_lives_on() -> None:
    claim = owing()
    agreed = plan(claim)
    due(date(2026, 3, 22))
    day = date(2026, 3, 24)
    with transaction.atomic():
        new = shift(agreed.id, to=date(2026, 4, 10), key="s1", via="portal", actor="debtor", day=day, now=moment(day))
    assert shift(agreed.id, to=date(2026, 4, 10), key="s1", via="portal", actor="debtor", day=day, now=moment(day)).id == new.id
    agreed.refresh_from_db()
    assert (agreed.state, new.state, new.replaces_id) == ("revised", "active", agreed.id)
    assert [row.due_on for row in new.instalments.order_by("number")] == [date(2026, 4, 10), date(2026, 4, 16), date(2026, 5, 18)]
    assert new.total_cents == agreed.total_cents and hold(claim) is not None
    assert due(date(2026, 4, 2)).looked_at == 0
    for row in new.instalments.order_by("number"):
        pay(claim, row.amount_cents, row.due_on)
    new.refresh_from_db()
    assert new.state == AgreementState.KEPT and owed(claim, date(2026, 7, 1)) == 0


def test_a_plan_can_be_made_smaller_a_few_times_but_not_without_end() -> None:
    claim = owing(60_000)
    agreed = plan(claim, 20_000)
    pay(claim, 10_000, date(2026, 3, 10))
    day = date(2026, 3, 20)
    for number in range(3):
        with transaction.atomic():
            agreed = revise(
                agreed.id, Wish(5_000 - number, date(2026, 4, 1)), key=f"r{number}", via="portal", actor="debtor", day=day, now=moment(day)
            )
    assert agreed.total_cents == owed(claim, day)
    with pytest.raises(TooManyRevisions), transaction.atomic():
        revise(agreed.id, Wish(6_000, date(2026, 4, 1)), key="r9", via="portal", actor="debtor", day=day, now=moment(day))


def test_each_instalment_is_announced_once_and_only_if_it_is_open() -> None:
    claim = owing()
    agreed = plan(claim)
    assert due(date(2026, 3, 12)).reminded == 0
    assert due(date(2026, 3, 13)).reminded == 1
    assert due(date(2026, 3, 14)).reminded == 0
    message = Message.objects.get(template="instalment_reminder")
    assert (message.params["pay_cents"], message.state) == (4_000, MessageState.QUEUED)
    pay(claim, 8_000, date(2026, 3, 14))
    message.refresh_from_db()
    assert message.state == MessageState.CANCELLED
    assert due(date(2026, 4, 14)).reminded == 0
    assert [row.open_cents for row in instalments_due(None, date(2026, 12, 31))] == [told([agreed])[0].progress.open_cents]


def test_a_payment_that_goes_back_is_owed_again_in_the_plan() -> None:
    claim = owing()
    agreed = plan(claim)
    pay(claim, 4_000, date(2026, 3, 16))
    assert told([agreed])[0].progress.done == 1
    with transaction.atomic():
        undo(BankLine.objects.get().id, reason="falsch zugeordnet", actor="mia", now=moment(date(2026, 3, 17)), day=date(2026, 3, 17))
    assert told([agreed])[0].progress.done == 0


def test_money_that_goes_back_after_a_kept_settlement_is_put_to_a_person_once() -> None:
    claim = owing()
    with transaction.atomic():
        asked = OfferAsked(claim.case_id, 9_000, date(2026, 3, 12), "Kulanz", "o", "phone", "anna")
        offer_settlement(asked, day=DAY, now=NOW)
    assert hold(claim, HoldReason.SETTLEMENT) is not None and templates(claim) == ["settlement_offer"]
    pay(claim, 9_000, date(2026, 3, 10))
    made = Agreement.objects.get()
    assert (made.state, owed(claim, date(2026, 3, 10))) == (AgreementState.KEPT, 0)
    assert Case.objects.get(id=claim.case_id).state == CaseState.SETTLED and hold(claim, HoldReason.SETTLEMENT) is None
    with transaction.atomic():
        undo(BankLine.objects.get().id, reason="falsch", actor="mia", now=moment(date(2026, 3, 12)), day=date(2026, 3, 12))
    assert due(date(2026, 3, 13)).gone_back == 1
    assert due(date(2026, 3, 14)).gone_back == 0
    assert Case.objects.get(id=claim.case_id).needs_human and "agreement_money_back" in events(claim)


def test_an_agency_may_charge_the_fee_once_and_a_creditor_in_its_own_name_never() -> None:
    own, agency = factories.creditor(), factories.creditor("inkasso", name="Inkasso", iban="DE02120300000000202051", in_own_name=False)
    for number, owner in enumerate((own, agency), 1):
        AgreementPolicy.objects.create(creditor=owner, charge_fee=True)
        claim = owing(60_000, owner=owner, number=number)
        before = owed(claim, DAY)
        agreed = plan(claim, 20_000, key=f"k{number}")
        assert (agreed.fee_cents > 0) is (owner is agency)
        assert agreed.total_cents == before + agreed.fee_cents == owed(claim, DAY)
        with transaction.atomic():
            wish = Wish(30_000, date(2026, 3, 16))
            changed = revise(agreed.id, wish, key=f"r{number}", via="portal", actor="debtor", day=DAY, now=NOW)
        assert (changed.total_cents, changed.fee_cents) == (agreed.total_cents, 0)
        for row in changed.instalments.order_by("number"):
            pay(claim, row.amount_cents, row.due_on, ref=f"{number}-{row.number}")
        changed.refresh_from_db()
        assert (changed.state, owed(claim, date(2026, 12, 1))) == (AgreementState.KEPT, 0)
    assert check(DAY).findings == ()


def test_a_settlement_paid_too_late_settles_nothing() -> None:
    claim = owing()
    with transaction.atomic():
        asked = OfferAsked(claim.case_id, 9_000, date(2026, 3, 12), "Kulanz", "o", "phone", "anna")
        offer_settlement(asked, day=DAY, now=NOW)
    assert due(date(2026, 3, 13)).expired == 1
    pay(claim, 9_000, date(2026, 3, 14))
    assert Agreement.objects.get().state == AgreementState.EXPIRED and owed(claim, date(2026, 3, 14)) > 3_000


@pytest.mark.parametrize("seed", range(6))
def test_any_run_of_payments_ends_with_the_books_and_the_plan_in_agreement(seed: int) -> None:
    """Late, early, part and double payments in any order: what is open on the account is always what is open in the plan."""
    dice = random.Random(seed)
    claim = owing(dice.randint(5_000, 90_000))
    agreed = plan(claim, dice.randint(4_000, 9_000))
    day = DAY
    while Agreement.objects.get(id=agreed.id).state == AgreementState.ACTIVE and day < date(2028, 6, 1):
        day += timedelta(days=dice.randint(1, 12))
        left = told([agreed])[0].progress.open_cents
        pay(claim, min(left, dice.randint(1_000, 12_000)), day, ref=f"R{day}")
        standing_now = told([agreed])[0].progress
        assert owed(claim, day) == standing_now.open_cents, (day, standing_now)
    assert Agreement.objects.get(id=agreed.id).state == AgreementState.KEPT
    assert check(day).findings == ()
