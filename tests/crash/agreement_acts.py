"""Agreements as acts of an experiment, each in one transaction."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from kulanz.claims.models import Case, CaseState, Creditor
from kulanz.payments.commands import import_statement, undo
from kulanz.payments.commands.agreements import (
    Asked,
    OfferAsked,
    accept,
    agree,
    approve,
    cancel,
    check_due,
    keep_budget,
    offer_settlement,
    shift,
)
from kulanz.payments.commands.agreements.policy import FIELDS, set_policy
from kulanz.payments.models import Agreement, AgreementKind, BankLine
from kulanz.payments.queries_situation import policy_of, situation
from kulanz.payments.rules.affordability import Budget
from kulanz.payments.rules.plan import Wish
from kulanz.site import clock
from tests.bank import Move, camt053


def agree_plan() -> None:
    """A lead sets the limits, a debtor says what is affordable, agrees a plan, moves its first instalment and thinks better of it."""
    with transaction.atomic():
        policy = policy_of(_case().creditor_id)
        set_policy(_case().creditor_id, {name: getattr(policy, name) for name in FIELDS})
        keep_budget(_case(), Budget(200_000), consent="Ja", via="portal", day=clock.today(), now=clock.now())
        plan = _agreed()
        moved = shift(
            plan.id, to=clock.today() + timedelta(days=20), key="shift", via="portal", actor="debtor", day=clock.today(), now=clock.now()
        )
        cancel(moved.id, because="Auf Wunsch", day=clock.today(), now=clock.now(), actor="debtor", tell=False)


def keep_plan() -> None:
    """A plan is paid in full at once; the payment turns out to be another's, and the day after a person is asked."""
    with transaction.atomic():
        plan = _agreed()
        _pay(plan, plan.total_cents)
        line = BankLine.objects.get(bank_ref="PLAN")
        undo(line.id, reason="falsche Akte", actor="agent", now=clock.now(), day=clock.today())
        check_due(clock.today(), clock.now())


def miss_and_catch_up() -> None:
    """An instalment is announced, missed, asked for kindly, and comes."""
    with transaction.atomic():
        plan = _agreed(first_on=clock.today() + timedelta(days=2))
        check_due(clock.today(), clock.now())
        first = plan.instalments.order_by("number")[0]
        check_due(first.due_on + timedelta(days=6), clock.now())
        _pay(plan, first.amount_cents)


def miss_and_end() -> None:
    """An instalment is missed, and nothing comes on the friendly path either."""
    with transaction.atomic():
        plan = _agreed()
        first = plan.instalments.order_by("number")[0]
        check_due(first.due_on + timedelta(days=6), clock.now())
        check_due(first.due_on + timedelta(days=20), clock.now())


def settle_by_agreement() -> None:
    """A large settlement is proposed, decided by a second person, and taken."""
    with transaction.atomic():
        case = _case()
        Creditor.objects.filter(id=case.creditor_id).update(alone_cents_max=0)
        until_on = clock.today() + timedelta(days=7)
        asked = OfferAsked(case.id, 1_000, until_on, "Kulanz", "offer", "phone", "agent")
        made = offer_settlement(asked, day=clock.today(), now=clock.now())
        approve(made.id, agree=True, actor="second", day=clock.today(), now=clock.now())
        accept(made.id, via="portal", actor="debtor", day=clock.today(), now=clock.now())


def _case() -> Case:
    """The first case with something open, without anything that stands, that owes enough for a plan."""
    cases = Case.objects.select_related("debtor", "creditor").filter(state=CaseState.OPEN, currency="EUR", holds=None)
    return next(case for case in cases.order_by("id") if situation(case, clock.today()).open_cents > 5_000)


def _agreed(first_on: date | None = None) -> Agreement:
    case = _case()
    cents = situation(case, clock.today()).open_cents // 3 + 500
    wish = Wish(cents, first_on or clock.today() + timedelta(days=5))
    asked = Asked(case.id, AgreementKind.PLAN, "plan", "portal", "debtor", wish)
    return agree(asked, day=clock.today(), now=clock.now())


def _pay(plan: Agreement, cents: int) -> None:
    move = Move(cents, plan.case.reference, plan.case.debtor.display_name, "DE02120300000000202051", ref="PLAN", on=clock.today())
    file = camt053([move], account=plan.case.creditor.iban, number="plan")
    import_statement(file, "plan.xml", actor="agent", now=clock.now(), day=clock.today())
